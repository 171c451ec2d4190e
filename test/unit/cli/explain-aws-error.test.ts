import { describe, expect, it } from 'vitest';
import { explainAwsError } from '../../../cli/explain-aws-error.ts';
import { isTransient } from '../../../cli/transient-error.ts';

const told = (name: string, $metadata: object, message = 'said so') => {
  const error = Object.assign(new Error(message), { name, $metadata });
  const explained = explainAwsError(error, { region: 'eu-central-1' });
  return explained === error
    ? 'as it is'
    : String(explained instanceof Error ? explained.message : explained);
};

describe('an error that AWS has answered with', () => {
  it('is never called a network that does not reach it', () => {
    expect(told('UnsupportedOperation', { httpStatusCode: 400 })).toBe('as it is');
    expect(told('UnsupportedOperation', { httpStatusCode: 400, clockSkewCorrected: true })).toBe('as it is');
    expect(told('InternalError', { httpStatusCode: 500 })).toBe(
      'AWS failed in eu-central-1, HTTP 500: try again in a minute; AWS Health tells of an incident (InternalError: said so)',
    );
    expect(told('RequestLimitExceeded', { httpStatusCode: 503 })).toMatch(
      /^AWS limits how often it is called in eu-central-1: try again in a minute \(RequestLimitExceeded/,
    );
    expect(told('ThrottlingException', { httpStatusCode: 400 })).toMatch(/^AWS limits how often/);
  });

  it('is a network that does not reach it where no answer came', () => {
    expect(told('Error', {}, 'connect ECONNREFUSED 10.0.0.1:443')).toMatch(/^AWS could not be reached in eu/);
    expect(told('TimeoutError', {})).toMatch(/^AWS did not answer in eu-central-1/);
  });
});

describe('what passes', () => {
  const passes = (name: string, $metadata: object, more: object = {}) =>
    isTransient(Object.assign(new Error('x'), { name, $metadata, ...more }));

  it('is no refusal, however the clock was corrected', () => {
    const refused = { httpStatusCode: 403, clockSkewCorrected: true };

    expect(passes('AccessDenied', refused)).toBe(false);
    expect(passes('AccessDenied', { httpStatusCode: 503, clockSkewCorrected: true })).toBe(true);
    expect(passes('ThrottlingException', refused)).toBe(true);
    expect(passes('Error', {}, { code: 'ECONNRESET' })).toBe(true);
    expect(passes('Error', {}, { cause: Object.assign(new Error('y'), { code: 'ECONNRESET' }) })).toBe(true);
    expect(isTransient('no error')).toBe(false);
  });
});
