import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeAddressesCommand,
  type Image,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addBake } from '../../../../cli/bake/add-bake.ts';
import type { Session, Terminal } from '../../../../cli/session.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import { id } from '../../core/a-snapshot.ts';
import { type Invocation, invoke, noSuchStack, refusal } from '../doctor/a-session.ts';
import { BakeAccount, refusedBy } from './an-account.ts';

// `phoenat bake` against an account that answers as EC2 does, and that things go wrong in.

const cloudFormation = mockClient(CloudFormationClient);
afterAll(() => {
  cloudFormation.restore();
});

const al2023: Image = {
  ImageId: 'ami-0d6fc8f787cd9a417',
  Name: 'al2023-ami-2023.11.20260427.1-kernel-6.1-arm64',
  CreationDate: '2026-04-29T19:42:11.000Z',
  Architecture: 'arm64',
  State: 'available',
  RootDeviceType: 'ebs',
  RootDeviceName: '/dev/xvda',
  VirtualizationType: 'hvm',
};
const ofX86: Image = {
  ...al2023,
  ImageId: 'ami-0d6fc8f787cd9a418',
  Name: 'al2023-ami-2023.11.20260427.1-kernel-6.1-x86_64',
  Architecture: 'x86_64',
};

let account: BakeAccount;
beforeEach(() => {
  account = new BakeAccount([al2023]);
  deployed();
});
afterEach(() => {
  account.ec2.restore();
});

const subnet = id('subnet', 'a0');

function deployed(over: Readonly<Record<string, string>> = {}) {
  const parameters = {
    VpcId: id('vpc', '1'),
    AmiSelector: 'al2023',
    InstanceTypes: 't4g.nano,t4g.micro',
    ZoneAPublicSubnet: subnet,
    ZoneAPrivateSubnets: id('subnet', 'a1'),
    ZoneBPublicSubnet: id('subnet', 'b0'),
    Tags: 'Team=network',
    ...over,
  };
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const Outputs = [{ OutputKey: 'NatSecurityGroupId', OutputValue: id('securityGroup', 'a') }];
  const stack = { StackName: 'phoenat', StackStatus: 'CREATE_COMPLETE' as const, CreationTime: new Date(0) };
  cloudFormation.on(DescribeStacksCommand).resolves({ Stacks: [{ ...stack, Parameters, Outputs }] });
}

type Ran = Invocation & { readonly err: string; readonly interrupt: string };

async function bake(words = '--yes', over: Partial<Session> & { answers?: boolean } = {}): Promise<Ran> {
  let out = '';
  let err = '';
  let interrupt = '';
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isInteractive: over.answers !== undefined,
    isColoured: false,
    columns: 100,
    confirm: async (question) => {
      out += `${question}\n`;
      return over.answers ?? false;
    },
  };
  const session = {
    clock: account.clock,
    terminal,
    onInterrupt: (sentence: string) => {
      interrupt = sentence;
    },
    ...over,
  };
  const { exitCode } = await invoke(addBake, ['bake', ...words.split(' ')], session);
  return { exitCode, out, err, interrupt };
}

