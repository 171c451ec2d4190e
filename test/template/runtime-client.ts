import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SetUpError } from '../python/set-up-error.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

const execute = promisify(execFile);

// The client with which Lambda's own Node.js runtime asks for events and loads a handler. It has a part in C++, which is
// built on installation, so it is no dependency of the project: whoever only wants the demo needs no compiler.

const recipe = join(import.meta.dirname, 'runtime-client');
const files = ['package.json', 'package-lock.json'];

/** Its program; or what the machine lacks to build it. */
export type RuntimeClient = { readonly program: string } | { readonly missing: string };

/** Builds it in that directory, or takes the one that is there. @throws SetUpError when the build fails. */
export async function installRuntimeClient(
  directory: string,
  say: (line: string) => void,
): Promise<RuntimeClient> {
  const client = { program: join(directory, 'node_modules/aws-lambda-ric/index.mjs') };
  const contents = await Promise.all(files.map((name) => readFile(join(recipe, name), 'utf8')));
  const hash = createHash('sha256').update(contents.join('\n')).digest('hex');
  const stamp = join(directory, 'made-from.sha256');
  const before = await readFile(stamp, 'utf8').catch(() => undefined);
  if (before === hash) {
    return client;
  }
  const missing = process.platform === 'linux' ? tools.filter((tool) => !isThere(tool)) : ['Linux'];
  if (missing.length > 0) {
    return { missing: missing.join(', ') };
  }
  say(`the Lambda runtime client: building it in ${directory} (about a minute)`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const name of files) await copyFile(join(recipe, name), join(directory, name));
  await build(directory);
  // Written last: a build that was broken off is not taken for a whole one.
  await writeFile(stamp, hash);
  return client;
}

/** What its build calls (scripts/preinstall.sh of the package), beside what npm and the SAM CLI need. */
const tools = ['make', 'cmake', 'g++', 'tar', 'xz'];

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

async function build(directory: string): Promise<void> {
  const headers = findNodeHeaders();
  // node-gyp downloads the headers unless it is told where they are.
  const env = headers === undefined ? process.env : { ...process.env, npm_config_nodedir: headers };
  try {
    // What the build writes (a warning for each file of its archives) is more than the default allows.
    const options = { cwd: directory, env, maxBuffer: 100_000_000 };
    await execute('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], options);
  } catch (error) {
    const said =
      error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
    const why = said.trim().split('\n').slice(-5).join(' | ') || String(error);
    throw new SetUpError(`the Lambda runtime client could not be built in ${directory}: ${why}`, {
      cause: error,
    });
  }
}

/**
 * Where a Node.js of this machine has its C headers, `include/node`. Any will do that is new enough for Node-API, whose ABI
 * is the same in every version (Node.js documentation, "Node-API").
 */
function findNodeHeaders(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => dirname(directory))
    .find((prefix) => existsSync(join(prefix, 'include/node/node_api.h')));
}

export type RunningFunction = Pick<RuntimeApi, 'invoke'> & {
  /** What it has written so far. */
  readonly log: () => string;
  stop(): Promise<void>;
};

/** Starts the runtime client over a built function, as a Lambda environment would. */
export async function startFunction(
  program: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningFunction> {
  const functionName = `phoenat-${folder.split('/').at(-1)}`;
  const api = await startRuntimeApi(functionName);
  const child = spawn(process.execPath, [program], {
    cwd: folder,
    env: {
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      AWS_LAMBDA_RUNTIME_API: api.address,
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: 'handler.handler',
      AWS_LAMBDA_FUNCTION_NAME: functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_LAMBDA_LOG_GROUP_NAME: functionName,
      AWS_LAMBDA_LOG_STREAM_NAME: 'of-this-test',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'moto',
      AWS_SECRET_ACCESS_KEY: 'moto',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      log += part.toString();
    });
  }
  child.once('exit', (code) => api.fail(`the runtime client ended with exit code ${code}`));
  return {
    invoke: api.invoke,
    log: () => log,
    stop: async () => {
      await ended(child);
      await api.close();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGKILL');
  await exit;
}
