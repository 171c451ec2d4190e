import type { DurationMs } from '../core/model/time.ts';

/** How long one HTTP request may take: to connect, and to be answered. */
export type RequestLimits = { readonly connectMs: DurationMs; readonly answerMs: DurationMs };

/**
 * The request handler of every SDK client that there is. The SDK waits for ever unless it is told not to, and
 * `requestTimeout` alone only has it write a warning (AWS SDK for JavaScript v3, `NodeHttpHandlerOptions`). It covers the
 * time until an answer begins; `socketTimeout` ends one that stops in the middle.
 */
export function requestHandler({ connectMs, answerMs }: RequestLimits) {
  return {
    connectionTimeout: connectMs,
    requestTimeout: answerMs,
    socketTimeout: answerMs,
    throwOnRequestTimeout: true,
  };
}
