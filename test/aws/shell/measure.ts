import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeAddressesCommand } from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import type { Parameters } from '../../iam/policies.ts';
import type { RecordedCall } from '../../iam/recorded-call.ts';
import { parseClientLog } from '../core/client-log.ts';
import { joinSeen, type Measured, type MeasuredEvent, type PermissionsFound } from '../core/measured.ts';
import type { Options } from '../core/options.ts';
import { reckonAll } from '../core/reckon.ts';
import { askPermissions, recordCalls } from './ask-permissions.ts';
import { Client } from './client.ts';
import { type Deployed, deploy } from './deploy.ts';
import { bothHealthy, playGameDay } from './play-game-day.ts';
import { refusedCalls } from './refused-calls.ts';
import { type Rig, waitFor } from './rig.ts';
import { describeZones } from './zone-a.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/** What a run knows while it goes on, and all that is known of one that is broken off. */
export type SoFar = {
  deployed?: Deployed;
  zones?: Measured['zones'];
  client?: Client;
  permissions?: PermissionsFound;
  refusedCalls?: readonly string[];
  readonly events: MeasuredEvent[];
};

/** Everything between the journal's first line and the removal. */
export async function measure(rig: Rig, options: Options, soFar: SoFar): Promise<Measured> {
  const { aws, root, say, signal } = rig;
  const recording = options.asksPermissions ? settled(recordCalls(rig, signal)) : undefined;
  const deployed = await deploy(rig, options.parameters);
  soFar.deployed = deployed;
  await waitFor(rig, 'both zones to be healthy', 10 * minuteMs, () => bothHealthy(rig));
  soFar.zones = await describeZones(rig);
  const client = new Client(rig, deployed.clientId);
  soFar.client = client;
  const source = await readFile(join(root, 'test/aws/programs/client.py'), 'utf8');
  say(`starting the client on ${deployed.clientId}; it sends to ${deployed.farEnd}`);
  await client.start(source, deployed.farEnd, options.limitMinutes * 60);
  soFar.permissions = await permissionsOf(rig, deployed, await recording);
  const settleMs = aws.endpoint === undefined ? minuteMs : 12 * secondMs;
  await playGameDay(rig, {
    events: options.events,
    measured: soFar.events,
    client,
    controller: deployed.outputs.get('FunctionName') ?? '',
    settleMs,
  });
  await fetchLog(rig, client);
  const logGroups = ['LogGroupName', 'LifecycleLogGroupName'].flatMap(
    (name) => deployed.outputs.get(name) ?? [],
  );
  soFar.refusedCalls = await refusedCalls(rig, logGroups);
  return await toReport(rig, soFar, deployed);
}

/** Of a run that is broken off; nothing where no event was begun. Asks nobody: time or credentials may be over. */
export async function measuredUntil(
  rig: Rig,
  soFar: SoFar,
  brokenOff: string,
): Promise<Measured | undefined> {
  const { deployed, events } = soFar;
  return deployed === undefined || events.length === 0
    ? undefined
    : { ...(await toReport(rig, soFar, deployed)), brokenOff };
}

async function toReport({ aws, names, root }: Rig, soFar: SoFar, deployed: Deployed): Promise<Measured> {
  const { zones = [], client, permissions, refusedCalls: refused, events } = soFar;
  return {
    run: names.run,
    date: new Date().toISOString().slice(0, 10),
    region: aws.region,
    ...(aws.endpoint === undefined ? {} : { endpoint: aws.endpoint }),
    ...versionOf(root, await readFile(join(root, 'package.json'), 'utf8')),
    zones,
    parameters: deployed.parameters,
    deployedAfterMs: deployed.tookMs,
    events: joinSeen(events, reckonAll(parseClientLog(client?.knownLog ?? ''))),
    permissions: permissions ?? { kind: 'not-asked', why: 'the run was broken off before' },
    ...(refused === undefined ? {} : { refusedCalls: refused }),
  };
}

