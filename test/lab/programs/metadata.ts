import { createServer } from 'node:http';
import type { MetadataArgument } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** The part of the instance metadata service that the instance's files ask, version 2. Started in its namespace. */
const addresses = [...readArgument<MetadataArgument>().addresses];

const server = createServer(({ method, url = '', headers }, answer) => {
  if (method === 'PUT' && url === '/latest/api/token') {
    answer.end('a-token');
  } else if (headers['x-aws-ec2-metadata-token'] !== 'a-token') {
    answer.writeHead(401).end();
  } else if (url.endsWith('/local-ipv4s')) {
    answer.end(addresses.join('\n'));
  } else {
    answer.writeHead(404).end();
  }
});
await new Promise<void>((resolve) => server.listen(80, '169.254.169.254', resolve));
// An order is an address that is assigned from now on.
await serveOrders(
  (order) => addresses.push(order),
  () => ({}),
);
