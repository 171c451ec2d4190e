import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import timers from 'node:timers/promises';

// A Lambda environment of one invocation: a process of its own that loads the built bundle, runs the handler once and
// tells its parent what came of it. The event comes as the only argument.

const bundle = join(import.meta.dirname, '../../dist/controller/handler.mjs');
/** The Lambda's time-out, as in the template. */
const timeoutMs = 60_000;
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
  functionName: 'phoenat-controller',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:phoenat-controller',
  memoryLimitInMB: '256',
  awsRequestId: crypto.randomUUID(),
  getRemainingTimeInMillis: () => startedAt + timeoutMs - Date.now(),
};

async function answer(): Promise<object> {
  try {
    const { handler } = await import(bundle);
    return { report: await handler(JSON.parse(process.argv[2] ?? ''), context) };
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

process.send?.(await answer());
process.disconnect?.();
