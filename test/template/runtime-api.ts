import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What became of one event. */
export type Answer =
  | { readonly kind: 'response'; readonly body: unknown }
  | { readonly kind: 'error'; readonly body: unknown };

export type RuntimeApi = {
  /** `host:port`, as AWS_LAMBDA_RUNTIME_API has it. */
  readonly address: string;
  /** Hands an event to the runtime and waits for what becomes of it. Rejects when the runtime could not start. */
  invoke(event: unknown, timeoutMs: number): Promise<Answer>;
  /** Every event that waits or runs is given up. */
  fail(why: string): void;
  close(): Promise<void>;
};

/** Lambda's Runtime API, as far as a runtime needs it (Lambda Developer Guide, "Using the Lambda runtime API"). */
export async function startRuntimeApi(functionName: string): Promise<RuntimeApi> {
  const waiting: Pending[] = [];
  const running = new Map<string, Pending>();
  const idle: ServerResponse[] = [];
  let failure: string | undefined;

  const handOut = () => {
    while (waiting.length > 0 && idle.length > 0) {
      const pending = waiting.shift();
      const response = idle.shift();
      if (pending !== undefined && response !== undefined) {
        running.set(pending.requestId, pending);
        sendEvent(response, pending, functionName);
      }
    }
  };
  const settle = (requestId: string, answer: Answer) => {
    running.get(requestId)?.settle(answer);
    running.delete(requestId);
  };
  const fail = (why: string) => {
    failure = why;
    for (const pending of [...waiting.splice(0), ...running.values()]) pending.fail(new Error(why));
    running.clear();
  };
  const server = createServer(async (request, response) => {
    const path = request.url?.replace('/2018-06-01/runtime/', '') ?? '';
    const [, requestId = '', what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (path === 'invocation/next') {
      idle.push(response);
      handOut();
      return;
    }
    const body = await text(request);
    if (path === 'init/error') {
      fail(`the function did not start: ${body}`);
    } else if (what === 'response' || what === 'error') {
      settle(requestId, { kind: what, body: parsed(body) });
    }
    response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the Runtime API got no port');
  return {
    address: `127.0.0.1:${address.port}`,
    invoke: (event, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(new Error(failure));
          return;
        }
        const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        const done =
          <T>(then: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            then(value);
          };
        const requestId = crypto.randomUUID();
        waiting.push({ requestId, event, timeoutMs, settle: done(resolve), fail: done(reject) });
        handOut();
      }),
    fail,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Pending = {
  readonly requestId: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly settle: (answer: Answer) => void;
  readonly fail: (error: Error) => void;
};

function sendEvent(
  response: ServerResponse<IncomingMessage>,
  { requestId, event, timeoutMs }: Pending,
  functionName: string,
): void {
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': requestId,
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
    'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
    'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
  });
  response.end(JSON.stringify(event));
}

function parsed(body: string): unknown {
  return body === '' ? null : JSON.parse(body);
}
