import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../shared/core/model/error-message.ts';
import { playgroundPage } from './playground-page.ts';

const usage = `Writes the playground: one page that needs no server and no network. npm run playground -- [--out FILE]

  --out FILE  where it goes (default: dist/playground.html)
  --help      this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist/playground.html' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const page = await playgroundPage();
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(values.out, page);
  console.log(
    `${values.out}: ${Math.round(Buffer.byteLength(page) / 1000).toLocaleString('en')} kB; open it in a browser`,
  );
}

try {
  await main();
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
