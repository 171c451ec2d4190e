import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { renderNatEnv } from '../../infra/nat-env.ts';
import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import { renderUserData } from '../../infra/user-data.ts';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { startMotoServer } from '../moto/moto-server.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { checkController, checkLifecycle, checkProbe } from './check-functions.ts';
import { deployToMoto } from './deploy.ts';
import { compareWithTranslator, writePackaged } from './packaged.ts';
import { installRuntimeClient, type RuntimeClient } from './runtime-client.ts';
import { scan } from './scan.ts';
import { buildWithoutScripts } from './without-scripts.ts';

const usage = `Would it deploy? npm run test:template

  --help   this text

The templates before the SAM CLI, cfn-lint and a security scanner; the artefacts of "sam build" against those of
"npm run build", and under Lambda's own runtime client; the translated template on moto's CloudFormation; and the NAT
instance's files before the tools that would read them there. Needs Python 3.11.5 or newer.`;

// What the template's parameters, policies and environment mean is tested in test/unit/infra, without Python.

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

function program(name: string, args: readonly string[], path: string, cwd = root): Outcome {
  // The Region is for the linter, which asks nobody about it. No telemetry: the checks need no network.
  const env = { ...process.env, PATH: path, SAM_CLI_TELEMETRY: '0', AWS_REGION: 'us-east-1' };
  const { error, status, stdout, stderr } = spawnSync(name, args, { cwd, env, encoding: 'utf8' });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
    return { problems: [], skipped: name };
  }
  return status === 0 ? fine : { problems: [`${stdout}${stderr}`.trim()] };
}

/** By which SAM knows how to build a function; it packs it as well, and no function reads it. */
const samsOwn = 'package.json';

/** The files of two folders, by content; chunks are named after theirs. */
async function compareFolders(expected: string, actual: string): Promise<Outcome> {
  const names = await listIfThere(expected);
  const others = (await listIfThere(actual)).filter((name) => !names.includes(name) && name !== samsOwn);
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

/**
 * `sam build` of the project in a folder whose name is not one word to a shell, first before `npm ci`, of which it has to
 * speak; and on a machine whose make does not work.
 */
async function buildElsewhere(path: string): Promise<Outcome> {
  const elsewhere = join(work, "somebody's own clone");
  const noMake = join(work, 'no make');
  await mkdir(noMake, { recursive: true });
  await writeFile(join(noMake, 'make'), '#!/bin/sh\necho make has been called >&2\nexit 1\n', {
    mode: 0o755,
  });
  const notCopied = ['.git', '.venv', '.aws-sam', 'coverage', 'dist', 'node_modules'];
  await mkdir(elsewhere, { recursive: true });
  for (const entry of (await readdir(root)).filter((name) => !notCopied.includes(name))) {
    await cp(join(root, entry), join(elsewhere, entry), { recursive: true });
  }
  const early = program('sam', ['build'], path, elsewhere);
  if (early.skipped === undefined && !early.problems.some((said) => said.includes('Run "npm ci" in '))) {
    return { problems: ['sam build does not say that the packages are missing', ...early.problems] };
  }
  await symlink(relative(elsewhere, join(root, 'node_modules')), join(elsewhere, 'node_modules'));
  const built = program('sam', ['build'], `${noMake}:${path}`, elsewhere);
  if (built !== fine) {
    return built;
  }
  const made = await Promise.all(
    ['Controller', 'Lifecycle', ...zoneLetters.map((letter) => `Probe${letter.toUpperCase()}`)].map((name) =>
      listIfThere(join(elsewhere, '.aws-sam/build', name)),
    ),
  );
  return { problems: made.every((names) => names.includes('handler.mjs')) ? [] : ['a handler is missing'] };
}

/** What every setting turns on, so that no line of the template goes unread. */
const everything = renderNatEnv({
  clientCidrs: ['10.0.0.0/16'],
  traffic: 'web',
  allowList: [{ cidr: '203.0.113.0/24', port: 5432, protocol: 'tcp' }],
  allowedDomains: ['.example.com'],
  adminCidr: '198.51.100.7/32',
});

/** Loaded by configure.sh, as on an instance, in a network namespace of its own with an interface and a way out. */
async function checkRuleset(path: string): Promise<Outcome> {
  const folder = join(work, 'nat');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(readBootstrapFiles())) {
    await writeFile(join(folder, name), text);
  }
  await writeFile(join(folder, 'nat.env'), everything);
  const version = program('nft', ['--version'], path);
  if (version !== fine) {
    return version;
  }
  const namespace = ['--user', '--map-root-user', '--net'];
  // Containers often forbid namespaces, which says nothing about the rules.
  if (program('unshare', [...namespace, 'true'], path) !== fine) {
    return { problems: [], skipped: 'leave to make a network namespace (unshare)' };
  }
  const steps = [
    'ip link add ens5 type veth peer name ens6 && ip link set ens6 up && ip address add 10.0.0.10/24 dev ens5 && ip link set ens5 up',
    'ip route add default via 10.0.0.1',
    `PHOENAT_DIR="${folder}" PHOENAT_RUN="${folder}/run" bash infra/nat-instance/configure.sh`,
  ].join(' && ');
  return program('unshare', [...namespace, 'bash', '-c', steps], path);
}

