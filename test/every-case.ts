import { it } from 'vitest';

/** `npm run coverage` and `npm run test:iam`; `npm test` is to answer within seconds. */
export const isThorough = process.env['MODE'] === 'thorough';

/** The cases that differ most from each other, and where there is time all that are alike. */
export function everyCase<const Few, const More>(
  few: readonly Few[],
  more: readonly More[],
): readonly (Few | More)[] {
  return isThorough ? [...few, ...more] : few;
}

/** A test that plays for long, or is much like a shorter one beside it. */
export const inDepth = isThorough ? it : it.skip;
