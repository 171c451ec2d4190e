import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectVersion } from '../../scripts/build.ts';
import { LivingAccount } from '../../simulator/serve/living-account.ts';
import { serveAccount } from '../../simulator/serve/server.ts';
import type { Checklist, Story } from '../deploy/checklist.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { type Ended, run } from './run.ts';

type Place = { readonly root: string; readonly directory: string; readonly release: string };

/** The oldest Node.js that the package promises to run under; the newest is the one that runs this. */
const oldest = `node-${process.platform}-${process.arch}`;
const oldestVersion = '22.23.3';

/** The command, installed from the release's tarball in an empty folder, as people drive it. */
export async function installedCommand(place: Place, checklist: Checklist): Promise<void> {
  const [tarball] = (await readdir(place.release)).filter((name) => name.startsWith('phoenat-cli-'));
  if (tarball === undefined) throw new SetUpError('the release has no tarball of the command');
  const nodes = [await installOldest(place.directory), process.execPath];
  const account = await serveAccount({
    account: await LivingAccount.open({ now: Date.now }),
    port: 0,
    onDefect: (error) => console.error(error),
  });
  try {
    for (const node of nodes) {
      const { out } = await run(node, ['--version'], { cwd: place.root });
      const story = checklist.story(`Node.js ${out.trim().padEnd(8)}`);
      const folder = join(place.directory, 'installed', out.trim());
      const command = await install(node, folder, join(place.release, tarball), story);
      await drive(command, `http://127.0.0.1:${account.port}`, story);
    }
  } finally {
    await account.stop();
  }
}

async function installOldest(directory: string): Promise<string> {
  const folder = join(directory, 'node');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  // Node.js for one platform, without an install script; one that is there already is left as it is.
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${oldest}@${oldestVersion}`];
  const { code, err } = await run('npm', args, { cwd: folder });
  if (code !== 0) throw new SetUpError(`${oldest} ${oldestVersion} could not be installed: ${err}`);
  return join(folder, 'node_modules', oldest, 'bin/node');
}

type Command = (env: Readonly<Record<string, string>>, ...args: string[]) => Promise<Ended>;

/** Offline: the package has to bring all that it needs. */
async function install(node: string, folder: string, tarball: string, story: Story): Promise<Command> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  // As npm finds its own Node.js, so that "engines" is judged by the version that is tested.
  const path = `${dirname(node)}:${process.env['PATH'] ?? ''}`;
  const args = ['install', '--offline', '--engine-strict', '--no-audit', '--no-fund', tarball];
  // Without what the npm that runs this has set for its children.
  const home = process.env['HOME'] ?? folder;
  const installed = await run('npm', args, { cwd: folder, env: { PATH: path, HOME: home } });
  story.holds(
    'the tarball installs in an empty folder, without a registry',
    installed.code === 0 && installed.out.includes('added 1 package'),
    'added 1 package',
    `${installed.out}${installed.err}`,
  );
  const base = {
    PATH: path,
    HOME: folder,
    NO_COLOR: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_OPTIONS: '--no-experimental-strip-types',
  };
  return (env, ...rest) =>
    run('npx', ['--no-install', 'phoenat', ...rest], { cwd: folder, env: { ...base, ...env } });
}

type Driven = {
  readonly what: string;
  readonly line: string;
  readonly says: RegExp;
  readonly code: number;
  readonly env?: Readonly<Record<string, string>>;
};

function driven(endpoint: string): readonly Driven[] {
  const region = { AWS_REGION: 'eu-central-1' };
  const there = { ...region, AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  return [
    { what: 'tells its version', line: '--version', says: new RegExp(`^${projectVersion()}$`), code: 0 },
    { what: 'names its commands', line: '--help', says: /status[\s\S]*doctor/, code: 0 },
    { what: 'prints a script', line: 'completion bash', says: /^_phoenat\(\)/m, code: 0 },
    { what: 'misses a Region', line: 'status', says: /no AWS Region/, code: 3 },
    { what: 'misses credentials', line: 'status', says: /no AWS credentials/, code: 3, env: region },
    { what: 'sees the zones', line: 'status', says: /a +.*healthy[\s\S]*b +.*healthy/, code: 0, env: there },
    { what: 'looks at a VPC', line: 'doctor', says: /phoenat, CREATE_COMPLETE/, code: 0, env: there },
    { what: 'tells what was done', line: 'logs --since 1h', says: /settled/, code: 0, env: there },
    // Its script is made of files that lie beside the sources.
    {
      what: 'plans an image',
      line: 'bake --dry-run',
      says: /make an image of a builder/,
      code: 0,
      env: there,
    },
  ];
}

async function drive(command: Command, endpoint: string, story: Story): Promise<void> {
  for (const { what, line, says, code, env = {} } of driven(endpoint)) {
    const ended = await command(env, ...line.split(' '));
    const said = `${ended.out}${ended.err}`.trim();
    story.holds(
      `phoenat ${line} ${what}`,
      ended.code === code && says.test(said),
      `${says}, exit code ${code}`,
      `${said}\nexit code ${ended.code}`,
    );
  }
}
