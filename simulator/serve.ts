import { createServer, type IncomingMessage } from 'node:http';
import { minuteMs } from '../shared/core/model/time.ts';
import { byDefault } from './harness/by-default.ts';
import { CommandHarness, subscriptions } from './harness/command-harness.ts';
import { answerEc2 } from './harness/ec2-over-http.ts';
import { aliveIn } from './harness/settled-harness.ts';

/**
 * A simulated account behind AWS's own protocols on this machine, in real time, for trying the real command against a
 * living stack with the template's defaults, two zones, that can be broken: `npx node simulator/serve.ts 5600`, then
 * `AWS_ENDPOINT_URL=http://127.0.0.1:5600 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b npx --no-install phoenat status`.
 * `curl '127.0.0.1:5600/break?what=terminate&zone=a'` breaks it; without `what` it lists what there is to break. `cost` is
 * not served: there are no CloudWatch metrics here.
 */
const port = Number(process.argv[2] ?? 5600);
const account = new CommandHarness({ settings: byDefault({ probe: 'on' }) });
const { harness } = account;
await harness.clock.runUntil(Date.now() - 8 * minuteMs);
harness.goLive();
let isDriving = false;
setInterval(async () => {
  if (isDriving) return;
  isDriving = true;
  await harness.clock.runUntil(Date.now());
  isDriving = false;
}, 50);
let drops = false;
let upstream: { restore(): void } | undefined;

/** What can be done to the account; the first ones to the zone's instance. */
const faults: Readonly<Record<string, { readonly what: string; readonly does: (id: string) => void }>> = {
  terminate: { what: 'terminates it', does: (id) => harness.sim.terminateInstance(id) },
  stop: { what: 'stops it', does: (id) => harness.sim.stopInstance(id) },
  impair: { what: 'hangs it', does: (id) => harness.sim.impair(id, 'instance') },
  flush: {
    what: 'flushes its rules, which its guard repairs',
    does: (id) => harness.sim.breakForwarding(id, { what: 'rules', guard: 'repairs' }),
  },
  unguarded: {
    what: 'flushes its rules, and its guard does not run',
    does: (id) => harness.sim.breakForwarding(id, { what: 'rules', guard: 'does-not-run' }),
  },
  upstream: {
    what: 'loses what leaves the VPC, in every zone',
    does: () => {
      upstream ??= harness.sim.loseUpstream(
        harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId),
      );
    },
  },
  deny: {
    what: 'denies every launch',
    does: () => {
      harness.sim.inject({
        call: 'RunInstances',
        fault: {
          kind: 'error',
          code: 'UnauthorizedOperation',
          message: 'You are not authorized',
          httpStatus: 403,
        },
      });
    },
  },
  drop: {
    what: 'answers no request any longer',
    does: () => {
      drops = true;
    },
  },
  mend: {
    what: 'ends upstream, deny and drop',
    does: () => {
      drops = false;
      upstream?.restore();
      upstream = undefined;
      harness.sim.removeAllFaults();
    },
  },
};

function injectFault(name: string, zone: string): string {
  const [id] = aliveIn(harness, zone);
  const fault = Object.hasOwn(faults, name) ? faults[name] : undefined;
  if (fault === undefined) {
    const lines = Object.entries(faults).map(([known, { what }]) => `  ${known.padEnd(10)} ${what}\n`);
    return `what=… is one of, and zone=… the zone:\n${lines.join('')}`;
  }
  if (id === undefined) {
    return `zone ${zone} has no instance that runs\n`;
  }
  fault.does(id);
  return `${name}, zone ${zone}, ${id}: ${fault.what}\n`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

type Answer = {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly error?: string;
};

async function answer(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await bodyOf(request);
  if (String(request.headers['x-amz-target'] ?? '').startsWith('Logs_')) {
    const found = await ask(account.aws.logs, JSON.parse(body));
    return { status: 200, type: 'application/x-amz-json-1.1', text: JSON.stringify(found) };
  }
  if (url.pathname.includes('/functions/')) {
    const InvocationType = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
    const found = await ask(account.aws.lambda, { Payload: body, InvocationType });
    const { StatusCode, Payload, FunctionError } = found as {
      readonly StatusCode: number;
      readonly Payload?: Uint8Array;
      readonly FunctionError?: string;
    };
    const text = Payload === undefined ? '' : new TextDecoder().decode(Payload);
    return {
      status: StatusCode,
      type: 'application/json',
      text,
      ...(FunctionError === undefined ? {} : { error: FunctionError }),
    };
  }
  if (url.pathname.includes('/account-settings')) {
    const settings = await ask(account.aws.lambda, {});
    return { status: 200, type: 'application/json', text: JSON.stringify(settings) };
  }
  const form = new URLSearchParams(body);
  switch (form.get('Version')) {
    case '2016-11-15':
      return await answerEc2(body, (command) => ask(account.aws.ec2, command));
    case '2010-05-15':
      return describeStacks(form.get('StackName') ?? '');
    case '2010-05-08':
      return xml(spotRole);
    case '2010-03-31':
      return xml(topicAttributes);
    case '2011-06-15':
      return xml(
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>${harness.sim.region.accountId}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    default:
      return { status: 501, type: 'text/plain', text: `not served: ${request.method} ${request.url}\n` };
  }
}

/** The clients are typed for the SDK's commands; here a command is no more than its input. */
function ask(client: unknown, input: object): Promise<object> {
  const command = 'input' in input ? input : { input };
  return (client as { readonly send: (command: object) => Promise<object> }).send(command);
}

const xml = (text: string): Answer => ({ status: 200, type: 'text/xml', text });
const topicAttributes = `<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetTopicAttributesResult><Attributes>${Object.entries(
  subscriptions,
)
  .map(([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`)
  .join('')}</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`;

/** The one role that the command asks for. */
const spotRole =
  '<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><RoleName>AWSServiceRoleForEC2Spot</RoleName></Role></GetRoleResult></GetRoleResponse>';

/** In CloudFormation's words, also where there is no such stack. */
function describeStacks(name: string): Answer {
  const { Parameters, Outputs, StackName, StackId, StackStatus } = account.stack();
  if (name !== StackName) {
    const message = `Stack with id ${name} does not exist`;
    const text = `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
    return { status: 400, type: 'text/xml', text };
  }
  const members = (list: readonly object[]) =>
    list
      .map((entry) => {
        const fields = Object.entries(entry).map(([key, value]) => `<${key}>${value}</${key}>`);
        return `<member>${fields.join('')}</member>`;
      })
      .join('');
  return xml(
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${StackName}</StackName><StackId>${StackId}</StackId><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>${StackStatus}</StackStatus><Parameters>${members(Parameters)}</Parameters><Outputs>${members(Outputs)}</Outputs></member></Stacks></DescribeStacksResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeStacksResponse>`,
  );
}

createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/break') {
    response.end(injectFault(url.searchParams.get('what') ?? '', url.searchParams.get('zone') ?? 'a'));
    return;
  }
  if (drops) {
    request.socket.destroy();
    return;
  }
  const { status, type, text, error } = await answer(request);
  response.writeHead(status, {
    'content-type': type,
    'x-amzn-requestid': 'r',
    ...(error === undefined ? {} : { 'x-amz-function-error': error }),
  });
  response.end(text);
}).listen(port, '127.0.0.1', () => process.stdout.write(`an account on 127.0.0.1:${port}\n`));
