import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeRelease } from './make-release.ts';

const usage = `Makes a release, the same bytes each time: npm run release -- [--out DIR] [--without-cdk]

  --out DIR       where it goes (default: dist/release); what is there is removed
  --without-cdk   leaves out the CDK package, which is compiled with packages of its own (220 MB, installed if missing)
  --help          this text

docs/releasing.md tells what is in it, and how it is checked and deployed.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist/release' },
      'without-cdk': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const made = await makeRelease({ withCdk: !values['without-cdk'], say: console.log });
  await rm(values.out, { recursive: true, force: true });
  await mkdir(values.out, { recursive: true });
  for (const { name, content } of made) {
    await writeFile(join(values.out, name), content);
    console.log(`${join(values.out, name)}: ${(Buffer.byteLength(content) / 1000).toFixed(0)} kB`);
  }
}

await main();
