import { expect, it } from 'vitest';
import { assertNever, InvariantViolation } from '../../../../shared/core/model/assert.ts';

it('what no type allows is an error that quotes it', () => {
  expect(() => assertNever('surprise' as never)).toThrow(InvariantViolation);
  expect(() => assertNever('surprise' as never)).toThrow(/"surprise"/);
});
