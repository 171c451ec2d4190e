import { createServer } from 'node:http';
import type { Metadata } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** The part of the instance metadata service that the instance's files ask, version 2. Started in its namespace. */
let told = readArgument<Metadata>();

/** An instance has one interface here. */
const folder = /^\/latest\/meta-data\/(network\/interfaces\/macs\/[^/]+\/)?/;

const server = createServer(({ method, url = '', headers }, answer) => {
  const text = told[url.replace(folder, '')];
  if (method === 'PUT' && url === '/latest/api/token') {
    answer.end('a-token');
  } else if (headers['x-aws-ec2-metadata-token'] !== 'a-token') {
    answer.writeHead(401).end();
  } else if (text !== undefined) {
    answer.end(text);
  } else {
    answer.writeHead(404).end();
  }
});
await new Promise<void>((resolve) => server.listen(80, '169.254.169.254', resolve));
// An order is all that it tells from now on.
await serveOrders(
  (order) => {
    told = JSON.parse(order);
  },
  () => ({}),
);
