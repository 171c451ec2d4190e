import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { Checklist, type Story } from '../../deploy/checklist.ts';
import { freePorts } from '../../deploy/free-ports.ts';
import { type LocalCloud, region, startLocalCloud } from '../../deploy/local-cloud.ts';
import { playLocally, type Say } from '../../deploy/local-run.ts';
import { preparePythonEnvironment } from '../../python/python-environment.ts';
import { FarEndProcess } from './far-end-process.ts';
import { startSsmStub } from './ssm-stub.ts';
import * as stories from './stories.ts';
import { type Local, TooLate } from './test-aws.ts';

const usage = `Runs npm run test:aws against a cloud on this machine, and breaks it off: npm run test:aws:local

  --help   this text

Needs bash and Python 3.11 or newer. Nothing of it leaves the loopback interface; AWS is not asked.`;

const root = join(import.meta.dirname, '../../..');
const directory = join(root, 'dist/aws-local');
const maxMs = 15 * 60_000;
/** So long is the far end down when an instance is terminated, and silent when one is stopped. */
const outageMs = 4_000;

async function main(signal: AbortSignal, say: Say): Promise<number> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const [motoPrograms, ministackPrograms] = await Promise.all([
    python(say, 'moto', '../../moto/requirements.txt', 'moto'),
    python(say, 'ministack', '../../deploy/requirements.txt', 'MiniStack'),
  ]);
  const checklist = new Checklist(say);
  const functionLogs = join(directory, 'functions');
  const cloud = await startLocalCloud({ motoPrograms, ministackPrograms, directory, functionLogs, signal });
  const ends: (() => Promise<void>)[] = [() => cloud.stop()];
  try {
    const [requests, connections] = await freePorts();
    const farEnd = new FarEndProcess({ requests, connections });
    ends.push(() => farEnd.close());
    await farEnd.start();
    const stub = await startSsmStub({
      behind: cloud.front.endpoint,
      ports: farEnd.ports,
      folderOf: (instanceId) => join(directory, `client-${instanceId}`),
      onEnd: (how) => {
        const outage = how === 'Terminate' ? farEnd.goDown(outageMs) : farEnd.fallSilent(outageMs);
        outage.catch((error: unknown) => say(`the far end has not come back: ${error}`));
      },
    });
    ends.push(() => stub.close());
    const env = { ...cloud.env, AWS_ENDPOINT_URL: stub.endpoint };
    await tellAll(checklist, { root, directory, env, signal, say });
    await checkNothingLeft(checklist.story('all of them'), cloud);
  } finally {
    for (const end of ends.toReversed()) await end();
    endClients();
  }
  const { checks, failed } = checklist;
  say(
    `${checks.length - failed} of ${checks.length} checks passed; what the runs have printed is in ${directory}`,
  );
  return failed === 0 ? 0 : 1;
}

/** Side by side, but for the whole run: the others' events would be outages in its figures. */
async function tellAll(checklist: Checklist, local: Local): Promise<void> {
  const tell = async (name: string, run: (story: Story) => Promise<void>) => {
    const story = checklist.story(name);
    try {
      await run(story);
    } catch (error) {
      if (local.signal.aborted) throw error;
      story.holds(
        'is told to its end',
        false,
        'no error',
        error instanceof TooLate
          ? error.message
          : error instanceof Error
            ? String(error.stack)
            : String(error),
      );
    }
  };
  await Promise.all([
    tell('whole run  ', (story) => stories.wholeRun(local, story)),
    tell('not asked  ', (story) => stories.unasked(local, story)),
    tell('foreign    ', (story) => stories.somebodyElses(local, story)),
    tell('failed     ', (story) => stories.failedDeployment(local, story)),
    ...stories.interruptions
      .slice(0, 2)
      .map((at) => tell('interrupted', (story) => stories.interrupted(local, story, at))),
  ]);
  await Promise.all([
    tell('killed     ', (story) => stories.killed(local, story)),
    ...stories.interruptions
      .slice(2)
      .map((at) => tell('interrupted', (story) => stories.interrupted(local, story, at))),
  ]);
}

/** What the emulated EC2 itself has: the runs' own look goes by tags, which not everything bears there. */
async function checkNothingLeft(story: Story, { moto }: LocalCloud): Promise<void> {
  const ec2 = new EC2Client({
    endpoint: moto,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const [{ Reservations }, { Addresses }, { NetworkInterfaces }, { Vpcs }] = await Promise.all([
    ec2.send(new DescribeInstancesCommand({})),
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(new DescribeNetworkInterfacesCommand({})),
    ec2.send(new DescribeVpcsCommand({})),
  ]);
  const instances = (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  story.is(
    'EC2 has no instance, address, interface or VPC of theirs',
    {
      instances: instances.flatMap(({ InstanceId, State }) =>
        State?.Name === 'terminated' ? [] : [InstanceId],
      ),
      addresses: (Addresses ?? []).map(({ AllocationId }) => AllocationId),
      interfaces: (NetworkInterfaces ?? []).map(({ NetworkInterfaceId }) => NetworkInterfaceId),
      vpcs: (Vpcs ?? []).flatMap(({ VpcId, IsDefault }) => (IsDefault ? [] : [VpcId])),
    },
    { instances: [], addresses: [], interfaces: [], vpcs: [] },
  );
}

function python(say: Say, name: string, requirements: string, tool: string): Promise<string> {
  return preparePythonEnvironment({
    directory: join(root, '.venv', name),
    requirementsFile: join(import.meta.dirname, requirements),
    tool,
    say,
  });
}

/** On AWS their instances end, and they with them. */
function endClients(): void {
  spawnSync('bash', [
    '-c',
    `for f in '${directory}'/client-*/pid; do [ -f "$f" ] && kill "$(cat "$f")"; done 2>/dev/null`,
  ]);
}

await playLocally({ script: 'test:aws:local', usage, maxMs }, main);
