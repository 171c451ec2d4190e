import { describe, expect, it } from 'vitest';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { CallRecord } from '../../../simulator/ec2/client.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

/** Groups of calls that overlap in time: what waits for an answer before it leaves starts a new round trip. */
function roundTrips(calls: readonly CallRecord[]): string[][] {
  const rounds: { readonly names: string[]; end: number }[] = [];
  for (const { name, sentAt, answeredAt = sentAt } of calls) {
    const last = rounds.at(-1);
    if (last !== undefined && sentAt < last.end) {
      last.names.push(name);
      last.end = Math.max(last.end, answeredAt);
    } else {
      rounds.push({ names: [name], end: answeredAt });
    }
  }
  return rounds.map(({ names }) => names.toSorted());
}

const withoutSpare = { settings: { spareInterface: 'off' } } as const;

async function failOver(harness: Harness) {
  const dead = primaryOf(harness, 'a');
  const callsBefore = harness.sim.calls.length;
  harness.sim.terminateInstance(dead);
  await harness.clock.runFor(1_000);
  const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));
  return { dead, report, calls: harness.sim.calls.slice(callsBefore) };
}

describe('a terminated NAT instance', () => {
  const around = [
    'DescribeAddresses',
    'DescribeImages',
    'DescribeNetworkInterfaces',
    'DescribeRouteTables',
    'DescribeSubnets',
  ];
  const cutover = ['AssociateAddress', 'ReplaceRoute', 'ReplaceRoute'];

  /** Without the launch, which waits for the address alone. */
  const untilLaunch = (calls: readonly CallRecord[]) =>
    calls.slice(
      0,
      calls.findIndex(({ name }) => name === 'RunInstances'),
    );

  it('that the process knows is cut over from in two round trips, and launched in the third', async () => {
    const { calls } = await failOver(await settledHarness());
    const [launch] = calls.filter(({ name }) => name === 'RunInstances');
    const [address] = calls.filter(({ name }) => name === 'AssociateAddress');

    expect(roundTrips(untilLaunch(calls))).toEqual([[...around, 'DescribeInstances'].toSorted(), cutover]);
    expect(launch?.sentAt).toBeGreaterThanOrEqual(address?.answeredAt ?? Number.NaN);
  });

  it('without a spare interface takes one round trip more', async () => {
    const { calls } = await failOver(await settledHarness(withoutSpare));

    expect(roundTrips(untilLaunch(calls))).toEqual([
      [...around, 'DescribeInstances'].toSorted(),
      ['CreateNetworkInterface'],
      [...cutover, 'ModifyNetworkInterfaceAttribute'].toSorted(),
    ]);
  });

  it('that a new process hears of is looked up first: it may be anybody’s', async () => {
    const harness = await settledHarness();
    // As after a deployment: Lambda starts a process for it.
    harness.settings = { ...harness.settings };
    const { calls } = await failOver(harness);

    expect(roundTrips(untilLaunch(calls))).toEqual([['DescribeInstances'], around, cutover]);
  });

  it('is replaced by one that carries the Elastic IP and every private route', async () => {
    const harness = await settledHarness();
    const { dead, report } = await failOver(harness);
    await harness.clock.runFor(45_000);

    const zone = zoneOf(report, 'a');
    const networkInterface = interfaceOf(harness, primaryOf(harness, 'a'));
    expect(zone.primary?.instanceId).not.toBe(dead);
    expect(zone.health).toBe('healthy');
    expect(zone.address?.on).toBe(networkInterface);
    expect(zone.routes.map(({ target }) => target)).toEqual([networkInterface, networkInterface]);
    for (const subnetId of harness.topology.privateSubnetIds) {
      expect(hasEgress(harness.sim, subnetId)).toEqual({ ok: true });
    }
  });

  it('leaves nothing behind, and the other zone untouched', async () => {
    const harness = await settledHarness();
    const other = primaryOf(harness, 'b');
    const { report } = await failOver(harness);

    // What is to be removed is not waited for by the run that has healed the zone, but by the next.
    expect([report.outcome, zoneOf(report, 'a').waitsFor]).toEqual([
      'waiting',
      [expect.stringMatching(/^i-\w+ to let go of eni-\w+$/)],
    ]);
    await harness.clock.runFor(30_000);
    const next = await harness.invoke(harness.scheduledEvent());
    const interfaces = harness.sim.region.store.interfaces.current.all().map(({ id }) => id);
    expect(next.outcome).toBe('settled');
    // The instances', and a spare one for each zone.
    expect(interfaces).toHaveLength(4);
    expect(aliveIn(harness, 'a')).toHaveLength(1);
    expect(aliveIn(harness, 'b')).toEqual([other]);
    expect(zoneOf(report, 'b').steps).toEqual([]);
  });

  it('is reported with the times from the event to the cutover', async () => {
    const { report } = await failOver(await settledHarness());
    const { toFirstCutoverCallMs = 0, toLastCutoverAnswerMs = 0 } = report.times;

    expect(toFirstCutoverCallMs).toBeGreaterThan(0);
    expect(toLastCutoverAnswerMs).toBeGreaterThan(toFirstCutoverCallMs);
    expect(zoneOf(report, 'a').outageMs).toBeGreaterThan(toLastCutoverAnswerMs);
    expect(zoneOf(report, 'b').outageMs).toBeUndefined();
  });

  it('launches with a token, IMDSv2, an encrypted volume, and tags on all that it makes', async () => {
    const { calls } = await failOver(await settledHarness(withoutSpare));
    const [launch] = calls.filter((call) => call.name === 'RunInstances');
    const [create] = calls.filter((call) => call.name === 'CreateNetworkInterface');

    expect(launch?.input).toMatchObject({
      ClientToken: expect.stringMatching(/^phoenat-[0-9a-f]{40}$/),
      MetadataOptions: { HttpTokens: 'required' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, DeleteOnTermination: true } }],
      MaintenanceOptions: { AutoRecovery: 'disabled' },
      TagSpecifications: [{ ResourceType: 'instance' }, { ResourceType: 'volume' }],
    });
    expect(create?.input).toMatchObject({
      ClientToken: expect.stringMatching(/^phoenat-[0-9a-f]{40}$/),
      TagSpecifications: [{ ResourceType: 'network-interface' }],
    });
  });
});

