import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectVersion } from '../../scripts/build.ts';
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
  const account = await startAccount(place.root);
  try {
    for (const node of nodes) {
      const { out } = await run(node, ['--version'], { cwd: place.root });
      const story = checklist.story(`Node.js ${out.trim().padEnd(8)}`);
      const folder = join(place.directory, 'installed', out.trim());
      const command = await install(node, folder, join(place.release, tarball), story);
      await drive(command, account.endpoint, story);
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

const nowhere = {};
const noCredentials = { AWS_REGION: 'eu-central-1' };

async function drive(command: Command, endpoint: string, story: Story): Promise<void> {
  const there = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  const version = await command(nowhere, '--version');
  story.is('--version', version, { code: 0, out: `${projectVersion()}\n`, err: '' });
  const says = async (what: string, expected: RegExp, code: number, ended: Ended) => {
    const { out, err } = ended;
    story.holds(
      what,
      ended.code === code && expected.test(out + err),
      `${expected}, exit code ${code}`,
      `${out}${err}exit code ${ended.code}`,
    );
  };
  await says('--help names the commands', /status[\s\S]*doctor/, 0, await command(nowhere, '--help'));
  await says(
    'completion bash prints a script',
    /^_phoenat\(\)/m,
    0,
    await command(nowhere, 'completion', 'bash'),
  );
  await says('without a Region, it says so', /no AWS Region/, 3, await command(nowhere, 'status'));
  await says('without credentials, too', /no AWS credentials/, 3, await command(noCredentials, 'status'));
  await says(
    'doctor looks at a simulated account',
    /stack +phoenat, CREATE_COMPLETE/,
    0,
    await command(there, 'doctor'),
  );
  await says('logs tells what was done', /settled/, 0, await command(there, 'logs', '--since', '1h'));
  // Reads the files that lie beside the sources.
  await says(
    'bake plans an image',
    /make an image of a builder/,
    1,
    await command(there, 'bake', '--dry-run'),
  );
}

type SimulatedAccount = { readonly endpoint: string; stop(): Promise<void> };

async function startAccount(root: string): Promise<SimulatedAccount> {
  const port = 5_600 + Math.floor(Math.random() * 1_000);
  const server = spawn(process.execPath, ['simulator/serve.ts', String(port)], {
    cwd: root,
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300 && server.exitCode === null; tries += 1) {
    try {
      await fetch(`${endpoint}/break`);
      return { endpoint, stop: () => end(server) };
    } catch {
      await sleep(100);
    }
  }
  await end(server);
  throw new SetUpError('the simulated account does not answer');
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}
