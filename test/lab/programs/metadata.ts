import { createServer } from 'node:http';
import type { MetadataArgument } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** The part of the instance metadata service that the instance's files ask, version 2. Started in its namespace. */
const addresses = [...readArgument<MetadataArgument>().addresses];
let watched = '';

const server = createServer(({ method, url = '', headers }, answer) => {
  if (method === 'PUT' && url === '/latest/api/token') {
    answer.end('a-token');
  } else if (headers['x-aws-ec2-metadata-token'] !== 'a-token') {
    answer.writeHead(401).end();
  } else if (url.endsWith('/local-ipv4s')) {
    answer.end(addresses.join('\n'));
  } else if (url.endsWith('/meta-data/mac')) {
    answer.end('02:00:00:00:00:01');
  } else if (url.endsWith('/public-ipv4s')) {
    answer.end('203.0.113.9');
  } else if (url.endsWith('/phoenat:watch') && watched !== '') {
    answer.end(watched);
  } else {
    answer.writeHead(404).end();
  }
});
await new Promise<void>((resolve) => server.listen(80, '169.254.169.254', resolve));
// An order is an address that is assigned from now on, or whom the instance is to watch.
await serveOrders(
  (order) => {
    if (order.includes(' ')) watched = order;
    else addresses.push(order);
  },
  () => ({}),
);
