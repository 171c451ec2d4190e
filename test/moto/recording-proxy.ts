import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { forwardingIsOn } from '../../shared/core/model/boot-word.ts';
import { askOnward, type LoopbackServer, listenOnLoopback } from './loopback-server.ts';

export type RecordingProxy = LoopbackServer & {
  /** The names of the AWS calls that came through, in their order, and forgets them. */
  take(): string[];
};

/** Hands every request on to `target` and notes which AWS call it is: what really went over the wire. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const calls: string[] = [];
  const server = await listenOnLoopback((incoming, outgoing) => handOn(target, incoming, outgoing, calls));
  return { ...server, take: () => calls.splice(0) };
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
  const { head, content } = await askOnward(target, incoming, body);
  outgoing.writeHead(head.statusCode ?? 502, head.headers);
  outgoing.end(content);
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
