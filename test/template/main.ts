import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import { renderUserData } from '../../infra/user-data.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';

// Would it deploy? The template before the SAM CLI and cfn-lint, the artefact of `sam build` against that of `npm run
// build`, and the NAT instance's files before the tools that would read them there. What the template's parameters,
// policy and environment mean is tested in test/unit/infra, without Python.

const root = join(import.meta.dirname, '../..');
const work = join(root, 'dist/template');
const inCi = (process.env['CI'] ?? '') !== '';
const say = (line: string) => {
  console.log(`test:template  ${line}`);
};

/** What was wrong; nothing, where nothing was. `skipped` says what the machine lacks. */
type Outcome = { readonly problems: readonly string[]; readonly skipped?: string };
type Check = { readonly name: string; readonly run: () => Outcome | Promise<Outcome> };

const fine: Outcome = { problems: [] };

function program(name: string, args: readonly string[], path: string): Outcome {
  // The Region is for the linter, which asks nobody about it. No telemetry: the checks need no network.
  const env = { ...process.env, PATH: path, SAM_CLI_TELEMETRY: '0', AWS_REGION: 'us-east-1' };
  const { error, status, stdout, stderr } = spawnSync(name, args, { cwd: root, env, encoding: 'utf8' });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
    return { problems: [], skipped: name };
  }
  return status === 0 ? fine : { problems: [`${stdout}${stderr}`.trim()] };
}

/** The files of two folders, by content; chunks are named after theirs. */
async function compareFolders(expected: string, actual: string): Promise<Outcome> {
  const names = await listIfThere(expected);
  const others = (await listIfThere(actual)).filter((name) => !names.includes(name));
  const problems = names.length === 0 ? [`${expected} is empty or missing`] : [];
  problems.push(...others.map((name) => `${name} is only in ${actual}`));
  for (const name of names) {
    const [one, other] = await Promise.all([
      readIfThere(join(expected, name)),
      readIfThere(join(actual, name)),
    ]);
    if (one === undefined || other === undefined || !one.equals(other)) {
      problems.push(`${name} differs between ${expected} and ${actual}`);
    }
  }
  return { problems };
}

async function listIfThere(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}

/** In a network namespace of its own, as `nft` reads the kernel's rules even to check a file. */
async function checkRuleset(path: string): Promise<Outcome> {
  const file = join(work, 'nat.nft');
  await writeFile(file, readBootstrapFiles().nftables.replaceAll('@UPLINK@', 'ens5'));
  const version = program('nft', ['--version'], path);
  if (version !== fine) {
    return version;
  }
  const namespace = ['--user', '--map-root-user', '--net'];
  // Containers often forbid namespaces, which says nothing about the rules.
  if (program('unshare', [...namespace, 'true'], path) !== fine) {
    return { problems: [], skipped: 'leave to make a network namespace (unshare)' };
  }
  return program('unshare', [...namespace, 'nft', '--check', '--file', file], path);
}

/** Lambda's Node.js 24 refuses a handler that declares a callback, at each invocation and before any of our code runs. */
function checkHandler(folder: string, path: string): Outcome {
  const probe = `
    const { handler } = await import(process.argv[1]);
    const shown = typeof handler === 'function' ? 'a function of ' + handler.length : typeof handler;
    if (typeof handler !== 'function' || handler.length > 2) throw new Error('handler is ' + shown);`;
  const module = pathToFileURL(join(folder, 'handler.mjs')).href;
  return program(process.execPath, ['--input-type=module', '--eval', probe, module], path);
}

async function checkUserData(path: string): Promise<Outcome> {
  const file = join(work, 'user-data.yaml');
  await writeFile(file, renderUserData(readBootstrapFiles()));
  return program('cloud-init', ['schema', '--config-file', file], path);
}

function checks(programs: string): Check[] {
  // Debian keeps `nft` where only root looks.
  const path = `${programs}:${process.env['PATH'] ?? ''}:/usr/sbin`;
  const build = join(work, 'sam');
  return [
    { name: 'sam validate --lint', run: () => program('sam', ['validate', '--lint'], path) },
    { name: 'cfn-lint', run: () => program('cfn-lint', ['template.yaml'], path) },
    { name: 'sam build', run: () => program('sam', ['build', '--build-dir', build], path) },
    {
      name: 'npm run build',
      run: () => program(process.execPath, ['scripts/build.ts', '--out', join(work, 'npm')], path),
    },
    {
      name: 'both builds make the same artefact',
      run: () => compareFolders(join(work, 'npm'), join(build, 'Controller')),
    },
    {
      name: 'the artefact exports a handler that Lambda takes',
      run: () => checkHandler(join(build, 'Controller'), path),
    },
    {
      name: 'shellcheck',
      run: () => program('shellcheck', ['infra/nat-instance/bootstrap.sh', '.ci/run'], path),
    },
    { name: 'nft --check', run: () => checkRuleset(path) },
    { name: 'cloud-init schema', run: () => checkUserData(path) },
  ];
}

/** A missing tool is a check not made: said aloud here, and a failure where it must not be missing. */
function judge(name: string, { problems, skipped }: Outcome): boolean {
  if (skipped !== undefined) {
    say(`${inCi ? 'FAIL' : 'skip'}  ${name}: there is no ${skipped} here`);
    return !inCi;
  }
  say(`${problems.length === 0 ? 'pass' : 'FAIL'}  ${name}`);
  for (const problem of problems) {
    console.log(problem);
  }
  return problems.length === 0;
}

async function main(): Promise<boolean> {
  const directory = join(root, '.venv/sam');
  const requirementsFile = join(import.meta.dirname, 'requirements.txt');
  const programs = await preparePythonEnvironment({ directory, requirementsFile, tool: 'the SAM CLI', say });
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  let allWell = true;
  for (const { name, run } of checks(programs)) {
    allWell = judge(name, await run()) && allWell;
  }
  return allWell;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
