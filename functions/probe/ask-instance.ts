import { healthPort } from '../../infra/nat-env.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { quote } from '../../shared/core/model/quote.ts';
import type { AskedInstance, InstanceAnswer } from '../../shared/core/model/reading.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';
import { type Answered, oneRequest } from './one-request.ts';

/** As the model has it, with the health answer as the instance gave it: whoever invokes the probe reads it. */
export type RawInstanceAnswer = Omit<InstanceAnswer, 'result'> & {
  readonly result:
    | { readonly kind: 'answered'; readonly health: object }
    | Exclude<InstanceAnswer['result'], { kind: 'answered' }>;
};

export type InstanceLimits = {
  readonly timeoutMs: DurationMs;
  readonly bodyMs: DurationMs;
  readonly port?: number;
};

/** A health answer has about 1,500 bytes. */
const maxBytes = 16_384;
const longestWhy = 200;
/** A health answer has some thirty. JSON that is thousands deep is read, and cannot be written: no answer would be given. */
const maxNested = 500;
const opening = /[[{]/;

/** How a NAT instance is, by its own word (infra/nat-instance/health.sh). Its status says the same as its body. */
export async function askInstance(
  { instanceId, privateIp }: AskedInstance,
  { port = healthPort, ...limits }: InstanceLimits,
  now: () => DurationMs,
): Promise<RawInstanceAnswer> {
  const startedAt = now();
  const tookMs = () => Math.round(now() - startedAt);
  try {
    const url = new URL(`http://${privateIp}:${port}/`);
    const answered = await oneRequest(url, { ...limits, maxBytes, now });
    return { instanceId, tookMs: tookMs(), result: readHealth(answered) };
  } catch (error) {
    const why = quote(errorMessage(error), longestWhy);
    return { instanceId, tookMs: tookMs(), result: { kind: 'no-answer', why } };
  }
}

function readHealth({ status, body, isWhole }: Answered): RawInstanceAnswer['result'] {
  if (!isWhole) {
    return { kind: 'odd', why: `HTTP ${status} whose body did not end within its time or ${maxBytes} bytes` };
  }
  if (body.split(opening).length > maxNested) {
    return { kind: 'odd', why: `HTTP ${status} with lists within lists` };
  }
  try {
    const health: unknown = JSON.parse(body);
    return typeof health === 'object' && health !== null
      ? { kind: 'answered', health }
      : { kind: 'odd', why: `HTTP ${status} with ${quote(body, longestWhy)}` };
  } catch {
    return { kind: 'odd', why: `HTTP ${status} with no JSON: ${quote(body, longestWhy)}` };
  }
}
