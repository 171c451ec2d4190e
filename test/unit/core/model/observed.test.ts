import { describe, expect, it } from 'vitest';
import { failureKinds } from '../../../../shared/core/model/failure.ts';
import { isDenied, known, unknown } from '../../../../shared/core/model/observed.ts';

describe('a read', () => {
  it('is denied where the role may not make it, and by no other failure: those may pass within the run', () => {
    const denied = failureKinds.filter((kind) =>
      isDenied(unknown('failed', 'x', { kind, code: 'X', message: 'x', advice: 'x' })),
    );

    expect(denied).toEqual(['permission']);
    expect([known(1), unknown('not-read', 'x')].map(isDenied)).toEqual([false, false]);
  });
});
