import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { motoEndpoint } from './endpoint.ts';
import { startMotoServer } from './moto-server.ts';

const usage = `Builds the functions, starts a moto server and runs the tests in test/moto against it: npm run test:moto -- [FILE ...] [-t NAME]

  FILE                        part of the name of a test's file (default: all)
  -t, --testNamePattern NAME  part of the name of a test, as vitest takes it
  --help                      this text

Needs Python 3.11 or newer.`;

const root = join(import.meta.dirname, '../..');
const say = (line: string) => {
  console.log(`test:moto  ${line}`);
};

async function main(chosen: readonly string[]): Promise<number> {
  const directory = join(root, '.venv/moto');
  const requirementsFile = join(import.meta.dirname, 'requirements.txt');
  const programs = await preparePythonEnvironment({ directory, requirementsFile, tool: 'moto', say });
  const awsPrograms = await preparePythonEnvironment({
    directory: join(root, '.venv/aws-cli'),
    requirementsFile: join(import.meta.dirname, 'aws-cli-requirements.txt'),
    tool: 'the AWS CLI',
    say,
  });
  say('building the functions');
  if ((await runNode(['scripts/build.ts'], {})) !== 0) {
    throw new SetUpError('the functions could not be built: see above');
  }
  const server = await startMotoServer(programs, join(directory, 'server.log'));
  say(`moto answers at ${server.endpoint}`);
  try {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'moto', ...chosen];
    return await runNode(vitest, {
      AWS_ENDPOINT_URL: motoEndpoint(server.endpoint),
      AWS_CLI_PROGRAMS: awsPrograms,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'moto',
      AWS_SECRET_ACCESS_KEY: 'moto',
    });
  } finally {
    await server.stop();
    say('moto stopped');
  }
}

/** What of it is vitest's. */
function read(args: string[]): readonly string[] {
  const { values, positionals } = parseOptions({
    args,
    options: { testNamePattern: { type: 'string', short: 't' } },
    allowPositionals: true,
  });
  const { testNamePattern } = values;
  return [...positionals, ...(testNamePattern === undefined ? [] : ['--testNamePattern', testNamePattern])];
}

/** Runs a program of the project where the person can see it, and gives its exit code. */
async function runNode(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code]: unknown[] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

// Ctrl-C reaches the tests and the server by itself; this process stays until both have ended.
process.on('SIGINT', () => undefined);

try {
  process.exitCode = await main(readCommandLine({ script: 'test:moto', usage }, read));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
