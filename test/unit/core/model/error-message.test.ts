import { expect, it } from 'vitest';
import { errorMessage } from '../../../../shared/core/model/error-message.ts';

it.each([
  [new TypeError('no zone'), 'no zone'],
  ['dropped', 'dropped'],
  [undefined, 'undefined'],
])('the message of %o is %s', (thrown, message) => {
  expect(errorMessage(thrown)).toBe(message);
});
