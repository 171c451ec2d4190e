import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import * as z from 'zod';

/** What stands for the machines: Systems Manager's border, at which the commands of a run arrive as they are on AWS. */
export type SsmStub = {
  readonly endpoint: string;
  /** What was sent to instances other than the client. */
  readonly elsewhere: readonly string[];
  close(): Promise<void>;
};

export type SsmStubOptions = {
  /** Where everything else goes. */
  readonly behind: string;
  /** Where the commands of one client run, in place of its disk; another for each instance. */
  readonly folderOf: (instanceId: string) => string;
  /** In place of the far end's ports on its public address, which leads nowhere here. */
  readonly ports: { readonly requests: number; readonly connections: number };
  /** An instance is terminated or stopped by the run. */
  readonly onEnd: (how: 'Terminate' | 'Stop') => void;
};

const sent = z.object({
  InstanceIds: z.array(z.string()),
  Parameters: z.object({ commands: z.array(z.string()) }),
});
const asked = z.object({ CommandId: z.string() });

type Invocation = { readonly status: 'Success' | 'Failed'; readonly out: string; readonly err: string };

export async function startSsmStub(options: SsmStubOptions): Promise<SsmStub> {
  const invocations = new Map<string, Promise<Invocation>>();
  const elsewhere: string[] = [];
  const answer = async (action: string, body: Buffer): Promise<object> => {
    const input: unknown = JSON.parse(body.toString());
    switch (action) {
      case 'DescribeInstanceInformation':
        return { InstanceInformationList: [{ PingStatus: 'Online' }] };
      case 'SendCommand': {
        const { InstanceIds, Parameters } = sent.parse(input);
        const CommandId = `command-${invocations.size + 1}`;
        const script = Parameters.commands.join('\n');
        const isClient = script.includes('phoenat-client');
        if (!isClient) elsewhere.push(script);
        const done: Promise<Invocation> = isClient
          ? runHere(script, String(InstanceIds[0]), options)
          : Promise.resolve({ status: 'Success', out: '', err: '' });
        invocations.set(CommandId, done);
        return { Command: { CommandId } };
      }
      case 'GetCommandInvocation': {
        const invocation = await invocations.get(asked.parse(input).CommandId);
        return {
          Status: invocation?.status ?? 'Failed',
          StandardOutputContent: invocation?.out ?? '',
          StandardErrorContent: invocation?.err ?? 'no such command',
        };
      }
      default:
        throw new Error(`the stub does not know AmazonSSM.${action}`);
    }
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing, options, answer).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    elsewhere,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handle(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { behind, onEnd }: SsmStubOptions,
  answer: (action: string, body: Buffer) => Promise<object>,
): Promise<void> {
  const body = await buffer(incoming);
  const [, action] = /^AmazonSSM\.(\w+)$/.exec(String(incoming.headers['x-amz-target'] ?? '')) ?? [];
  if (action !== undefined) {
    const answered = JSON.stringify(await answer(action, body));
    outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    outgoing.end(answered);
    return;
  }
  const { method = 'GET', headers, url = '/' } = incoming;
  const onward = request(`${behind}${url}`, { method, headers });
  onward.end(body);
  const [answered]: IncomingMessage[] = await once(onward, 'response');
  if (answered === undefined) throw new Error(`${behind} answered nothing`);
  const given = await buffer(answered);
  const [, how] = /Action=(Terminate|Stop)Instances\b/.exec(body.toString('latin1')) ?? [];
  if (answered.statusCode === 200 && (how === 'Terminate' || how === 'Stop')) {
    onEnd(how);
  }
  outgoing.writeHead(answered.statusCode ?? 502, { ...answered.headers });
  outgoing.end(given);
}

/** As the commands' own limit is (`executionTimeout`). */
const executionMs = 60_000;

/** The very lines, by a real shell; only the address, which leads nowhere here, and the folder are others. */
async function runHere(script: string, instanceId: string, options: SsmStubOptions): Promise<Invocation> {
  const { requests, connections } = options.ports;
  const here = script
    .replaceAll('/var/tmp/phoenat-client', options.folderOf(instanceId))
    .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}:80\b/g, `127.0.0.1:${requests}`)
    .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}:443\b/g, `127.0.0.1:${connections}`);
  const child = spawn('bash', ['-c', here], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: executionMs,
    killSignal: 'SIGKILL',
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { status: code === 0 ? 'Success' : 'Failed', out, err };
}
