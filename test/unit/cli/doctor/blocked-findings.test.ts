import { describe, expect, it } from 'vitest';
import { blockedFindings } from '../../../../cli/doctor/findings/blocked-findings.ts';
import type {
  DoctorFinding,
  FoundSubnet,
  Inventory,
  PublicAccessExclusion,
  PublicAccessOption,
} from '../../../../cli/doctor/inventory.ts';
import { id } from '../../core/a-snapshot.ts';
import { anInventory, aSubnet, headings, vpcId } from './an-inventory.ts';

const a0 = id('subnet', 'a0');
const zones = [{ letter: 'a', publicSubnetId: a0, privateSubnetIds: [id('subnet', 'a1')] }] as const;
const off: PublicAccessOption = {
  known: true,
  mode: 'off',
  state: 'default-state',
  isOfPolicy: false,
  forbidsExclusions: false,
};
const on: PublicAccessOption = { ...off, mode: 'block-ingress', state: 'update-complete' };
const denied = (what: string) => ({ known: false, detail: `not permitted: ${what}` }) as const;
const excluded = (over: Partial<PublicAccessExclusion> = {}): PublicAccessExclusion => ({
  id: 'vpcbpa-exclude-0123456789abcdef0',
  resourceId: a0,
  mode: 'allow-bidirectional',
  state: 'create-complete',
  ...over,
});

type Case = {
  readonly block?: FoundSubnet['internetGatewayBlock'];
  readonly option?: Inventory['publicAccess']['option'];
  readonly exclusions?: readonly PublicAccessExclusion[] | ReturnType<typeof denied>;
  readonly ownerId?: string;
};

function found({ block, option = on, exclusions = [], ownerId }: Case): DoctorFinding[] {
  const subnet = aSubnet('a0', 'a', {
    ...(block === undefined ? {} : { internetGatewayBlock: block }),
    ...(ownerId === undefined ? {} : { ownerId }),
  });
  const inventory = anInventory({
    subnets: [subnet, aSubnet('a1', 'a')],
    account: { known: true, id: '111111111111' },
    publicAccess: {
      option,
      exclusions: 'known' in exclusions ? exclusions : { known: true, found: exclusions },
    },
  });
  return blockedFindings(zones, inventory);
}

const make = `aws ec2 create-vpc-block-public-access-exclusion --region eu-central-1 --subnet-id ${a0} --internet-gateway-exclusion-mode allow-bidirectional`;

describe('a public subnet of which DescribeSubnets says nothing', () => {
  it.each([
    ['the mode is off', { option: off }, []],
    ['it is on', {}, [`error ${a0}`]],
    ['it is on, and the subnet is excluded', { exclusions: [excluded()] }, []],
    [
      'it is on, and its exclusion has been changed',
      { exclusions: [excluded({ state: 'update-complete' })] },
      [],
    ],
    ['it is on, and the VPC is excluded', { exclusions: [excluded({ resourceId: vpcId })] }, []],
    [
      'it is on, and another subnet is excluded',
      { exclusions: [excluded({ resourceId: 'subnet-9' })] },
      [`error ${a0}`],
    ],
    [
      'only egress is excluded',
      { option: { ...on, mode: 'block-bidirectional' }, exclusions: [excluded({ mode: 'allow-egress' })] },
      [`error ${a0}`],
    ],
    ['the exclusion is deleted', { exclusions: [excluded({ state: 'delete-complete' })] }, [`error ${a0}`]],
    ['nobody may read the mode', { option: denied('no') }, [`warning ${vpcId}`]],
    ['nobody may read the exclusions', { exclusions: denied('no') }, [`warning ${vpcId}`]],
    ['the mode is off, and nobody may read the exclusions', { option: off, exclusions: denied('no') }, []],
    ['the subnet is of another account', { ownerId: '222222222222' }, []],
  ] as const)('is judged by the account where %s', (_case, given, expected) => {
    expect(headings(found(given))).toEqual(expected);
  });

  it('counts as unknown, not as open, where EC2 names no mode either', () => {
    const { mode: _, ...without } = off;
    const [finding] = found({ option: without });

    expect(finding).toMatchObject({
      severity: 'warning',
      problem: expect.stringMatching(/off is unknown: DescribeSubnets does not say; nor does/),
    });
    expect(finding?.fix).toMatch(
      /see what EC2 says: aws ec2 describe-vpc-block-public-access-options --region \S+$/,
    );
  });

  it('is told with the permission that is missing', () => {
    expect(found({ option: denied('you may not') })).toMatchObject([
      {
        problem: expect.stringContaining(
          `${a0} off is unknown: DescribeSubnets does not say; not permitted: you`,
        ),
        fix: 'Allow yourself ec2:DescribeVpcBlockPublicAccessOptions, and run doctor again.',
      },
    ]);
    expect(found({ option: denied('no'), exclusions: denied('no') })).toMatchObject([
      {
        fix: 'Allow yourself ec2:DescribeVpcBlockPublicAccessOptions and ec2:DescribeVpcBlockPublicAccessExclusions, and run doctor again.',
      },
    ]);
    expect(found({ exclusions: denied('no') })).toMatchObject([
      { fix: 'Allow yourself ec2:DescribeVpcBlockPublicAccessExclusions, and run doctor again.' },
    ]);
  });

  it('is not said to lack a permission where something else went wrong', () => {
    expect(found({ option: { known: false, detail: 'TimeoutError: no answer' } })).toMatchObject([
      { fix: 'Run doctor again; it takes the permission ec2:DescribeVpcBlockPublicAccessOptions.' },
    ]);
  });
});

