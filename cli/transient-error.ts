import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';

/**
 * A dropped connection, a time-out, throttling, or a failure of AWS, which the SDK retries: the same call later
 * succeeds. A refusal does not pass.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  // The SDK's type knows no cause but an error; it looks at what there is.
  const asked = error as Parameters<typeof isTransientError>[0];
  return (
    isThrottlingError(asked) ||
    isTransientError(asked) ||
    isServerError(asked) ||
    connection.test(wordsOf(error))
  );
}

/** What Node.js tells of a connection in a name or a message only, or by a name that the SDK does not know. */
const connection =
  /socket hang up|\b(?:ECONN[A-Z]+|ENET[A-Z]+|EHOST[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)\b/;

function wordsOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return `${code} ${error.name} ${error.message}`;
}

/** One line of it, for a note. */
export function oneLine(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const text = message === '' ? name : `${name}: ${message}`;
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
