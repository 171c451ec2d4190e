import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { forwardingIsOn } from '../../shared/core/model/boot-word.ts';

export type RecordingProxy = {
  readonly endpoint: string;
  /** The names of the AWS calls that came through, in their order, and forgets them. */
  take(): string[];
  close(): Promise<void>;
};

/** Hands every request on to `target` and notes which AWS call it is: what really went over the wire. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const calls: string[] = [];
  const server = createServer((incoming, outgoing) => {
    handOn(target, incoming, outgoing, calls).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy got no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    take: () => calls.splice(0),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handOn(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  calls: string[],
): Promise<void> {
  const body = await buffer(incoming);
  const name = callName(incoming, body);
  calls.push(name);
  if (name === 'GetConsoleOutput') {
    outgoing.writeHead(200, { 'content-type': 'text/xml' });
    outgoing.end(consoleOutput(body));
    return;
  }
  const { method, headers, url = '/' } = incoming;
  const onward = request(`${target}${url}`, { ...(method && { method }), headers });
  onward.end(body);
  const [answer] = await once(onward, 'response');
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.end(await buffer(answer));
}

/** moto's instances boot nothing and have one console for all: here they say what ours say when they have booted. */
function consoleOutput(body: Buffer): string {
  const id = new URLSearchParams(body.toString('latin1')).get('InstanceId') ?? '';
  const output = Buffer.from(`${forwardingIsOn}\r\n`).toString('base64');
  return [
    '<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>proxy</requestId>',
    `<instanceId>${id}</instanceId><timestamp>${new Date().toISOString()}</timestamp><output>${output}</output>`,
    '</GetConsoleOutputResponse>',
  ].join('');
}

/** EC2's query protocol names the call in the body, CloudWatch's newer protocols in the path or in a header. */
export function callName({ url = '', headers }: IncomingMessage, body: Buffer): string {
  const inBody = new URLSearchParams(body.toString('latin1')).get('Action');
  const inHeader = headers['x-amz-target']?.toString().split('.').at(-1);
  return inBody ?? inHeader ?? url.split('/').at(-1) ?? url;
}
