import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseProbeAnswer } from '../../shared/aws/parse-probe-answer.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { field, textField } from '../../shared/events/fields.ts';
import type { Answer } from './runtime-api.ts';
import { type RunningFunction, startFunction } from './runtime-client.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
// The functions' own time-outs in the template: what is left of it decides what a run still begins.
const timeoutMs = 60_000;
const lifecycleTimeoutMs = 900_000;
const probeTimeoutMs = 6_000;

/** An account of moto's in which nothing of what these name exists. */
const settings = {
  PHOENAT_STACK: 'runtime-client',
  PHOENAT_VPC_ID: 'vpc-0123456789abcdef0',
  PHOENAT_ZONES: JSON.stringify([
    {
      name: 'a',
      publicSubnet: 'subnet-0123456789abcdef0',
      privateSubnets: ['subnet-0123456789abcdef1'],
      allocationId: 'eipalloc-0123456789abcdef0',
    },
  ]),
  PHOENAT_SECURITY_GROUPS: 'sg-0123456789abcdef0',
};

async function readFixture(name: string): Promise<object> {
  return JSON.parse(await readFile(join(fixtures, name), 'utf8'));
}

type Checked = { readonly problems: readonly string[] };

/** The built controller under Lambda's own runtime client: it starts, refuses, looks, and starts anew for nothing. */
export async function checkController(program: string, folder: string, endpoint: string): Promise<Checked> {
  const env = { ...settings, AWS_ENDPOINT_URL: endpoint };
  return await checking(program, folder, env, async (running) => [
    ...expectError(await running.invoke({ hello: 1 }, timeoutMs), 'UnknownEventError', 'Scheduled Event'),
    ...expectViolation(await running.invoke(await readFixture('events/scheduled.json'), timeoutMs)),
    ...expectViolation(await running.invoke({ action: 'status' }, timeoutMs)),
  ]);
}

/** The same of the lifecycle function, which answers CloudFormation and not its caller. */
export async function checkLifecycle(program: string, folder: string, endpoint: string): Promise<Checked> {
  const env = { ...settings, AWS_ENDPOINT_URL: endpoint };
  const answers: unknown[] = [];
  const server = createServer(async (request, response) => {
    answers.push(JSON.parse(await text(request)));
    response.end();
  }).listen(0, '127.0.0.1');
  const address = await new Promise<ReturnType<typeof server.address>>((resolve) => {
    server.once('listening', () => resolve(server.address()));
  });
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    return await checking(program, folder, env, async (running) => {
      const create = {
        ...(await readFixture('cloudformation/create.json')),
        ResponseURL: `http://127.0.0.1:${port}/`,
      };
      const refused = await running.invoke({ hello: 1 }, lifecycleTimeoutMs);
      const created = await running.invoke(create, lifecycleTimeoutMs);
      return [
        ...expectError(refused, 'UnknownRequestError', 'CloudFormation'),
        ...(created.kind === 'response' ? [] : [`a creation ended with ${JSON.stringify(created.body)}`]),
        ...(answers.length === 1 && /subnet-\w+ does not exist/.test(textField(answers[0], 'Reason') ?? '')
          ? []
          : [`CloudFormation was told ${JSON.stringify(answers)}`]),
      ];
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The same of a probe: it refuses what it may not ask, and answers where there is nobody that could. */
export async function checkProbe(program: string, folder: string): Promise<Checked> {
  const env = { PHOENAT_PROBE_TARGETS: 'https://nowhere.example/' };
  return await checking(program, folder, env, async (running) => {
    const answered = await running.invoke({ instances: [] }, probeTimeoutMs);
    const outcome = parseProbeAnswer(answered.body);
    const isRight = outcome.kind === 'answered' && outcome.answer.targets[0]?.result.kind === 'failed';
    return [
      ...expectError(
        await running.invoke({ hello: 1 }, probeTimeoutMs),
        'ProbeRequestError',
        'no list of instances',
      ),
      ...(isRight ? [] : [`a probe of nowhere ended with ${JSON.stringify(answered.body)}`]),
    ];
  });
}

async function checking(
  program: string,
  folder: string,
  env: Readonly<Record<string, string>>,
  check: (running: RunningFunction) => Promise<string[]>,
): Promise<Checked> {
  const running = await startFunction(program, folder, env);
  try {
    const problems = await check(running);
    return { problems: problems.length === 0 ? [] : [...problems, running.log()] };
  } catch (error) {
    return { problems: [errorMessage(error), running.log()] };
  } finally {
    await running.stop();
  }
}

function expectError({ kind, body }: Answer, type: string, said: string): string[] {
  const isRight =
    kind === 'error' &&
    textField(body, 'errorType') === type &&
    (textField(body, 'errorMessage') ?? '').includes(said);
  return isRight ? [] : [`{"hello":1} ended with ${kind} ${JSON.stringify(body)}, not with ${type}`];
}

function expectViolation({ kind, body }: Answer): string[] {
  const zones = field(body, 'zones');
  const [zone]: unknown[] = Array.isArray(zones) ? zones : [];
  const isRight =
    kind === 'response' &&
    textField(body, 'outcome') === 'attention' &&
    textField(zone, 'health') === 'violation';
  return isRight ? [] : [`a look at an empty account ended with ${kind} ${JSON.stringify(body)}`];
}
