import { join } from 'node:path';

// A Lambda environment: loads the built controller, then runs its handler for each event that its parent sends, one after
// the other, and answers with what came of it. It ends with its parent.

const bundle = join(import.meta.dirname, '../../../dist/controller/handler.mjs');
const timeoutMs = 60_000;

function context(): object {
  const startedAt = Date.now();
  return {
    functionName: 'phoenat-controller',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:phoenat-controller',
    memoryLimitInMB: '256',
    awsRequestId: crypto.randomUUID(),
    getRemainingTimeInMillis: () => startedAt + timeoutMs - Date.now(),
  };
}

async function answer(event: unknown): Promise<object> {
  try {
    const { handler } = await import(bundle);
    return { result: await handler(event, context()) };
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

process.on('message', (event) => {
  void answer(event).then((said) => process.send?.(said));
});
