import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Inventory } from '../../../../cli/doctor/inventory.ts';
import { isElsewhere } from '../../../../cli/doctor/place-findings.ts';
import { id } from '../../core/a-snapshot.ts';
import {
  anInventory,
  aRouteTable,
  aSubnet,
  publicTable,
  subnets,
  tableA,
  tableB,
  toIgw,
} from './an-inventory.ts';

const headings = (over: Partial<Inventory>) => {
  const before = new Set(examine(anInventory()).findings.map(({ problem }) => problem));
  return examine(anInventory(over)).findings.filter(({ problem }) => !before.has(problem));
};

describe('an Availability Zone', () => {
  it.each(['eu-central-1a', 'us-gov-west-1b', 'ap-southeast-4c', 'eusc-de-east-1a', 'us-iso-east-1a'])(
    'is %s',
    (availabilityZone) => expect(isElsewhere({ availabilityZone })).toBe(false),
  );

  it.each(['us-west-2-lax-1a', 'us-east-1-wl1-bos-wlz-1', 'eu-central-1-ham-1a'])(
    'is not %s',
    (availabilityZone) => expect(isElsewhere({ availabilityZone })).toBe(true),
  );

  it('is not where an Outpost is', () => {
    expect(isElsewhere({ availabilityZone: 'eu-central-1a', isOnOutpost: true })).toBe(true);
  });
});

describe('a Local Zone', () => {
  const local = 'eu-central-1-ham-1a';

  it('is not proposed for a NAT instance', () => {
    const inZone = aSubnet('c0', 'a', { availabilityZone: local });
    const table = aRouteTable('0', ['a0', 'b0', 'c0'], toIgw);
    const inventory = anInventory({
      subnets: [...subnets, inZone],
      routeTables: [table, tableA, tableB],
    });
    const { zones, findings } = examine(inventory);

    expect(zones.map(({ publicSubnetId }) => publicSubnetId)).not.toContain(inZone.id);
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'note', resource: inZone.id }));
  });

  it('is an error where a deployed zone has its instance there, and a warning for what is served from afar', () => {
    const zone = {
      letter: 'a',
      publicSubnetId: id('subnet', 'a0'),
      privateSubnetIds: [id('subnet', 'a1')],
    } as const;
    const deployment = {
      vpcId: anInventory().vpc.id,
      status: 'UPDATE_COMPLETE',
      hasClientCidrs: true,
      amiSelector: 'al2023',
      instanceTypes: ['t4g.nano'],
      zones: [zone],
      topics: [],
      ownTargetIds: [],
    };
    const moved = subnets.map((subnet) =>
      subnet.availabilityZone.endsWith('a') ? { ...subnet, availabilityZone: local } : subnet,
    );
    const found = headings({ subnets: moved, deployment });

    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        resource: id('subnet', 'a0'),
        problem: expect.stringContaining('Elastic IPs of eu-central-1 cannot be used there'),
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ severity: 'warning', resource: id('subnet', 'a1') }),
    );
  });
});

describe('shared subnets', () => {
  const ownedBy = (ownerId: string) => subnets.map((subnet) => ({ ...subnet, ownerId }));

  it('are an error: a participant cannot move a route', () => {
    const account = { known: true, id: '111111111111' } as const;

    expect(headings({ subnets: ownedBy('222222222222'), account })).toEqual([
      expect.objectContaining({
        severity: 'error',
        problem: expect.stringMatching(/shared by account 222222222222: .* from 111111111111 no route/),
      }),
    ]);
    expect(headings({ subnets: ownedBy('111111111111'), account })).toEqual([]);
  });

  it('are said to be unknown where the account is', () => {
    const account = { known: false, detail: 'no answer' } as const;

    expect(headings({ subnets: ownedBy('222222222222'), account })).toEqual([
      expect.objectContaining({
        severity: 'note',
        problem: expect.stringContaining('is unknown: no answer'),
      }),
    ]);
  });
});

describe('split defaults', () => {
  const half = (routeTableId: typeof tableA.id, destination: string) => ({
    routeTableId,
    destination,
    target: 'tgw-1',
  });

  it('are an error in a table that a zone is served by, with the calls that remove them', () => {
    const broadRoutes = [half(tableA.id, '0.0.0.0/1'), half(tableA.id, '128.0.0.0/1')];

    expect(headings({ broadRoutes })).toEqual([
      expect.objectContaining({
        severity: 'error',
        resource: tableA.id,
        problem: expect.stringContaining('0.0.0.0/1 to tgw-1, 128.0.0.0/1 to tgw-1: narrower than 0.0.0.0/0'),
        fix: expect.stringMatching(
          /delete-route .* 0\.0\.0\.0\/1; then aws ec2 delete-route .* 128\.0\.0\.0\/1$/,
        ),
      }),
    ]);
  });

  it('are one in the table of a NAT instance too, and nobody’s business elsewhere', () => {
    expect(headings({ broadRoutes: [half(publicTable.id, '0.0.0.0/1')] })).toHaveLength(1);
    expect(headings({ broadRoutes: [half(id('routeTable', 'f'), '0.0.0.0/1')] })).toEqual([]);
  });
});

describe('Encryption Controls', () => {
  const withMode = (mode: string, isInternetGatewayExcluded: boolean) =>
    headings({ vpc: { ...anInventory().vpc, encryption: { mode, isInternetGatewayExcluded } } });

  it('are a warning where they are enforced', () => {
    const [finding] = withMode('enforce', false);

    expect(finding).toMatchObject({
      severity: 'warning',
      fix: expect.stringContaining('exclude the internet'),
    });
    expect(withMode('enforce', true)[0]?.problem).not.toContain('internet gateway');
  });

  it('are none where they only watch', () => {
    expect(withMode('monitor', false)).toEqual([]);
  });
});