/** What it has, where it cannot be reached any more: an event that did not heal leaves it cut off. */
async function fetchLog(rig: Rig, client: Client): Promise<void> {
  try {
    await client.readLog();
    await client.stop();
  } catch (error) {
    rig.signal.throwIfAborted();
    rig.say(
      `the client’s log ends where it was read last: ${error instanceof Error ? error.message : error}`,
    );
  }
}

type Recorded = { readonly calls: readonly RecordedCall[] } | { readonly why: string };

/** It runs beside the deployment: what it fails with is for later. */
async function settled(calls: Promise<readonly RecordedCall[]>): Promise<Recorded> {
  try {
    return { calls: await calls };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

async function permissionsOf(
  rig: Rig,
  { network, resources, parameters }: Deployed,
  recorded: Recorded | undefined,
): Promise<PermissionsFound> {
  if (recorded === undefined) return { kind: 'not-asked', why: '--no-permissions was given' };
  if ('why' in recorded) return { kind: 'not-asked', why: recorded.why };
  const { aws } = rig;
  try {
    const named = (logicalId: string) => resources.get(logicalId) ?? '';
    const roleArn = async (logicalId: string) =>
      (await aws.iam.send(new GetRoleCommand({ RoleName: named(logicalId) }))).Role?.Arn ?? '';
    const profile = await aws.iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName: named('NatInstanceProfile') }),
    );
    return await askPermissions(
      rig,
      recorded.calls,
      {
        partition: aws.partition,
        accountId: aws.accountId,
        region: aws.region,
        natInstanceRoleArn: await roleArn('NatInstanceRole'),
        instanceProfileArn: profile.InstanceProfile?.Arn ?? '',
        parameters: { ...(await parametersOf(rig, network, resources)), ...shapeOf(parameters) },
      },
      { ControllerRole: await roleArn('ControllerRole'), LifecycleRole: await roleArn('LifecycleRole') },
    );
  } catch (error) {
    rig.signal.throwIfAborted();
    rig.say(`IAM could not be asked: ${error instanceof Error ? error.message : error}`);
    return { kind: 'not-asked', why: error instanceof Error ? error.message : String(error) };
  }
}

/** What --parameter may have set of what decides about the policies. */
function shapeOf(parameters: Deployed['parameters']): Parameters {
  const shaping = ['MarketType', 'StandIn', 'MetricNamespace'];
  const types = parameters['InstanceTypes'];
  return {
    ...Object.fromEntries(Object.entries(parameters).filter(([name]) => shaping.includes(name))),
    ...(types === undefined ? {} : { InstanceTypes: types.split(',') }),
  };
}

/** As the recordings have them: what the stack allocates is by its zone's name. */
async function parametersOf(rig: Rig, network: Deployed['network'], resources: Deployed['resources']) {
  const { Addresses } = await rig.aws.ec2.send(
    new DescribeAddressesCommand({
      PublicIps: ['ZoneAAddress', 'ZoneBAddress'].flatMap((name) => resources.get(name) ?? []),
    }),
  );
  const allocation = (name: string) =>
    Addresses?.find(({ PublicIp }) => PublicIp === resources.get(name))?.AllocationId ?? '';
  return {
    'AWS::StackName': rig.names.phoenat,
    ...network,
    ZoneAAllocationId: allocation('ZoneAAddress'),
    ZoneBAllocationId: allocation('ZoneBAddress'),
    InstanceTypes: ['t4g.nano', 't4g.micro'],
    MarketType: 'on-demand',
    MetricNamespace: 'Phoenat',
    StandIn: 'on',
    'NatSecurityGroup.GroupId': resources.get('NatSecurityGroup') ?? '',
  };
}

function versionOf(root: string, text: string): { readonly version: string; readonly commit?: string } {
  const { version }: { version: string } = JSON.parse(text);
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? { version, commit: stdout.trim() } : { version };
}