async function checkUserData(path: string): Promise<Outcome> {
  const file = join(work, 'user-data.yaml');
  await writeFile(
    file,
    renderUserData(readBootstrapFiles(), everything, {
      names: true,
      connections: true,
      watch: true,
      handOver: true,
    }),
  );
  return program('cloud-init', ['schema', '--config-file', file], path);
}

/** Where the tools are that this script installs, and a moto server for it alone. */
type Tools = {
  readonly sam: string;
  readonly checkov: string;
  readonly moto: string;
  readonly runtimeClient: RuntimeClient;
  readonly endpoint: string;
};

const scripts = [
  'say',
  'look',
  'bootstrap',
  'configure',
  'give-up',
  'guard',
  'hand-over',
  'extras',
  'names',
  'health',
  'stand-in',
]
  .map((name) => `infra/nat-instance/${name}.sh`)
  .concat(
    'infra/own-image/build.sh',
    'infra/own-image/first.sh',
    'test/vm/image/build.sh',
    'test/vm/image/dnf.sh',
    '.ci/run',
  );
const templates = ['template.yaml', 'infra/example-vpc.yaml'];

function checks(tools: Tools): Check[] {
  // Debian keeps `nft` where only root looks.
  const path = `${tools.sam}:${process.env['PATH'] ?? ''}:/usr/sbin`;
  const build = join(work, 'sam');
  const packaged = writePackaged(root, work);
  return [
    { name: 'sam validate --lint', run: () => program('sam', ['validate', '--lint'], path) },
    { name: 'cfn-lint', run: () => program('cfn-lint', templates, path) },
    { name: 'cfn-lint of the packaged template', run: () => program('cfn-lint', [packaged], path) },
    {
      name: 'the packaged template is what the SAM translator makes of ours',
      run: () => ({ problems: compareWithTranslator(root, packaged, tools.sam) }),
    },
    { name: 'checkov', run: () => ({ problems: scan(tools.checkov, root, templates) }) },
    { name: 'sam build', run: () => program('sam', ['build', '--build-dir', build], path) },
    {
      name: 'sam build, where npm runs no scripts',
      run: () => ({ problems: buildWithoutScripts(root, path, join(work, 'no-scripts')) }),
    },
    { name: 'sam build, in a folder with a space in its name', run: () => buildElsewhere(path) },
    ...functionChecks(tools, build, path),
    {
      name: 'the translated template, deployed to moto, every resource looked up, deleted',
      run: async () => ({
        problems: await deployToMoto({
          root,
          work,
          samPrograms: tools.sam,
          motoPrograms: tools.moto,
          endpoint: tools.endpoint,
        }),
      }),
    },
    {
      name: 'shellcheck',
      run: () => program('shellcheck', scripts, path),
    },
    { name: 'the ruleset loads', run: () => checkRuleset(path) },
    { name: 'cloud-init schema', run: () => checkUserData(path) },
  ];
}

function functionChecks({ runtimeClient, endpoint }: Tools, build: string, path: string): Check[] {
  const made = join(work, 'npm');
  const functions = [
    { name: 'controller', folder: join(build, 'Controller'), check: checkController },
    { name: 'lifecycle', folder: join(build, 'Lifecycle'), check: checkLifecycle },
    { name: 'probe', folder: join(build, 'ProbeA'), check: checkProbe },
  ];
  return functions.flatMap(({ name, folder, check }): Check[] => [
    {
      name: `npm run build -- ${name}`,
      run: () => program(process.execPath, ['scripts/build.ts', name, '--out', join(made, name)], path),
    },
    {
      name: `both builds make the same artefact of the ${name} function`,
      run: () => compareFolders(join(made, name), folder),
    },
    {
      name: `the ${name} function answers Lambda's runtime client`,
      run: () =>
        'missing' in runtimeClient
          ? { problems: [], skipped: runtimeClient.missing }
          : check(runtimeClient.program, folder, endpoint),
    },
  ]);
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
  readCommandLine({ script: 'test:template', usage }, (args) => parseOptions({ args }));
  const python = (directory: string, requirements: string, tool: string, oldestPython = '3.11') =>
    preparePythonEnvironment({
      directory: join(root, '.venv', directory),
      requirementsFile: join(import.meta.dirname, requirements),
      tool,
      oldestPython,
      say,
    });
  const [sam, checkov, moto, runtimeClient] = await Promise.all([
    python('sam', 'requirements.txt', 'the SAM CLI'),
    python('checkov', 'checkov-requirements.txt', 'checkov', '3.11.5'),
    python('moto', '../moto/requirements.txt', 'moto'),
    installRuntimeClient(join(root, '.venv/runtime-client'), say),
  ]);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const server = await startMotoServer(moto, join(work, 'moto.log'));
  let allWell = true;
  try {
    const tools = { sam, checkov, moto, runtimeClient, endpoint: server.endpoint };
    for (const { name, run } of checks(tools)) {
      allWell = judge(name, await run()) && allWell;
    }
  } finally {
    await server.stop();
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