describe('a public subnet that is blocked', () => {
  const fix = (given: Case) => found({ block: 'block-ingress', ...given })[0]?.fix;
  const problem = (given: Case) => found({ block: 'block-ingress', ...given })[0]?.problem;

  it('is to be excluded, with a command that can be pasted', () => {
    const other = 'Exclude the subnet, or have the block switched off for the whole Region';
    expect(fix({})).toBe(`${other}: ${make}`);
    expect(fix({ option: { ...on, isOfPolicy: true } })).toBe(
      `${other}, which only whoever keeps the organisation's declarative policy can: ${make}`,
    );
    expect(fix({ option: denied('no') })).toBe(
      `${other}, which only its owner can where an organisation's declarative policy keeps it on: ${make}`,
    );
    expect(problem({ option: { ...on, isOfPolicy: true } })).toMatch(/declarative policy keeps it on\.$/);
  });

  it('needs the policy changed where that allows no exclusions', () => {
    expect(fix({ option: { ...on, isOfPolicy: true, forbidsExclusions: true } })).toMatch(
      /^The organisation's declarative policy allows no exclusions: .* Then: aws ec2 create-/,
    );
  });

  it.each(['create-in-progress', 'update-in-progress', 'create-complete', 'update-complete'])(
    'is waited for while its exclusion is in %s',
    (state) => {
      expect(fix({ exclusions: [excluded({ state })] })).toMatch(
        /^vpcbpa-exclude-0123456789abcdef0 can take minutes .* --exclusion-ids vpcbpa-exclude-0123456789abcdef0$/,
      );
    },
  );

  it('has its exclusion of egress changed: that lets no instance out', () => {
    const given = { exclusions: [excluded({ mode: 'allow-egress' })] };
    expect(fix(given)).toMatch(
      /^Change the exclusion, or .*: aws ec2 modify-vpc-block-public-access-exclusion --region eu-central-1 --exclusion-id vpcbpa-exclude-0123456789abcdef0 --internet-gateway-exclusion-mode allow-bidirectional$/,
    );
    expect(problem(given)).toContain(
      ': allow-egress, which lets NAT gateways out at most, and no instance; create-complete.',
    );
  });

  it('leaves the exclusion of the whole VPC as it is, if that can be', () => {
    const ofVpc = fix({ exclusions: [excluded({ mode: 'allow-egress', resourceId: vpcId })] });

    expect(ofVpc).toMatch(
      new RegExp(`beside .* \\(not documented; if not, aws ec2 modify-.*\\), or .*: ${make}$`),
    );
  });

  it('has an exclusion that has failed made again, with the reason told', () => {
    const given = { exclusions: [excluded({ state: 'create-failed', reason: 'too many' })] };

    expect(fix(given)).toMatch(
      /^Delete what has failed \(aws ec2 delete-.*0\) and exclude the subnet again, or .*: aws ec2 c/,
    );
    expect(problem(given)).toMatch(/; create-failed: too many\.$/);
  });

  it('has a disabled exclusion told, and is to be excluded again', () => {
    const given = { exclusions: [excluded({ state: 'disable-complete' })] };

    expect(problem(given)).toContain('; disable-complete.');
    expect(fix(given)).toMatch(/^Exclude the subnet, or .*: aws ec2 create-/);
  });

  it('is the business of its owner where it is of another account', () => {
    expect(fix({ ownerId: '222222222222' })).toBe('Only the account that owns the subnet can change that.');
  });
});

describe('a public subnet that is open', () => {
  const open = (given: Case) => found({ block: 'off', ...given });

  it.each(['delete-in-progress', 'disable-in-progress', 'update-in-progress'])(
    'is a warning where the exclusion that keeps it so is in %s',
    (state) => {
      expect(open({ exclusions: [excluded({ state })] })).toMatchObject([
        { severity: 'warning', resource: a0, problem: expect.stringContaining(`is in ${state}`) },
      ]);
      expect(open({ option: off, exclusions: [excluded({ state })] })).toEqual([]);
    },
  );

  it('is none where another exclusion keeps it open', () => {
    const ending = excluded({ state: 'delete-in-progress' });
    expect(open({ exclusions: [ending, excluded({ resourceId: vpcId })] })).toEqual([]);
  });

  it('is a warning where nothing excludes it although the mode is on', () => {
    expect(open({})).toMatchObject([
      { severity: 'warning', problem: expect.stringContaining('One of the two is behind.') },
    ]);
  });

  it.each([off, on])('is a warning while the mode is being changed', (option) => {
    const changing = { ...option, state: 'update-in-progress' };
    expect(open({ option: changing, exclusions: [excluded()] })).toMatchObject([
      { severity: 'warning', resource: vpcId, fix: expect.stringContaining('update-complete') },
    ]);
  });

  it('is told with what could not be read', () => {
    expect(open({ option: denied('no') })).toMatchObject([
      {
        severity: 'note',
        problem:
          'Of VPC Block Public Access it is unknown who keeps it and whether it is being changed: not permitted: no.',
        fix: 'Allow yourself ec2:DescribeVpcBlockPublicAccessOptions, and run doctor again.',
      },
    ]);
    expect(open({ exclusions: denied('no') })).toMatchObject([
      { severity: 'note', fix: expect.stringContaining('ec2:DescribeVpcBlockPublicAccessExclusions,') },
    ]);
    expect(open({ option: denied('no'), exclusions: denied('no') })).toMatchObject([
      { problem: expect.stringMatching(/changed, and which exclusions there are: not permitted: no\.$/) },
    ]);
    expect(open({ option: off, exclusions: denied('no') })).toEqual([]);
  });
});
