import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { openAccount } from './account.ts';
import { Checklist, type Story } from './checklist.ts';
import { deployExampleVpc } from './example-vpc.ts';
import { startLocalCloud } from './local-cloud.ts';
import { playLocally, type Say } from './local-run.ts';
import { longName } from './long-name.ts';
import { neverForwards } from './never-forwards.ts';
import { noImage } from './no-image.ts';
import { packaged } from './packaged.ts';
import { type Rig, sam } from './rig.ts';
import { wholeLife } from './whole-life.ts';

const usage = `Deploys the example VPC and Phoenat to a cloud on this machine, with the real SAM CLI and AWS CLI: npm run test:deploy

  --help   this text

Needs bash and Python 3.11 or newer. Nothing of it leaves the loopback interface; AWS is not asked.`;

const root = join(import.meta.dirname, '../..');
const directory = join(root, 'dist/deploy');
const functionLogs = join(directory, 'functions');
const maxMs = 15 * 60_000;

async function main(signal: AbortSignal, say: Say): Promise<number> {
  needPrograms();
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const [moto, samPrograms, ministack, awsPrograms] = await Promise.all([
    python(say, 'moto', '../moto/requirements.txt', 'moto'),
    python(say, 'sam', '../template/requirements.txt', 'the SAM CLI'),
    python(say, 'ministack', 'requirements.txt', 'MiniStack'),
    python(say, 'awscli', 'aws-cli-requirements.txt', 'the AWS CLI'),
  ]);
  const checklist = new Checklist(say);
  const options = { motoPrograms: moto, ministackPrograms: ministack, directory, functionLogs, signal };
  const cloud = await startLocalCloud(options);
  try {
    say(`the cloud answers at ${cloud.front.endpoint}; what it says goes to ${directory}`);
    const account = openAccount(cloud.front.endpoint, cloud.moto);
    const project = join(directory, 'a folder', 'phoenat');
    const rig: Rig = { cloud, account, project, root, samPrograms, directory, functionLogs, signal };
    const life = checklist.story('whole life');
    const long = checklist.story('long name ');
    const none = checklist.story('no image  ');
    const never = checklist.story('no boot   ');
    const release = checklist.story('packaged  ');
    // Those of the other stories come later: the first deployment makes the bucket that all of the SAM CLI's share.
    const [vpc] = await Promise.all([deployExampleVpc(rig, life, 'example-vpc'), buildWithSpace(rig, life)]);
    // The SAM CLI writes into the folder that it deploys from.
    const second = { ...rig, project: `${project} 2` };
    const third = { ...rig, project: `${project} 3` };
    for (const copy of [second, third]) await cp(project, copy.project, { recursive: true });
    await Promise.all([
      tell(life, signal, () => wholeLife(rig, life, vpc)),
      tell(long, signal, () => longName(second, long)),
      tell(none, signal, () => noImage(third, none)),
      tell(never, signal, () => neverForwards(third, never)),
      tell(release, signal, () => packaged(rig, release, awsPrograms)),
    ]);
  } finally {
    await cloud.stop();
  }
  return conclude(checklist, say);
}

function python(say: Say, name: string, requirements: string, tool: string): Promise<string> {
  return preparePythonEnvironment({
    directory: join(root, '.venv', name),
    requirementsFile: join(import.meta.dirname, requirements),
    tool,
    say,
  });
}

/** What Python's packages cannot bring. */
function needPrograms(): void {
  const missing = ['bash'].filter((name) => spawnSync(name, ['--version']).status !== 0);
  if (missing.length > 0) {
    const names = missing.join(' ');
    throw new SetUpError(
      `not installed, and needed: ${names}. On Debian and Ubuntu: apt-get install ${names}`,
    );
  }
}

/** Where people's folders have a space in their names: the sources, built there by the SAM CLI. */
async function buildWithSpace(rig: Rig, story: Story): Promise<void> {
  const { project } = rig;
  await mkdir(project, { recursive: true });
  for (const name of [
    'template.yaml',
    'README.md',
    'LICENSE',
    'samconfig.toml',
    'package.json',
    'functions',
    'shared',
    'infra',
    'scripts',
  ]) {
    await cp(join(root, name), join(project, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  const { code, out, err } = await sam(rig, 'build');
  const what = 'sam build succeeds in a folder with a space in its name';
  if (!story.holds(what, code === 0, 'exit code 0', `exit code ${code}\n${out}${err}`)) {
    throw new SetUpError('without the build there is nothing to deploy');
  }
}

/** What ends a story early is a check that failed. */
async function tell(story: Story, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (signal.aborted) throw error;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    story.holds('is told to its end', false, 'no error', text);
  }
}

function conclude({ checks, failed }: Checklist, say: Say): number {
  const logs =
    failed > 0 ? `; the logs of the functions are in ${functionLogs}, the rest in ${directory}` : '';
  say(`${checks.length - failed} of ${checks.length} checks passed${logs}`);
  return failed === 0 ? 0 : 1;
}

await playLocally({ script: 'test:deploy', usage, maxMs }, main);
