import { describe, expect, it } from 'vitest';
import { isTransient, oneLine } from '../../../cli/transient-error.ts';

const withStatus = (httpStatusCode: number) =>
  Object.assign(new Error('refused'), { $metadata: { httpStatusCode } });

describe('trouble on the way to AWS', () => {
  it.each<[string, unknown]>([
    ['a failure of AWS', withStatus(500)],
    ['throttling', Object.assign(new Error('slow down'), { name: 'ThrottlingException' })],
    ['a dropped connection', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
    ['a socket that hangs up', new Error('socket hang up')],
    ['a name that is not resolved', Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })],
    ['a network that is down', Object.assign(new Error('connect'), { code: 'ENETDOWN' })],
    ['a time-out', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
    ['no concurrency', Object.assign(new Error('Rate'), { name: 'TooManyRequestsException' })],
  ])('passes: %s', (_what, error) => {
    expect(isTransient(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a refusal', withStatus(400)],
    ['a missing permission', withStatus(403)],
    ['a mistake of ours', new TypeError('x is not a function')],
    ['no error', 'ECONNRESET'],
  ])('does not pass: %s', (_what, error) => {
    expect(isTransient(error)).toBe(false);
  });

  it('is noted in one line', () => {
    expect(oneLine(new Error('one\n  two'))).toBe('Error: one two');
    expect(oneLine(new Error('x'.repeat(500)))).toHaveLength(200);
  });
});
