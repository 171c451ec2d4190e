import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateTagsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Image,
  type Instance,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { addBake } from '../../cli/bake/add-bake.ts';
import type { Clock } from '../../shared/core/model/time.ts';
import { type Invocation, invoke, someClients } from '../unit/cli/doctor/a-session.ts';
import { motoEndpoint } from './endpoint.ts';
import { askOnward, listenOnLoopback } from './loopback-server.ts';
import { allocateAddress, createVpc, createZone } from './moto-vpc.ts';
import { callName } from './recording-proxy.ts';

// The real command in front of moto. What moto has not is put in between: a builder's console; the tags of a snapshot, which
// its CreateImage refuses; and the size of a volume, which EC2 takes from the image.

const moto = motoEndpoint(process.env['AWS_ENDPOINT_URL']);
const calls: { readonly name: string; readonly body: URLSearchParams }[] = [];
let consoleText = '';

const between = await listenOnLoopback(async (incoming, outgoing) => {
  const body = new URLSearchParams((await buffer(incoming)).toString('latin1'));
  const name = callName(incoming, Buffer.from(body.toString()));
  calls.push({ name, body: new URLSearchParams(body) });
  if (name === 'GetConsoleOutput') {
    const output = Buffer.from(consoleText).toString('base64');
    outgoing.writeHead(200, { 'content-type': 'text/xml' });
    outgoing.end(
      `<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>x</requestId><output>${output}</output></GetConsoleOutputResponse>`,
    );
    return;
  }
  const second = [...body.keys()].filter(
    (key) => name === 'CreateImage' && /^TagSpecification\.2\./.test(key),
  );
  for (const key of second) body.delete(key);
  if (name === 'RunInstances') body.set('BlockDeviceMapping.1.Ebs.VolumeSize', '8');
  const sent = Buffer.from(body.toString());
  incoming.headers['content-length'] = String(sent.length);
  const { head, content } = await askOnward(moto, incoming, sent);
  outgoing.writeHead(head.statusCode ?? 502, head.headers);
  outgoing.end(content);
});
afterAll(() => between.close());

const ec2 = new EC2Client({ endpoint: moto });
const vpc = await createVpc(ec2);
const zone = await createZone(ec2, vpc, { letter: 'a', natGateway: false });
const cloudFormation = new CloudFormationClient({ region: 'us-east-1' });
const stacks = mockClient(cloudFormation);
const aws = {
  ...someClients('us-east-1'),
  cloudFormation,
  ec2: new EC2Client({ endpoint: between.endpoint }),
};

let stack = '';
beforeEach(() => {
  stack = `bake-${crypto.randomUUID().slice(0, 8)}`;
  calls.splice(0);
  deployed('al2023');
});

function deployed(amiSelector: string): void {
  const parameters = {
    VpcId: vpc.vpcId,
    AmiSelector: amiSelector,
    InstanceTypes: 't4g.nano',
    ZoneAPublicSubnet: zone.publicSubnetId,
    ZoneAPrivateSubnets: zone.privateSubnetId,
  };
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const Outputs = [{ OutputKey: 'NatSecurityGroupId', OutputValue: vpc.securityGroupId }];
  const found = { StackName: stack, StackStatus: 'CREATE_COMPLETE' as const, CreationTime: new Date(0) };
  stacks.on(DescribeStacksCommand).resolves({ Stacks: [{ ...found, Parameters, Outputs }] });
}

const byTag = () => [{ Name: 'tag:phoenat:bake', Values: [stack] }];

async function builders(): Promise<Instance[]> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters: byTag() }));
  return Reservations.flatMap(({ Instances }) => Instances ?? []);
}

async function images(): Promise<Image[]> {
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: byTag() }));
  return Images;
}

function tagOf({ Tags = [] }: Instance | Image, key: string): string | undefined {
  return Tags.find(({ Key }) => Key === key)?.Value;
}

/** What a builder does by itself: it says that it is done, and powers off. */
async function boot(): Promise<void> {
  for (const builder of await builders()) {
    if (builder.State?.Name !== 'running') continue;
    consoleText = `phoenat bake: complete ${tagOf(builder, 'phoenat:bake-hash')}\r\n`;
    await ec2.send(new StopInstancesCommand({ InstanceIds: [builder.InstanceId ?? ''] }));
  }
}

let now = Date.now();
const clockThat = (onSleep: () => Promise<void>): Clock => ({
  now: () => now,
  sleep: async (durationMs) => {
    now += durationMs;
    await onSleep();
  },
  after: () => () => undefined,
});

function bake(words: readonly string[] = ['--yes'], onSleep = boot): Promise<Invocation> {
  return invoke(addBake, ['bake', ...words], { aws, stack, clock: clockThat(onSleep) });
}

const changes = () =>
  calls.map(({ name }) => name).filter((name) => !name.startsWith('Describe') && name !== 'GetConsoleOutput');

