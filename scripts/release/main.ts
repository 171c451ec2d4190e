import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { clearFolder } from './clear-folder.ts';
import { makeRelease } from './make-release.ts';

const usage = `Makes a release, the same bytes each time: npm run release -- [--out DIR] [--without-cdk]

  --out DIR       where it goes (default: dist/release); an earlier release there is removed, and anything else refused
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
  await clearFolder(values.out);
  const made = await makeRelease({ withCdk: !values['without-cdk'], say: console.log });
  for (const { name, content } of made) {
    await writeFile(join(values.out, name), content);
    console.log(`${join(values.out, name)}: ${(Buffer.byteLength(content) / 1000).toFixed(0)} kB`);
  }
}

try {
  await main();
} catch (error) {
  console.error(errorMessage(error));
  process.exitCode = 1;
}
