import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';

/**
 * A dropped connection, a time-out, throttling, or a failure of AWS, which the SDK retries: the same call later
 * succeeds. A refusal does not pass.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const asked = whateverTheClock(error);
  return (
    isThrottlingError(asked) ||
    isTransientError(asked) ||
    isServerError(asked) ||
    connection.test(wordsOf(error))
  );
}

/** The HTTP status that AWS has answered with; undefined where no answer came. */
export function httpStatusOf(error: Error): number | undefined {
  const status = metadataOf(error)['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
}

/** AWS's word that it is called too often. */
export function isThrottled(error: Error): boolean {
  return isThrottlingError(whateverTheClock(error));
}

/**
 * Once the SDK has corrected a wrong clock, it marks each error that comes later as one of the first try: a refusal would
 * look like something that passes.
 */
function whateverTheClock(error: Error): Parameters<typeof isTransientError>[0] {
  const { clockSkewCorrected: _mark, ...metadata } = metadataOf(error);
  const { name, message, cause } = error;
  // The SDK's type knows no cause but an error; it looks at what there is.
  return { ...error, name, message, cause, $metadata: metadata } as Parameters<typeof isTransientError>[0];
}

function metadataOf(error: Error): Readonly<Record<string, unknown>> {
  return { ...('$metadata' in error && typeof error.$metadata === 'object' ? error.$metadata : {}) };
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
