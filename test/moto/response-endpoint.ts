import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type Delivery = {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};

export type ResponseEndpoint = {
  readonly url: string;
  /** What was delivered since it was last asked for. */
  take(): Delivery[];
  close(): Promise<void>;
};

/** Stands where CloudFormation's presigned S3 address would: takes the answer of a custom resource. */
export async function startResponseEndpoint(): Promise<ResponseEndpoint> {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await buffer(request)).toString());
    deliveries.push({ method: request.method, contentType: request.headers['content-type'], body });
    response.writeHead(200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the response endpoint got no port');
  return {
    url: `http://127.0.0.1:${address.port}/presigned?X-Amz-Signature=0123`,
    take: () => deliveries.splice(0),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
