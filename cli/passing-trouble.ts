/** What is between here and AWS, or AWS itself for a moment; the same call later succeeds. */
const passingNames: ReadonlySet<string> = new Set([
  'TimeoutError',
  'RequestTimeout',
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'ServiceUnavailableException',
]);

const passingCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
]);

/** A dropped connection, a time-out, throttling, or a failure of AWS: worth another try. A refusal is not. */
export function isPassingTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const code: unknown = Reflect.get(error, 'code');
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown = metadata instanceof Object ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return (
    passingNames.has(error.name) ||
    passingCodes.has(error.name) ||
    (typeof code === 'string' && passingCodes.has(code)) ||
    (typeof status === 'number' && status >= 500) ||
    /socket hang up|ECONNRESET|ETIMEDOUT|EAI_AGAIN/.test(error.message)
  );
}

/** One line of it, for a note. */
export function shortly(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const text = message === '' ? name : `${name}: ${message}`;
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
