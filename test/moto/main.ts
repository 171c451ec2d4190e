import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { motoEndpoint } from './endpoint.ts';
import { startMotoServer } from './moto-server.ts';

// Builds the functions, starts a moto server and runs the tests of the vitest project `moto` against it. Arguments go
// to vitest: `npm run test:moto -- -t drift`.

const root = join(import.meta.dirname, '../..');
const say = (line: string) => {
  console.log(`test:moto  ${line}`);
};

async function main(vitestArguments: readonly string[]): Promise<number> {
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
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'moto', ...vitestArguments];
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
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