describe('a bake', () => {
  it('launches a builder, makes an image of it, terminates it, and tells how to use the image', async () => {
    const { exitCode, out } = await bake();

    expect(exitCode).toBe(0);
    expect(account.calls).toEqual([
      'launch i-00000000000000001',
      'image ami-00000000000000001 of i-00000000000000001',
      'terminate i-00000000000000001',
    ]);
    expect(out).toContain('ami-00000000000000001 is made for arm64: phoenat/phoenat/20261127T200000Z-arm64');
    expect(out).toContain("'AmiSelector=self:phoenat/phoenat/*'");
  });

  it('builds where the instances of the stack live, and as they are launched', async () => {
    await bake();

    expect(account.launches[0]).toMatchObject({
      ImageId: al2023.ImageId,
      InstanceType: 't4g.small',
      NetworkInterfaces: [
        {
          SubnetId: subnet,
          Groups: [id('securityGroup', 'a')],
          AssociatePublicIpAddress: true,
          DeleteOnTermination: true,
        },
      ],
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
      MetadataOptions: { HttpTokens: 'required' },
      InstanceInitiatedShutdownBehavior: 'stop',
    });
    expect(account.launches[0]).not.toHaveProperty('KeyName');
    expect(account.launches[0]).not.toHaveProperty('IamInstanceProfile');
    for (const { Tags } of account.launches[0]?.TagSpecifications ?? []) {
      expect(Tags).toContainEqual({ Key: 'phoenat:bake', Value: 'phoenat' });
      expect(Tags).toContainEqual({ Key: 'Team', Value: 'network' });
      expect(Tags?.map(({ Key }) => Key)).not.toContain('phoenat:stack');
    }
  });

  it('tags the image and its snapshots alike', async () => {
    await bake();
    const [call] = account.ec2.commandCalls(CreateImageCommand);
    const { TagSpecifications = [] } = call?.args[0].input ?? {};

    expect(TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual(['image', 'snapshot']);
    for (const { Tags } of TagSpecifications) {
      expect(Tags).toContainEqual({ Key: 'phoenat:bake-builder', Value: 'i-00000000000000001' });
      expect(Tags).toContainEqual({ Key: 'phoenat:bake-base', Value: al2023.ImageId });
    }
  });

  it('does nothing where the same was made before, unless it is told to', async () => {
    await bake();
    const again = await bake();

    expect(again.exitCode).toBe(0);
    expect(again.out).toContain('was made from the same already');
    expect(account.launches).toHaveLength(1);

    await bake('--yes --force');
    expect(account.launches).toHaveLength(2);
    expect(account.baked).toHaveLength(2);
  });

  it('is for machines one document', async () => {
    const { out } = await bake('--yes', { json: true });

    expect(JSON.parse(out)).toMatchObject({
      amiSelector: 'self:phoenat/phoenat/*',
      isSet: false,
      images: [{ architecture: 'arm64', imageId: 'ami-00000000000000001', isNew: true }],
    });
  });

  it('makes one image for each architecture of the instance types, at the same time', async () => {
    account = restarted([al2023, ofX86]);
    deployed({ InstanceTypes: 't4g.nano,t3.micro' });
    const before = account.clock.now();
    const { out } = await bake();

    expect(account.launches.map(({ InstanceType }) => InstanceType)).toEqual(['t4g.small', 't3.small']);
    expect(out).toMatch(/is made for arm64[\s\S]*is made for x86_64/);
    expect(account.clock.now() - before).toBeLessThan(8 * minuteMs);
  });

  it('asks, and says what it costs', async () => {
    const { out } = await bake('--base al2023', { answers: true });

    expect(out).toContain(`from ${al2023.ImageId}`);
    expect(out).toMatch(/A builder for some 10 minutes .* USD a month/);
    await expect(bake('--base al2023', { answers: false })).rejects.toThrow('nothing was changed');
    await expect(bake('--base al2023')).rejects.toThrow('there is no terminal to ask on: use --yes');
  });
});

function restarted(base: readonly Image[]): BakeAccount {
  account.ec2.restore();
  return new BakeAccount(base);
}

describe('what it is made from', () => {
  it('is never what this command has made, once the stack takes that', async () => {
    account.addBaked('ami-0000000000000aaa1', hourMs);
    deployed({ AmiSelector: 'self:phoenat/phoenat/*' });
    const { out } = await bake();

    expect(account.launches[0]).toMatchObject({ ImageId: al2023.ImageId });
    expect(out).toContain('AmiSelector=self:phoenat/phoenat/* is set');
    expect(out).toContain('"npx --no-install phoenat rebuild" replaces the instances now');
  });

  it('is refused where it is one of those', async () => {
    account.addBaked('ami-0000000000000aaa1', hourMs);

    await expect(bake('--yes --base self:phoenat/phoenat/*')).rejects.toThrow(/has made itself/);
  });

  it.each([
    ['amzn-ami-vpc-nat', /has neither dnf nor systemd/],
    ['nonsense', /nonsense names no image/],
    ['fck-nat', /no arm64 image matches preset fck-nat/],
  ])('%s is refused in words', async (base, words) => {
    await expect(bake(`--yes --base ${base}`)).rejects.toThrow(words);
    expect(account.launches).toEqual([]);
  });
});

describe('where it is made', () => {
  it('is another zone of the stack, if it is named', async () => {
    await bake('--yes --zone b');

    expect(account.launches[0]).toMatchObject({ NetworkInterfaces: [{ SubnetId: id('subnet', 'b0') }] });
    await expect(bake('--yes --zone c')).rejects.toThrow('has no zone c; it has a, b');
  });

  it('has to be said where there is no stack yet', async () => {
    cloudFormation.on(DescribeStacksCommand).rejects(noSuchStack('phoenat'));
    await expect(bake()).rejects.toThrow(/give a public subnet with --subnet/);

    const { out } = await bake(`--yes --subnet ${subnet}`);
    expect(account.launches[0]?.NetworkInterfaces?.[0]).not.toHaveProperty('Groups');
    expect(out).toContain('Deploy with the parameter AmiSelector=self:phoenat/phoenat/*');
  });

  it.each([
    ['--subnet x', /This is no id like subnet-…/],
    ['--security-group x', /This is no id like sg-…/],
    ['--timeout 0', /Give a number of minutes/],
  ])('%s is refused', async (words, sentence) => {
    expect(await refusal(bake(words))).toMatch(sentence);
  });

  it('takes the next type where EC2 has no capacity for the first', async () => {
    account.ec2
      .on(RunInstancesCommand, { InstanceType: 't4g.small' })
      .rejects(refusedBy('InsufficientInstanceCapacity'));
    await bake();

    expect(account.launches.map(({ InstanceType }) => InstanceType)).toEqual(['t4g.nano']);
  });

  it('names every type that it has tried in vain', async () => {
    account.ec2.on(RunInstancesCommand).rejects(refusedBy('Unsupported', 'not in this zone'));

    await expect(bake()).rejects.toThrow(
      /no builder could be launched in .*t4g.small: .*t4g.micro: .*not in this zone; choose another type/,
    );
  });

  it('refuses a type that is for another architecture', async () => {
    await expect(bake('--yes --instance-type t3.small')).rejects.toThrow(/t3.small is for x86_64/);
  });
});

describe('a builder that fails', () => {
  const failing = (console: string): void => {
    account.life = (afterMs) => ({ state: 'running', console: afterMs < minuteMs ? '' : console });
  };

  it('is removed, and its console tells why', async () => {
    failing('[ 1.0] Linux\r\nphoenat bake: failed: squid cannot be installed: no route\r\n');
    const { exitCode, out, err } = await bake();

    expect(exitCode).toBe(1);
    expect(err).toContain('the console of i-00000000000000001 ends with:\n  [ 1.0] Linux\n');
    expect(out).toContain(
      '✘ there is no new image for arm64: i-00000000000000001 could not install everything',
    );
    expect(out).toContain('squid cannot be installed: no route');
    expect(account.alive).toEqual([]);
    expect(out).not.toContain('AmiSelector=');
  });

  it('is given up where it never powers off', async () => {
    failing('[ 1.0] Linux');
    const { exitCode, out } = await bake();

    expect(exitCode).toBe(1);
    expect(out).toContain('has not powered off within 20 minutes');
    expect(account.alive).toEqual([]);
  });

  it('is no image where it has stopped without a word', async () => {
    account.life = () => ({ state: 'stopped', console: '' });
    const { out } = await bake();

    expect(out).toContain('is stopped, and its console cannot be read: its console is empty');
    expect(account.baked).toEqual([]);
    expect(account.alive).toEqual([]);
  });

  it('is not launched again where somebody has terminated it', async () => {
    account.onSleep = () => account.terminateAll();
    const { exitCode, out } = await bake();

    expect(exitCode).toBe(1);
    expect(out).toContain('somebody else has removed it');
    expect(account.launches).toHaveLength(1);
  });
});

describe('an image', () => {
  it('that EC2 cannot make is removed with its builder', async () => {
    account.imageEndsAs = 'failed';
    const { exitCode, out } = await bake();

    expect(exitCode).toBe(1);
    expect(out).toContain('EC2 could not make ami-00000000000000001: Client.InternalError');
    expect(account.baked).toEqual([]);
    expect(account.alive).toEqual([]);
  });

  it('that takes longer than the call waits is gone on with', async () => {
    account.imageEndsAs = 'pending';
    await expect(bake('--yes --timeout 10')).rejects.toThrow(
      /not done within 10 min: waiting for ami-0{16}1 to be made; i-0{16}1 stays and is billed: "npx --no-install phoenat bake" goes on/,
    );

    account.imageEndsAs = 'available';
    const { out } = await bake();
    expect(out).toContain('ami-00000000000000001 is made');
    expect(account.launches).toHaveLength(1);
    expect(account.alive).toEqual([]);
  });

  it('is asked for once, although EC2 lists it late', async () => {
    await bake();

    expect(account.ec2.commandCalls(CreateImageCommand)).toHaveLength(1);
  });
});

describe('a call that is ended', () => {
  it('by Ctrl-C says what stays and how to go on; another one goes on', async () => {
    let sentence = '';
    const ended = new Error('ended');
    account.onSleep = () => {
      throw ended;
    };
    const onInterrupt = (text: string) => {
      sentence = text;
    };
    await expect(bake('--yes', { onInterrupt })).rejects.toThrow('ended');
    expect(sentence).toContain(
      'i-00000000000000001 stays and is billed: "npx --no-install phoenat bake" goes on with it',
    );
    expect(sentence).toContain(
      'aws ec2 terminate-instances --region eu-central-1 --instance-ids i-00000000000000001',
    );

    account.onSleep = () => undefined;
    expect((await bake()).exitCode).toBe(0);
    expect(account.launches).toHaveLength(1);
  });

  it('by a permission that is missing says the same', async () => {
    account.ec2.on(CreateImageCommand).rejects(refusedBy('UnauthorizedOperation', 'no ec2:CreateImage'));

    await expect(bake()).rejects.toThrow(/not permitted: no ec2:CreateImage; i-0{16}1 stays and is billed/);
  });

  it('is none by a connection that drops', async () => {
    account.onSleep = () => {
      account.onSleep = () => undefined;
      account.drops = true;
    };

    expect((await bake()).exitCode).toBe(0);
  });
});

describe('older images', () => {
  beforeEach(() => {
    account.addBaked('ami-0000000000000aaa1', hourMs);
    account.addBaked('ami-0000000000000aaa2', 2 * hourMs);
    account.addBaked('ami-0000000000000aaa3', 3 * hourMs);
  });

  it('go, but for one to go back to', async () => {
    const { out } = await bake();

    expect(account.calls.filter((call) => call.startsWith('deregister')).sort()).toEqual([
      'deregister ami-0000000000000aaa2',
      'deregister ami-0000000000000aaa3',
    ]);
    const [call] = account.ec2.commandCalls(DeregisterImageCommand);
    expect(call?.args[0].input).toMatchObject({ DeleteAssociatedSnapshots: true });
    expect(out).toContain('2 newer ones are kept');
  });

  it('stay where a zone would go back to them, or AmiSelector names them, or an instance uses them', async () => {
    const Tags = [{ Key: 'phoenat:last-good-image', Value: 'ami-0000000000000aaa3 arm64' }];
    account.ec2.on(DescribeAddressesCommand).resolves({ Addresses: [{ AllocationId: 'eipalloc-1', Tags }] });
    deployed({ AmiSelector: 'ami-0000000000000aaa2' });
    account.addBaked('ami-0000000000000aaa4', 4 * hourMs);
    account.foreign = [{ InstanceId: 'i-0f', ImageId: 'ami-0000000000000aaa4' }];
    await bake('--yes --base al2023');

    expect(account.calls.filter((call) => call.startsWith('deregister'))).toEqual([]);
  });

  it('whose snapshots EC2 keeps are told, with the command', async () => {
    account.ec2.on(DeregisterImageCommand).callsFake(({ ImageId }) => {
      account.images = account.images.filter((image) => image.ImageId !== ImageId);
      return { DeleteSnapshotResults: [{ SnapshotId: 'snap-7', ReturnCode: 'missing-permissions' }] };
    });
    const { err } = await bake();

    expect(err).toContain('snap-7 of ami-0000000000000aaa2 stays (missing-permissions)');
    expect(err).toContain('aws ec2 delete-snapshot --snapshot-id snap-7');
  });
});

describe('--dry-run', () => {
  it('says what would be done and whether it may be, and changes nothing', async () => {
    const { exitCode, out } = await bake('--dry-run');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/arm64 \([0-9a-f]{16}\): would launch a builder from ami-0d6fc8f787cd9a417/);
    expect(out).toContain('✔ launch a t4g.small from ami-0d6fc8f787cd9a417, with tags: you may');
    expect(out).toContain('terminate a builder: not known, EC2 tells only about one that is there');
    expect(account.calls).toEqual([]);
  });

  it('asks about what an earlier call has left', async () => {
    account.addBaked('ami-0000000000000aaa1', hourMs);
    account.onSleep = () => {
      throw new Error('ended');
    };
    await expect(bake()).rejects.toThrow('ended');
    account.calls.splice(0);
    const { out } = await bake('--dry-run');

    expect(out).toContain('would wait for i-00000000000000001 to install everything, and then go on');
    expect(out).toContain('✔ make an image of i-00000000000000001: you may');
    expect(out).toContain('✔ terminate i-00000000000000001: you may');
    expect(out).toContain('✔ deregister ami-0000000000000aaa1 and delete its snapshots: you may');
    expect(account.calls).toEqual([]);
  });

  it('exits with 1 where something is not permitted', async () => {
    account.ec2.on(RunInstancesCommand).rejects(refusedBy('UnauthorizedOperation', 'You are not authorized'));
    const { exitCode, out } = await bake('--dry-run');

    expect(exitCode).toBe(1);
    expect(out).toContain('✘ launch a t4g.small from ami-0d6fc8f787cd9a417, with tags');
    expect(out).toContain('not permitted: You are not authorized');
  });

  it('is for machines one document', async () => {
    const { out } = await bake('--dry-run', { json: true });

    expect(JSON.parse(out)).toMatchObject({
      images: [{ architecture: 'arm64', subnetId: subnet }],
      checks: [{ allowed: true }, {}, {}, {}],
    });
  });
});