describe('a settled stack', () => {
  it.each([1, 2, 6])('of %i zone(s) is looked at with six Describe calls and left alone', async (zones) => {
    const harness = await settledHarness({ vpc: { zones } });
    const callsBefore = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());

    expect(report.outcome).toBe('settled');
    expect(report.calls).toEqual({ describe: 6, mutating: 0, failed: 0 });
    expect(mutations(harness, callsBefore)).toEqual([]);
    expect(harness.sim.calls.slice(callsBefore)).toHaveLength(6);
  });

  it('whose private subnets use the main route table is served through it', async () => {
    const harness = await settledHarness({ vpc: { zones: 1, privateTables: 'main' } });

    expect(zoneOf(harness.lastReport(), 'a').routes).toEqual([
      expect.objectContaining({ routeTableId: harness.topology.mainRouteTableId, state: 'active' }),
    ]);
  });
});

describe('a stopped NAT instance', () => {
  it('is replaced and terminated, with its interface removed', async () => {
    const harness = await settledHarness();
    const stopped = primaryOf(harness, 'a');
    harness.sim.stopInstance(stopped);
    await harness.clock.runFor(40_000);
    harness.goLive();
    await harness.until('settled', () => harness.isSettled() && primaryOf(harness, 'a') !== stopped);

    const record = harness.sim.region.store.instances.current.get(stopped);
    expect(record?.state).toBe('terminated');
    expect(harness.sim.region.store.interfaces.current.all()).toHaveLength(4);
  });
});
