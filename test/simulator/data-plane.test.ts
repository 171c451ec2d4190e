import { describe, expect, test } from 'vitest';
import { addForeignInstance, addForeignInterface } from '../../simulator/bystanders.ts';
import { hasEgress, OutageMeter, ownEgress, publicAddressOf } from '../../simulator/data-plane.ts';
import { newId } from '../../simulator/ec2/region.ts';
import { consistent, launch, type Rig, setUp } from './rig.ts';

/** A zone whose NAT instance forwards. */
function withNat() {
  const rig = setUp(consistent);
  const { instanceId, interfaceId } = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
  rig.sim.setSourceDestCheck(interfaceId, false);
  rig.sim.associateAddressElsewhere(rig.zone.allocationId, interfaceId);
  const [tableId = '', otherTableId = ''] = rig.zone.privateRouteTableIds;
  const [subnetId = '', otherSubnetId = ''] = rig.zone.privateSubnetIds;
  rig.sim.pointRouteAt(tableId, { kind: 'interface', id: interfaceId });
  return { ...rig, instanceId, interfaceId, tableId, otherTableId, subnetId, otherSubnetId };
}
type Nat = ReturnType<typeof withNat>;

describe('a private subnet', () => {
  test('has egress through a NAT instance in order, under its Elastic IP', () => {
    const nat = withNat();
    expect(hasEgress(nat.sim, nat.subnetId)).toEqual({ ok: true });
    expect(publicAddressOf(nat.sim, nat.subnetId)).toBe(nat.zone.publicIp);
    expect(hasEgress(nat.sim, nat.otherSubnetId)).toEqual({ ok: false, why: 'no default route' });
  });

  const failures: [string, (nat: Nat) => void, RegExp][] = [
    ['the instance goes down', (nat) => nat.sim.terminateInstance(nat.instanceId), /is shutting-down/],
    ['the instance stops', (nat) => nat.sim.stopInstance(nat.instanceId), /is stopping/],
    ['the instance hangs', (nat) => nat.sim.impair(nat.instanceId, 'instance'), /hangs/],
    ['the host is lost', (nat) => nat.sim.impair(nat.instanceId, 'system'), /host of .* is lost/],
    ['forwarding breaks', (nat) => nat.sim.breakForwarding(nat.instanceId), /does not forward/],
    [
      'the check is on',
      (nat) => nat.sim.setSourceDestCheck(nat.interfaceId, true),
      /source\/destination check/,
    ],
    ['the address is taken', (nat) => nat.sim.takeAddressOff(nat.zone.allocationId), /no public address/],
    ['the route is deleted', (nat) => nat.sim.deleteRoute(nat.tableId), /no default route/],
    [
      'the route leads to an interface without instance',
      (nat) => {
        const id = addForeignInterface(nat.sim, nat.topology, nat.zone.publicSubnetId);
        nat.sim.pointRouteAt(nat.tableId, { kind: 'interface', id });
      },
      /blackhole/,
    ],
    [
      'the route leads to the internet gateway',
      (nat) =>
        nat.sim.pointRouteAt(nat.tableId, { kind: 'internet-gateway', id: nat.topology.internetGatewayId }),
      /does no NAT/,
    ],
    [
      'the public subnet has no way out',
      (nat) => nat.sim.deleteRoute(nat.zone.publicRouteTableId),
      /no route to an internet gateway/,
    ],
  ];

  test.each(failures)('has none when %s', (_, fail, why) => {
    const nat = withNat();
    fail(nat);
    expect(hasEgress(nat.sim, nat.subnetId)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });

  test.each([
    ['instance', false],
    ['gateway', true],
  ])('has none while upstream of its NAT %s packets are lost, of which no call tells', (_, natGateways) => {
    const nat = natGateways ? { ...setUp(consistent, { natGateways }), instanceId: '' } : withNat();
    const [subnetId = ''] = nat.zone.privateSubnetIds;
    const { instances } = nat.sim.region.store;
    const before = instances.current.get(nat.instanceId);
    const upstream = nat.sim.loseUpstream([nat.zone.publicSubnetId]);

    expect(hasEgress(nat.sim, subnetId)).toMatchObject({ why: expect.stringContaining('upstream') });
    expect(instances.current.get(nat.instanceId)).toBe(before);
    upstream.restore();
    expect(hasEgress(nat.sim, subnetId)).toEqual({ ok: true });
  });

  test.each([
    ['upstream is lost', (nat: Nat) => void nat.sim.loseUpstream([nat.zone.publicSubnetId]), false],
    ['the address is taken', (nat: Nat) => nat.sim.takeAddressOff(nat.zone.allocationId), false],
    ['its forwarding breaks', (nat: Nat) => nat.sim.breakForwarding(nat.instanceId), true],
    ['its check is on', (nat: Nat) => nat.sim.setSourceDestCheck(nat.interfaceId, true), true],
  ])('is one thing and the own way out of its instance another: where %s', (_, fail, ok) => {
    const nat = withNat();
    fail(nat);

    expect(ownEgress(nat.sim, nat.instanceId).ok).toBe(ok);
    expect(hasEgress(nat.sim, nat.subnetId).ok).toBe(false);
  });

  test('has egress through a NAT gateway until that is deleted', () => {
    const { sim, zone } = setUp(consistent, { natGateways: true, privateTables: 'main' });
    const [subnetId = ''] = zone.privateSubnetIds;
    expect(hasEgress(sim, subnetId)).toEqual({ ok: true });
    sim.deleteNatGateway(zone.natGatewayId ?? '');
    expect(hasEgress(sim, subnetId).ok).toBe(false);
  });

  async function freshNat(rig: Rig, changes: Parameters<typeof launch>[1]) {
    const { instanceId, interfaceId } = await launch(rig, changes);
    rig.sim.setSourceDestCheck(interfaceId, false);
    rig.sim.associateAddressElsewhere(rig.zone.allocationId, interfaceId);
    rig.sim.pointRouteAt(rig.zone.privateRouteTableIds[0] ?? '', { kind: 'interface', id: interfaceId });
    await rig.clock.runFor(17_000);
    return instanceId;
  }

  test('waits for a fresh instance to boot', async () => {
    const rig = setUp(consistent);
    const [subnetId = ''] = rig.zone.privateSubnetIds;
    const instanceId = await freshNat(rig, {});
    expect(hasEgress(rig.sim, subnetId)).toEqual({ ok: false, why: `${instanceId} is still booting` });
    await rig.clock.runFor(10_000);
    expect(hasEgress(rig.sim, subnetId)).toEqual({ ok: true });
  });

  test.each([
    ['al2023-ami-2023.12.20260831.0-kernel-6.1-arm64', false],
    ['fck-nat-al2023-hvm-1.4.0-20260701-arm64-ebs', true],
  ])('waits for what has to be installed first: %s', async (name, isThere) => {
    const rig = setUp({ ...consistent, installingPackages: { minMs: 30_000, maxMs: 30_000 } });
    const [subnetId = ''] = rig.zone.privateSubnetIds;
    await freshNat(rig, { ImageId: rig.topology.imageIds[name] });
    await rig.clock.runFor(10_000);
    expect(hasEgress(rig.sim, subnetId).ok).toBe(isThere);
    await rig.clock.runFor(30_000);
    expect(hasEgress(rig.sim, subnetId).ok).toBe(true);
  });

  test('waits for a stopped instance to start and boot again', async () => {
    const nat = withNat();
    nat.sim.stopInstance(nat.instanceId);
    await nat.clock.runFor(36_000);
    expect(hasEgress(nat.sim, nat.subnetId)).toMatchObject({ why: expect.stringContaining('blackhole') });
    nat.sim.startInstance(nat.instanceId);
    await nat.clock.runFor(17_000);
    expect(hasEgress(nat.sim, nat.subnetId)).toMatchObject({ why: expect.stringContaining('booting') });
    await nat.clock.runFor(10_000);
    expect(hasEgress(nat.sim, nat.subnetId)).toEqual({ ok: true });
  });

  test('waits in vain for a plain image without user data, not for a NAT image', async () => {
    const rig = setUp(consistent);
    const [subnetId = ''] = rig.zone.privateSubnetIds;
    await freshNat(rig, { UserData: undefined });
    await rig.clock.runFor(60_000);
    expect(hasEgress(rig.sim, subnetId)).toMatchObject({ why: expect.stringContaining('no user data') });

    const ImageId = rig.topology.imageIds['fck-nat-al2023-hvm-1.4.0-20260701-arm64-ebs'];
    await freshNat(rig, { UserData: undefined, ImageId });
    await rig.clock.runFor(60_000);
    expect(hasEgress(rig.sim, subnetId)).toEqual({ ok: true });
  });
});

describe('VPC Block Public Access', () => {
  test.each([
    ['off', true, true],
    ['block-ingress', false, true],
    ['block-bidirectional', false, false],
  ] as const)('%s: NAT instances pass: %s, NAT gateways: %s', (mode, instances, gateways) => {
    const nat = withNat();
    const gateway = newId(nat.sim.region, 'natGateway');
    const subnetId = nat.zone.publicSubnetId;
    nat.sim.region.store.natGateways.seed({ id: gateway, subnetId, state: 'available' });
    nat.sim.pointRouteAt(nat.otherTableId, { kind: 'nat-gateway', id: gateway });
    nat.sim.blockPublicAccess(subnetId, mode);

    expect([nat.subnetId, nat.otherSubnetId].map((id) => hasEgress(nat.sim, id).ok)).toEqual([
      instances,
      gateways,
    ]);
  });
});

describe('the outage meter', () => {
  test('measures each outage of each subnet, with its reasons', async () => {
    const nat = withNat();
    nat.sim.pointRouteAt(nat.otherTableId, { kind: 'interface', id: nat.interfaceId });
    const meter = new OutageMeter(nat.sim, nat.zone.privateSubnetIds);
    const from = nat.clock.now() + 1_000;
    await nat.clock.runUntil(from);
    nat.sim.setSourceDestCheck(nat.interfaceId, true);
    await nat.clock.runFor(2_000);
    nat.sim.deleteRoute(nat.tableId);
    await nat.clock.runFor(1_000);
    nat.sim.setSourceDestCheck(nat.interfaceId, false);
    await nat.clock.runFor(500);

    const why = `the source/destination check of ${nat.interfaceId} is on`;
    expect(meter.outages()).toHaveLength(2);
    expect(meter.outages()).toContainEqual({
      subnetId: nat.subnetId,
      from,
      to: undefined,
      why,
      reasons: [
        { at: from, why },
        { at: from + 2_000, why: 'no default route' },
      ],
    });
    expect(meter.outages()).toContainEqual(
      expect.objectContaining({ subnetId: nat.otherSubnetId, from, to: from + 3_000, why }),
    );
    expect(meter.outageMs(nat.otherSubnetId)).toBe(3_000);
    expect(meter.outageMs()).toBe(6_500);
  });

  test('does not count what is repaired in the same instant', async () => {
    const nat = withNat();
    const meter = new OutageMeter(nat.sim, [nat.subnetId]);
    nat.sim.takeAddressOff(nat.zone.allocationId);
    nat.sim.associateAddressElsewhere(nat.zone.allocationId, nat.interfaceId);
    await nat.clock.runFor(1_000);
    expect(meter.outages()).toEqual([]);
  });
});
