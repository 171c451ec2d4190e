import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import timers from 'node:timers/promises';

// A Lambda environment of one invocation: a process of its own that loads a built bundle, runs the handler once and
// tells its parent what came of it. The arguments: the function's folder, its time-out in seconds, the event.

const [, , folder = '', timeoutSeconds = '', event = ''] = process.argv;
const bundle = join(import.meta.dirname, '../../dist', folder, 'handler.mjs');
const timeoutMs = Number(timeoutSeconds) * 1_000;
/**
 * For the controller, time runs ten times as fast: it waits three quarters of a minute for a candidate to boot, and ten
 * seconds for traffic to be steady, which in moto are waits for nothing.
 */
const haste = 10;

const realNow = Date.now;
const startedAt = realNow();
Date.now = () => startedAt + (realNow() - startedAt) * haste;
const realSleep = timers.setTimeout;
timers.setTimeout = (delayMs, value, options) => realSleep((delayMs ?? 0) / haste, value, options);
syncBuiltinESMExports();

const context = {
  functionName: `phoenat-${folder}`,
  functionVersion: '$LATEST',
  invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:phoenat-${folder}`,
  memoryLimitInMB: '256',
  awsRequestId: crypto.randomUUID(),
  getRemainingTimeInMillis: () => startedAt + timeoutMs - Date.now(),
};

async function answer(): Promise<object> {
  try {
    const { handler } = await import(bundle);
    return { result: (await handler(JSON.parse(event), context)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

process.send?.(await answer());
process.disconnect?.();
