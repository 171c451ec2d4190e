import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseOptions, readCommandLine, tellFailure } from '../command-line.ts';
import { clearFolder } from '../folder.ts';
import { makeRelease, releaseFiles } from './make-release.ts';

const usage = `Makes a release, the same bytes each time: npm run release -- [--out DIR] [--without-cdk]

  --out DIR       where it goes (default: dist/release); an earlier release there is removed, and anything else refused
  --without-cdk   leaves out the CDK package, which is compiled with packages of its own (220 MB, installed if missing)
  --help          this text

docs/releasing.md tells what is in it, and how it is checked and deployed.`;

function read(args: string[]) {
  return parseOptions({
    args,
    options: {
      out: { type: 'string', default: 'dist/release' },
      'without-cdk': { type: 'boolean', default: false },
    },
  }).values;
}

async function main(): Promise<void> {
  const values = readCommandLine({ script: 'release', usage }, read);
  await clearFolder(values.out, releaseFiles);
  const made = await makeRelease({ withCdk: !values['without-cdk'], say: console.log });
  for (const { name, content } of made) {
    await writeFile(join(values.out, name), content);
    console.log(`${join(values.out, name)}: ${(Buffer.byteLength(content) / 1000).toFixed(0)} kB`);
  }
}

try {
  await main();
} catch (error) {
  tellFailure('release', error);
}
