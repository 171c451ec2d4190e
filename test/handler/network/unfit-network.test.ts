import { describe, expect, it } from 'vitest';
import { secondMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

// Networks that AWS offers and that a NAT instance of ours cannot serve: nothing is deployed there, and where one comes
// to be so later, the report says it.

type Spoil = (harness: Harness) => void;

const zoneA = (harness: Harness) => {
  const [zone] = harness.topology.zones;
  const [table] = zone?.privateRouteTableIds ?? [];
  if (zone === undefined || table === undefined) throw new Error('the topology has no zone');
  return { ...zone, table };
};
const spoilPublic =
  (change: Parameters<Harness['sim']['moveSubnet']>[1]): Spoil =>
  (harness) =>
    harness.sim.moveSubnet(zoneA(harness).publicSubnetId, change);
const outpostArn = 'arn:aws:outposts:eu-central-1:123456789012:outpost/op-1';

const splitDefaults: Spoil = (harness) => {
  const gateway = { kind: 'transit-gateway', id: 'tgw-1' } as const;
  harness.sim.pointRouteAt(zoneA(harness).table, gateway, '0.0.0.0/1');
  harness.sim.pointRouteAt(zoneA(harness).table, gateway, '128.0.0.0/1');
};
const shared: Spoil = (harness) => {
  for (const id of [zoneA(harness).publicSubnetId, ...zoneA(harness).privateSubnetIds]) {
    harness.sim.moveSubnet(id, { ownerId: '210987654321' });
  }
};

const unfit: readonly (readonly [string, Spoil, RegExp])[] = [
  [
    'split defaults',
    splitDefaults,
    /rtb-\w+, which serves .* 0\.0\.0\.0\/1 \(to tgw-1\) and 128\.0\.0\.0\/1 \(to tgw-1\), .* aws ec2 delete-route --route-table-id rtb-\w+ --destination-cidr-block 128\.0\.0\.0\/1/,
  ],
  ['shared subnets', shared, /belong to account 210987654321, .* deploy Phoenat there/],
  [
    'a Local Zone',
    spoilPublic({ availabilityZone: 'eu-central-1-ham-1a' }),
    /Local Zone eu-central-1-ham-1a, and Elastic IP .* is of eu-central-1: .*--network-border-group eu-central-1-ham-1\)/,
  ],
  [
    'a Wavelength Zone',
    spoilPublic({ availabilityZone: 'eu-central-1-wl1-ber-wlz-1' }),
    /Wavelength Zone .* carrier gateway/,
  ],
  ['an Outpost', spoilPublic({ outpostArn }), /is on the Outpost arn:aws:outposts:.*op-1/],
];

describe('a network that cannot be served', () => {
  it.each(unfit)('(%s) is refused at creation, before anything is changed', async (_name, spoil, reason) => {
    const harness = new Harness();
    spoil(harness);
    await harness.clock.runFor(5 * secondMs);
    const answer = await new StackHarness(harness).create();

    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
    expect(mutations(harness)).toEqual([]);
  });

  it.each(unfit)('(%s) is a finding of its zone alone, later', async (_name, spoil, reason) => {
    const harness = await settledHarness();
    spoil(harness);
    await harness.clock.runFor(5 * secondMs);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings.map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(reason),
    );
    expect(zoneOf(report, 'b').findings).toEqual([]);
  });
});

describe('split defaults', () => {
  it('take what they cover past the instance, and are not in the way of healing', async () => {
    const harness = await settledHarness();
    splitDefaults(harness);
    const [subnetId = ''] = harness.topology.privateSubnetIds;
    expect(hasEgress(harness.sim, subnetId)).toMatchObject({
      ok: false,
      why: /0\.0\.0\.0\/1 leads to tgw-1/,
    });

    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(secondMs);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });

  it('in the table of the public subnets take what they cover past the internet gateway', async () => {
    const harness = await settledHarness();
    const { publicRouteTableId } = zoneA(harness);
    harness.sim.pointRouteAt(publicRouteTableId, { kind: 'transit-gateway', id: 'tgw-1' }, '128.0.0.0/1');
    await harness.clock.runFor(5 * secondMs);
    const [subnetId = ''] = harness.topology.privateSubnetIds;
    expect(hasEgress(harness.sim, subnetId)).toMatchObject({ ok: false, why: /past the internet gateway/ });

    const report = await harness.invoke(harness.scheduledEvent());
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(
        new RegExp(
          `${publicRouteTableId}, .* 128.0.0.0/1 \\(to tgw-1\\), .* to the internet gateway; delete it`,
        ),
      ),
    ]);
  });

  it('are none where a private range is routed elsewhere', async () => {
    const harness = await settledHarness();
    harness.sim.pointRouteAt(zoneA(harness).table, { kind: 'transit-gateway', id: 'tgw-1' }, '10.0.0.0/8');
    await harness.clock.runFor(5 * secondMs);
    const report = await harness.invoke(harness.scheduledEvent());

    expect([report.outcome, zoneOf(report, 'a').findings]).toEqual(['settled', []]);
  });
});
