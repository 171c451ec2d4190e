import { healthPort } from '../../infra/nat-env.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { quote } from '../../shared/core/model/quote.ts';
import type { AskedInstance, InstanceAnswer } from '../../shared/core/model/reading.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';
import { field } from '../../shared/events/fields.ts';
import { type Answered, oneRequest, type RequestOptions } from './one-request.ts';

/** As the model has it, with the health answer as the instance gave it: whoever invokes the probe reads it. */
export type RawInstanceAnswer = Omit<InstanceAnswer, 'result'> & {
  readonly result:
    | { readonly kind: 'answered'; readonly health: object }
    | Exclude<InstanceAnswer['result'], { kind: 'answered' }>;
};

/** What an instance's user data has no room for: a script, which it runs where the hash is the one that it was told. */
export type Extras = { readonly hash: string; readonly text: string };

/** What is brought along, for instances that say that they lack it. */
export type Brought = { readonly extras?: Extras; readonly inUse?: readonly string[] };

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
  { extras, inUse = [] }: Brought = {},
): Promise<RawInstanceAnswer> {
  const startedAt = now();
  const tookMs = () => Math.round(now() - startedAt);
  try {
    const url = new URL(`http://${privateIp}:${port}/`);
    const answered = await oneRequest(url, { ...limits, maxBytes, now });
    const answer = { instanceId, tookMs: tookMs(), result: readHealth(answered) };
    if (extras !== undefined && wantedBy(answer.result) === extras.hash) {
      await give(extras.text, new URL('extras', url), { ...limits, maxBytes, now });
    }
    if (inUse.length > 0 && lacksInUse(answer.result)) {
      await give(inUse.join(' '), new URL('in-use', url), { ...limits, maxBytes, now });
    }
    return answer;
  } catch (error) {
    const why = quote(errorMessage(error), longestWhy);
    return { instanceId, tookMs: tookMs(), result: { kind: 'no-answer', why } };
  }
}

function wantedBy(result: RawInstanceAnswer['result']): unknown {
  return result.kind === 'answered' ? Reflect.get(result.health, 'wants') : undefined;
}

function lacksInUse(result: RawInstanceAnswer['result']): boolean {
  return result.kind === 'answered' && field(field(result.health, 'paging'), 'inUse') === null;
}

/** Whoever does not get it says so in its next answer, and is given it again. */
async function give(text: string, url: URL, options: RequestOptions): Promise<void> {
  await oneRequest(url, { ...options, put: text }).catch(() => undefined);
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
