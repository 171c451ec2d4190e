import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { farEndTemplate } from '../core/far-end-template.ts';
import { runTag } from '../core/names.ts';
import { uploadRelease } from './bucket.ts';
import { makeRelease } from './release.ts';
import { type Rig, waitFor } from './rig.ts';
import { createStack, resourcesOf } from './stacks.ts';

const minuteMs = 60_000;
/** One a zone at the deployment, and one for each event; the default of 5 would open the breaker amid the events. */
const maxLaunchesPerHour = '20';

export type Deployed = {
  /** What was set of the Phoenat stack, for the report. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: ReadonlyMap<string, string>;
  readonly resources: ReadonlyMap<string, string>;
  readonly network: Readonly<Record<string, string>>;
  readonly tookMs: number;
  readonly clientId: string;
  readonly farEnd: string;
};

/** The example VPC, Phoenat in it, and what measures it, one after the other. */
export async function deploy(rig: Rig, given: ReadonlyMap<string, string>): Promise<Deployed> {
  const { names, root } = rig;
  const TemplateURL = await releaseToBucket(rig, given);
  const vpc = await createStack(rig, {
    name: names.vpc,
    template: { TemplateBody: await readFile(join(root, 'infra/example-vpc.yaml'), 'utf8') },
    parameters: { TestInstance: 'false' },
    limitMs: 10 * minuteMs,
  });
  const output = (name: string) => vpc.get(name) ?? '';
  const network = {
    VpcId: output('VpcId'),
    ZoneAPublicSubnet: output('ZoneAPublicSubnet'),
    ZoneAPrivateSubnets: output('ZoneAPrivateSubnet'),
    ZoneBPublicSubnet: output('ZoneBPublicSubnet'),
    ZoneBPrivateSubnets: output('ZoneBPrivateSubnet'),
  };
  const parameters = { MaxLaunchesPerHour: maxLaunchesPerHour, ...Object.fromEntries(given) };
  const beganMs = Date.now();
  const outputs = await createStack(rig, {
    name: names.phoenat,
    template: { TemplateURL },
    parameters: {
      ...network,
      ClientCidrs: '10.42.0.0/20',
      Tags: `${runTag}=${names.run}`,
      CodeBucket: names.bucket,
      ...parameters,
    },
    limitMs: 30 * minuteMs,
  });
  const tookMs = Date.now() - beganMs;
  const resources = await resourcesOf(rig, names.phoenat);
  const measuring = await deployMeasuring(rig, network, outputs, resources);
  return { parameters, outputs, resources, network, tookMs, ...measuring };
}

/** Gives the template's address. */
async function releaseToBucket(rig: Rig, given: ReadonlyMap<string, string>): Promise<string> {
  rig.say('making the release: the packaged template and the functions’ archives');
  const { file } = rig.journal;
  const directory = file.replace(/\.jsonl$/, '.release');
  const log = file.replace(/\.jsonl$/, '.commands.log');
  try {
    const release = await makeRelease(rig.root, directory, rig.signal, log);
    const unknown = [...given.keys()].filter((name) => !release.parameters.includes(name));
    if (unknown.length > 0) throw new Error(`--parameter: the template has no ${unknown.join(', ')}`);
    return await uploadRelease(rig, release);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function deployMeasuring(
  rig: Rig,
  network: Deployed['network'],
  outputs: Deployed['outputs'],
  resources: Deployed['resources'],
): Promise<Pick<Deployed, 'clientId' | 'farEnd'>> {
  const { names, root } = rig;
  const farEnd = await readFile(join(root, 'test/aws/programs/far_end.py'), 'utf8');
  const made = await createStack(rig, {
    name: names.measuring,
    template: { TemplateBody: JSON.stringify(farEndTemplate(names.run, { farEnd })) },
    parameters: {
      VpcId: network['VpcId'] ?? '',
      PrivateSubnet: network['ZoneAPrivateSubnets'] ?? '',
      PublicSubnet: network['ZoneBPublicSubnet'] ?? '',
      NatInstanceRole: resources.get('NatInstanceRole') ?? '',
      AddressA: outputs.get('AddressA') ?? '',
      AddressB: outputs.get('AddressB') ?? '',
    },
    limitMs: 10 * minuteMs,
  });
  const farEndId = made.get('FarEndId') ?? '';
  const address = await waitFor(rig, `a public address of ${farEndId}`, 2 * minuteMs, async () => {
    const { Reservations } = await rig.aws.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [farEndId] }),
    );
    return Reservations?.[0]?.Instances?.[0]?.PublicIpAddress;
  });
  return { clientId: made.get('ClientId') ?? '', farEnd: address };
}
