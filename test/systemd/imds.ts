import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

// The instance metadata service, run inside a machine's network: imds.ts FILE. The public addresses of its interface are
// the lines of FILE, none where it is empty. As EC2's with version 1 switched off: who brings no token is refused.

const [file = ''] = process.argv.slice(2);
const mac = '02:00:00:00:00:10';

function answer(method: string, path: string, token: string | undefined): readonly [number, string] {
  if (method === 'PUT' && path === '/latest/api/token') return [200, 'a-token'];
  if (token !== 'a-token') return [401, ''];
  if (path === '/latest/meta-data/mac') return [200, mac];
  const addresses = readFileSync(file, 'utf8').trim();
  const isAddresses = path === `/latest/meta-data/network/interfaces/macs/${mac}/public-ipv4s`;
  return isAddresses && addresses !== '' ? [200, addresses] : [404, 'Not Found'];
}

createServer((request, response) => {
  const token = request.headers['x-aws-ec2-metadata-token'];
  const [status, body] = answer(request.method ?? '', request.url ?? '', token?.toString());
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(body);
}).listen(80, '169.254.169.254');
