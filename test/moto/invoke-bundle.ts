import { join } from 'node:path';

// A Lambda environment of one invocation: a process of its own that loads the built bundle, runs the handler once and
// tells its parent what came of it. The event comes as the only argument.

const bundle = join(import.meta.dirname, '../../dist/controller/handler.mjs');
const timeoutMs = 60_000;

const startedAt = Date.now();
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
