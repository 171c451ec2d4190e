import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { SetUpError } from '../python/set-up-error.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

// The client with which Lambda's own Node.js runtime asks for events and loads a handler. It has a part in C++, which is
// built on installation, so it is no dependency of the project: whoever only wants the demo needs no compiler.

const recipe = join(import.meta.dirname, 'runtime-client');
const files = ['package.json', 'package-lock.json'];

/** Installs it into that directory, or takes the one that is there. Gives the program. @throws SetUpError */
export async function installRuntimeClient(directory: string, say: (line: string) => void): Promise<string> {
  const program = join(directory, 'node_modules/aws-lambda-ric/index.mjs');
  const contents = await Promise.all(files.map((name) => readFile(join(recipe, name), 'utf8')));
  const hash = createHash('sha256').update(contents.join('\n')).digest('hex');
  const stamp = join(directory, 'made-from.sha256');
  const before = await readFile(stamp, 'utf8').catch(() => undefined);
  if (before === hash) {
    return program;
  }
  say(`the Lambda runtime client: building it in ${directory} (about a minute)`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const name of files) await copyFile(join(recipe, name), join(directory, name));
  const { error, status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) {
    const why = error?.message ?? stderr.trim().split('\n').slice(-5).join(' | ');
    throw new SetUpError(
      `the Lambda runtime client could not be built; it needs make, cmake and g++: ${why}`,
    );
  }
  await writeFile(stamp, hash);
  return program;
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
