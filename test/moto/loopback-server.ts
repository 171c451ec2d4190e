import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type LoopbackServer = { readonly endpoint: string; close(): Promise<void> };

/** Answers on a free port of this machine. Where `answer` fails, the connection ends. */
export async function listenOnLoopback(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
): Promise<LoopbackServer> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server got no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Sends the same request to `target`, and gives what that answers. */
export async function askOnward(
  target: string,
  { method, headers, url = '/' }: IncomingMessage,
  body: Buffer,
): Promise<{ readonly head: IncomingMessage; readonly content: Buffer }> {
  const onward = request(`${target}${url}`, { ...(method && { method }), headers });
  onward.end(body);
  const [head]: IncomingMessage[] = await once(onward, 'response');
  if (head === undefined) throw new Error(`${target} gave no answer`);
  return { head, content: await buffer(head) };
}
