import { CommandLineError, parseOptions, readCommandLine, tellFailure } from './command-line.ts';
import { playgroundPage } from './playground-page.ts';
import { writePage } from './write-page.ts';

const defaultFile = 'dist/playground.html';

const usage = `Writes the playground: one page that needs no server and no network. npm run playground -- [--out FILE [--force]]

  --out FILE  where it goes (default: ${defaultFile}, which is replaced)
  --force     with --out: replace the file if it is there
  --help      this text`;

function read(args: string[]) {
  const { values } = parseOptions({
    args,
    options: { out: { type: 'string' }, force: { type: 'boolean', default: false } },
  });
  if (values.force && values.out === undefined) throw new CommandLineError('--force goes with --out');
  return { file: values.out ?? defaultFile, force: values.force || values.out === undefined };
}

async function main(): Promise<void> {
  const { file, force } = readCommandLine({ script: 'playground', usage }, read);
  const page = await writePage(file, force, playgroundPage);
  console.log(
    `${file}: ${Math.round(Buffer.byteLength(page) / 1000).toLocaleString('en')} kB; open it in a browser`,
  );
}

try {
  await main();
} catch (error) {
  tellFailure('playground', error);
}
