import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join, sep } from 'node:path';
import { internet } from '../network/addresses.ts';

// The distribution's repositories, run in the internet's namespace: packages.ts FOLDER.

const [folder = ''] = process.argv.slice(2);

const server = createServer(({ url = '' }, response) => {
  const [, from = '', file = ''] = decodeURIComponent(url).split('/');
  const path = join(folder, basename(from), basename(file));
  if (path.endsWith(sep) || !existsSync(path)) response.writeHead(404).end();
  else createReadStream(path).pipe(response.writeHead(200));
});
server.listen(80, internet.packages, () => process.stdout.write('ready\n'));
