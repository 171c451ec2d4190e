import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { type Ec2CallName, ec2Commands } from '../../shared/aws/api.ts';
import { isReading } from '../../shared/aws/is-reading.ts';
import type { ZoneLetter } from '../../shared/config/zone-letters.ts';
import type { Report } from '../../shared/core/report/report.ts';
import { resultOf, startBundle } from './bundle-process.ts';
import { motoEndpoint } from './endpoint.ts';
import { createVpc, createZone, type MotoVpc, type MotoZone } from './moto-vpc.ts';
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';

/** Phoenat in an account of moto's: the environment that the template would set, in front of a VPC. */
export type Deployment = {
  readonly ec2: EC2Client;
  readonly vpc: MotoVpc;
  readonly zones: readonly MotoZone[];
  readonly stack: string;
  /** One invocation of the controller's bundle, in a process of its own. Rejects with what the handler rejected with. */
  invoke(event: object): Promise<Invocation>;
  /** The same of the lifecycle function's bundle: a request of CloudFormation, with a `ResponseURL` of this machine. */
  invokeLifecycle(request: object, env?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
};

export type Invocation = {
  readonly report: Report;
  /** The mutating EC2 calls that went over the wire, in their order. */
  readonly mutations: readonly string[];
  readonly calls: readonly string[];
};

export type DeploymentOptions = {
  readonly letters?: readonly ZoneLetter[];
  /** Whether the private routes point at a NAT gateway at first. */
  readonly natGateways?: boolean;
  /** Over the environment that the template would set. */
  readonly env?: Readonly<Record<string, string>>;
};

export async function deploy(options: DeploymentOptions = {}): Promise<Deployment> {
  const { letters = ['a'], natGateways = false } = options;
  const endpoint = motoEndpoint(process.env['AWS_ENDPOINT_URL']);
  const ec2 = new EC2Client({ endpoint });
  const vpc = await createVpc(ec2);
  const zones: MotoZone[] = [];
  for (const letter of letters) zones.push(await createZone(ec2, vpc, { letter, natGateway: natGateways }));
  const proxy = await startRecordingProxy(endpoint);
  // All test files share one moto: no deployment may see the instances of another.
  const stack = `moto-${crypto.randomUUID().slice(0, 8)}`;
  const env = { AWS_ENDPOINT_URL: proxy.endpoint, ...environmentOf(stack, vpc, zones), ...options.env };
  return {
    ec2,
    vpc,
    zones,
    stack,
    invoke: (event) => invoke(event, env, proxy),
    invokeLifecycle: async (request, changes = {}) => {
      await run(['lifecycle', '900', JSON.stringify(request)], { ...env, ...changes });
      proxy.take();
    },
    close: () => proxy.close(),
  };
}

/** What the template would set. */
export function environmentOf(
  stack: string,
  vpc: MotoVpc,
  zones: readonly MotoZone[],
  { hasProbes = false } = {},
): Readonly<Record<string, string>> {
  return {
    PHOENAT_STACK: stack,
    PHOENAT_VPC_ID: vpc.vpcId,
    PHOENAT_ZONES: zonesText(zones, hasProbes),
    PHOENAT_AMI: 'al2023',
    PHOENAT_INSTANCE_TYPES: 't4g.nano',
    PHOENAT_SECURITY_GROUPS: vpc.securityGroupId,
  };
}

function zonesText(zones: readonly MotoZone[], hasProbes: boolean): string {
  return JSON.stringify(
    zones.map((zone) => ({
      name: zone.letter,
      publicSubnet: zone.publicSubnetId,
      privateSubnets: [zone.privateSubnetId, ...zone.otherPrivateSubnetIds],
      allocationId: zone.allocationId,
      ...(hasProbes ? { probe: `phoenat-Probe${zone.letter.toUpperCase()}` } : {}),
    })),
  );
}

async function invoke(
  event: object,
  env: Readonly<Record<string, string>>,
  proxy: RecordingProxy,
): Promise<Invocation> {
  const result = await run(['controller', '60', JSON.stringify(event)], env);
  const calls = proxy.take();
  const mutations = calls.filter((name) => isCommand(name) && !isReading(name));
  // The one cast: the parent believes the child that the bundle gave a report.
  return { report: result as Report, mutations, calls };
}

function isCommand(name: string): name is Ec2CallName {
  return name in ec2Commands;
}

/** What came of one handler in a process of its own. Throws what it threw. */
async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<unknown> {
  const { child, ended, log } = startBundle(join(import.meta.dirname, 'invoke-bundle.ts'), args, env);
  let answer: unknown;
  child.once('message', (message) => {
    answer = message;
  });
  await ended;
  return resultOf(answer, log());
}

/** As EventBridge sends it every minute (EventBridge User Guide, "Scheduled events"). */
export function scheduledEvent(): object {
  return {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:123456789012:rule/phoenat-schedule'],
    detail: {},
  };
}

/** As EC2 sends it (EC2 User Guide, "Monitor state changes of your instances"). */
export function stateChange(instanceId: string, state: string): object {
  return {
    ...scheduledEvent(),
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, state },
  };
}
