import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { makeDeployables } from '../../scripts/release/make-release.ts';
import { installPackages } from '../npm/install-packages.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { deployApp } from './deploy.ts';

const usage = `Compiles the CDK package and synthesises apps with it: npm run test:cdk

  --deploy   also deploys an app to the emulated cloud of npm run test:deploy, and deletes it; needs Python 3.11.5
  --help     this text`;

const root = join(import.meta.dirname, '../..');
const packageFolder = join(root, 'deploy/cdk');
const artifacts = join(root, 'dist/cdk/artifacts');
const say = (line: string) => {
  console.log(`test:cdk  ${line}`);
};

async function writeArtifacts(): Promise<void> {
  await rm(artifacts, { recursive: true, force: true });
  await mkdir(artifacts, { recursive: true });
  for (const { name, content } of await makeDeployables()) {
    await writeFile(join(artifacts, name), content);
  }
}

/** Where the person sees it. @throws SetUpError when it fails. */
function run(what: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [...args], {
    cwd: packageFolder,
    stdio: 'inherit',
    env: { ...process.env, PHOENAT_ARTIFACTS: artifacts, CDK_DISABLE_VERSION_CHECK: '1' },
  });
  if (status !== 0) {
    throw new SetUpError(`${what}: failed, see above`);
  }
}

async function main(): Promise<void> {
  const { values } = readCommandLine({ script: 'test:cdk', usage }, (args) =>
    parseOptions({ args, options: { deploy: { type: 'boolean', default: false } } }),
  );
  installPackages(packageFolder, say);
  await writeArtifacts();
  const compiler = 'node_modules/typescript/bin/tsc';
  await rm(join(packageFolder, 'dist'), { recursive: true, force: true });
  run('compiling the package', [compiler, '-p', '.']);
  run('compiling its tests', [compiler, '-p', 'test']);
  run('the tests', ['--test', 'test/*.test.mts']);
  if (values.deploy) {
    const outdir = join(root, 'dist/cdk/out');
    await rm(outdir, { recursive: true, force: true });
    run('synthesising the app', ['test/deployed-app.mts', outdir]);
    process.exitCode = await deployApp(outdir, say);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