describe('--remove', () => {
  it('removes what was made, and says what stays and why', async () => {
    account.addBaked('ami-0000000000000aaa1', hourMs);
    account.addBaked('ami-0000000000000aaa2', 2 * hourMs);
    deployed({ AmiSelector: 'self:phoenat/phoenat/*' });
    const { out } = await bake('--remove --yes');

    expect(account.calls).toEqual(['deregister ami-0000000000000aaa2']);
    expect(out).toContain('ami-0000000000000aaa1 stays: AmiSelector=self:phoenat/phoenat/* takes it');
  });

  it('asks before, and with --dry-run says what it would remove', async () => {
    account.addBaked('ami-0000000000000aaa1', hourMs);
    const { out } = await bake('--remove --dry-run');
    expect(out).toContain('would remove ami-0000000000000aaa1');

    await expect(bake('--remove', { answers: false })).rejects.toThrow('nothing was changed');
    expect(account.calls).toEqual([]);
  });

  it('ends a builder that was left', async () => {
    account.onSleep = () => {
      throw new Error('ended');
    };
    await expect(bake()).rejects.toThrow('ended');
    const { out } = await bake('--remove --yes', { json: true });

    expect(JSON.parse(out)).toEqual({ removed: ['i-00000000000000001'], stays: [] });
    expect(account.alive).toEqual([]);
  });

  it('says where there is nothing', async () => {
    expect((await bake('--remove --yes')).out).toContain('There is nothing to remove');
  });
});