describe('bake, over HTTP', () => {
  test('makes an image, tags it, removes the builder, and is done the second time', async () => {
    const { exitCode, out } = await bake();

    expect(exitCode).toBe(0);
    expect(changes()).toEqual(['RunInstances', 'CreateImage', 'TerminateInstances']);
    const [image, ...more] = await images();
    expect(more).toEqual([]);
    expect(image?.Name).toMatch(new RegExp(`^phoenat/${stack}/\\d{8}T\\d{6}Z-arm64$`));
    expect(out).toContain(`${image?.ImageId} is made for arm64`);
    expect(out).toContain(`'AmiSelector=self:phoenat/${stack}/*'`);
    const [builder] = await builders();
    expect(image && tagOf(image, 'phoenat:bake-builder')).toBe(builder?.InstanceId);
    expect(builder?.State?.Name).toBe('terminated');

    calls.splice(0);
    const again = await bake();
    expect(again.out).toContain('was made from the same already');
    expect(changes()).toEqual([]);
  });

  test('asks for tags on image and snapshots, and launches what is described', async () => {
    await bake(['--yes'], async () => {
      const [builder] = await builders();
      const { InstanceId, State } = builder ?? {};
      if (State?.Name === 'running') {
        const Attribute = 'userData' as const;
        const { UserData } = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
        const script = Buffer.from(UserData?.Value ?? '', 'base64').toString();
        expect(script).toMatch(/^#!\/bin\/bash\n/);
        expect(builder).toMatchObject({ SubnetId: zone.publicSubnetId, InstanceType: 't4g.small' });
        expect(builder?.NetworkInterfaces?.[0]?.Groups?.map(({ GroupId }) => GroupId)).toEqual([
          vpc.securityGroupId,
        ]);
        expect(builder?.KeyName).toBeUndefined();
      }
      await boot();
    });
    const asked = calls.find(({ name }) => name === 'CreateImage')?.body;

    expect(asked?.get('TagSpecification.1.ResourceType')).toBe('image');
    expect(asked?.get('TagSpecification.2.ResourceType')).toBe('snapshot');
  });

  test('goes on with a builder and with a finished one that another call has left', async () => {
    const ended = new Error('ended');
    const end = async () => {
      throw ended;
    };
    await expect(bake(['--yes'], end)).rejects.toThrow('ended');
    await boot();
    const { exitCode } = await bake();

    expect(exitCode).toBe(0);
    expect(changes()).toEqual(['RunInstances', 'CreateImage', 'TerminateInstances']);
  });

  test('keeps two images, and one that an instance runs from', async () => {
    await bake();
    const [first] = await images();
    const ImageId = first?.ImageId;
    await ec2.send(new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1, InstanceType: 't4g.nano' }));
    for (let made = 1; made < 4; made += 1) {
      // moto tells when an image was made in whole seconds: which of two is newer would be chance.
      await sleep(1_100);
      await bake(['--yes', '--force']);
    }
    const left = (await images()).map((image) => image.ImageId);

    expect(left).toHaveLength(3);
    expect(left).toContain(ImageId);
    const [removal] = calls.filter(({ name }) => name === 'DeregisterImage');
    expect(removal?.body.get('DeleteAssociatedSnapshots')).toBe('true');
  });

  test('keeps what a zone would go back to', async () => {
    await bake();
    const [first] = await images();
    const allocation = await allocateAddress(ec2);
    const Tags = [{ Key: 'phoenat:last-good-image', Value: `${first?.ImageId} arm64` }];
    await ec2.send(new CreateTagsCommand({ Resources: [allocation], Tags }));
    const { out } = await bake(['--remove', '--yes']);

    expect(out).toContain(
      `${first?.ImageId} stays: by the note on ${allocation}, a zone would go back to it`,
    );
    expect(await images()).toHaveLength(1);
  });

  test('removes a builder that fails, and shows its console', async () => {
    const { exitCode, out } = await bake(['--yes'], async () => {
      consoleText = 'phoenat bake: failed: nftables cannot be installed\r\n';
    });
    consoleText = '';

    expect(exitCode).toBe(1);
    expect(out).toContain('nftables cannot be installed');
    expect((await builders()).map(({ State }) => State?.Name)).toEqual(['terminated']);
    expect(await images()).toEqual([]);
  });

  test('asks EC2 in a dry run, and changes nothing', async () => {
    const { exitCode, out } = await bake(['--dry-run']);

    expect(exitCode).toBe(0);
    expect(out).toContain('would launch a builder');
    expect(out).toContain('you may');
    expect(await builders()).toEqual([]);
  });

  test('removes what was made', async () => {
    await bake();
    const { exitCode } = await bake(['--remove', '--yes']);

    expect(exitCode).toBe(0);
    expect(await images()).toEqual([]);
  });
});
