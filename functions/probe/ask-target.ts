import { isPublicAddress } from '../../shared/config/cidr.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { quote } from '../../shared/core/model/quote.ts';
import type { TargetAnswer } from '../../shared/core/model/reading.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';
import { oneRequest, type RequestOptions } from './one-request.ts';

export type AskedTarget = {
  readonly answer: TargetAnswer;
  /** The address that the target saw, where it says so. */
  readonly publicIp?: string;
};

export type TargetLimits = {
  readonly timeoutMs: DurationMs;
  readonly bodyMs: DurationMs;
};

/** An address has 15 characters, and a line break. */
const maxBytes = 64;
const longestWhy = 200;

/**
 * Any HTTP status proves that packets pass, to a server whose certificate is in order. It is tried once: whoever asks the
 * probe counts the tries, and a first packet that is lost is sent again within the time (RFC 6298: after a second).
 */
export async function askTarget(
  target: string,
  limits: TargetLimits,
  request: Pick<RequestOptions, 'now' | 'counts' | 'lookup' | 'ca'> & { readonly signal: AbortSignal },
): Promise<AskedTarget> {
  const startedAt = request.now();
  try {
    const { status, tookMs, body } = await oneRequest(new URL(target), { ...request, ...limits, maxBytes });
    const answer = { target, tookMs, result: { kind: 'answered', status } } as const;
    const publicIp = status === 200 ? addressIn(body) : undefined;
    return publicIp === undefined ? { answer } : { answer, publicIp };
  } catch (error) {
    const tookMs = Math.round(request.now() - startedAt);
    const why = quote(errorMessage(error), longestWhy);
    return { answer: { target, tookMs, result: { kind: 'failed', why } } };
  }
}

/** Where the whole text is a public address, and nothing else. */
function addressIn(body: string): string | undefined {
  const text = body.trim();
  return isPublicAddress(text) ? text : undefined;
}
