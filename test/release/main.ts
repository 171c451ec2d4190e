import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { Checklist } from '../deploy/checklist.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { installedCommand } from './installed-command.ts';
import { madeTwice } from './made-twice.ts';
import { packedLicences } from './packed-licences.ts';

const usage = `Makes a release twice, and drives the command that is installed from it: npm run test:release

  --help   this text

Installs Node.js 22 from npm's registry, the first time; the release itself asks nobody. What the packaged template
deploys is tested in test:template and test:deploy.`;

const root = join(import.meta.dirname, '../..');
const directory = join(root, 'dist/test-release');

const startedAt = Date.now();
const say = (text: string) => {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(text.replaceAll(/^(?! {6})/gm, `${String(seconds).padStart(4)} s  `));
};

async function main(): Promise<number> {
  await mkdir(directory, { recursive: true });
  const checklist = new Checklist(say);
  const release = await madeTwice({ root, directory }, checklist.story('release'));
  await packedLicences({ root, directory, release }, checklist.story('licences'));
  await installedCommand({ root, directory, release }, checklist);
  say(`${checklist.checks.length - checklist.failed} of ${checklist.checks.length} checks passed`);
  return checklist.failed === 0 ? 0 : 1;
}

readCommandLine({ script: 'test:release', usage }, (args) => parseOptions({ args }));
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
