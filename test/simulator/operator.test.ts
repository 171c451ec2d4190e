import { DescribeRouteTablesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addForeignInstance, addForeignInterface } from '../../simulator/bystanders.ts';
import { hasEgress } from '../../simulator/data-plane.ts';
import { consistent, launch, type Rig, setUp } from './rig.ts';

const instanceIn = (rig: Rig, id: string) => rig.sim.region.store.instances.current.get(id);
const interfaceIn = (rig: Rig, id: string) => rig.sim.region.store.interfaces.current.get(id);

describe('forwarding that is broken by hand', () => {
  test.each(['settings', 'rules'] as const)(
    'is put right by the guard within two seconds: %s',
    async (what) => {
      const rig = setUp(consistent);
      const { instanceId } = await launch(rig);
      await rig.clock.runFor(120_000);
      rig.sim.breakForwarding(instanceId, { what, guard: 'repairs' });

      expect(instanceIn(rig, instanceId)?.breakage?.what).toBe(what);
      await rig.clock.runFor(2_000);
      expect(instanceIn(rig, instanceId)?.breakage).toBeUndefined();
    },
  );

  test('stays for ever where the guard does not run, and no status check tells', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(120_000);
    rig.sim.breakForwarding(instanceId, { what: 'rules', guard: 'does-not-run' });
    await rig.clock.runFor(3_600_000);

    expect(instanceIn(rig, instanceId)).toMatchObject({ state: 'running', impairments: [] });
    expect(instanceIn(rig, instanceId)?.breakage).toBeDefined();
  });

  test('ends the instance where the guard has tried in vain', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(120_000);
    rig.sim.breakForwarding(instanceId, { what: 'rules', guard: 'gives-up' });
    await rig.clock.runFor(60_000);

    expect(instanceIn(rig, instanceId)).toMatchObject({
      state: expect.stringMatching(/shutting-down|terminated/),
      stateReason: { code: 'Client.InstanceInitiatedShutdown' },
    });
  });

  test('waits for its repair while the machine hangs', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(120_000);
    rig.sim.breakForwarding(instanceId, { what: 'rules', guard: 'repairs' });
    rig.sim.impair(instanceId, 'instance');
    await rig.clock.runFor(10_000);
    expect(instanceIn(rig, instanceId)?.breakage).toBeDefined();
    rig.sim.recover(instanceId);
    await rig.clock.runFor(2_000);
    expect(instanceIn(rig, instanceId)?.breakage).toBeUndefined();
  });
});

describe('a reboot', () => {
  test('takes the operating system down for a while, and neither state, address nor event tells of it', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(120_000);
    const before = instanceIn(rig, instanceId);
    const events: object[] = [];
    rig.sim.onEvent((event) => events.push(event));
    rig.sim.rebootInstance(instanceId);

    const { kernelSince, healthSince, bootedAt, ...lasting } = before ?? {};
    expect([kernelSince, healthSince, bootedAt]).not.toContain(undefined);
    expect(instanceIn(rig, instanceId)).toEqual({ ...lasting, booted: false });
    await rig.clock.runFor(rig.sim.region.behaviour.reboot.maxMs);
    expect(instanceIn(rig, instanceId)).toMatchObject({ ...lasting, booted: true });
    expect(instanceIn(rig, instanceId)?.kernelSince).toBeGreaterThan(kernelSince ?? 0);
    expect(events).toEqual([]);
  });

  test.each([
    ['rules', undefined],
    ['unseen', 'unseen'],
  ] as const)('makes settings and rules anew, and nothing else: %s', async (what, left) => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(120_000);
    rig.sim.breakForwarding(instanceId, { what, guard: 'does-not-run' });
    rig.sim.rebootInstance(instanceId);
    await rig.clock.runFor(rig.sim.region.behaviour.reboot.maxMs);

    expect(instanceIn(rig, instanceId)?.breakage?.what).toBe(left);
  });

  test('mends what hangs', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(120_000);
    rig.sim.impair(instanceId, 'instance');
    rig.sim.rebootInstance(instanceId);

    expect(instanceIn(rig, instanceId)?.impairments).toEqual([]);
  });

  test('is for what runs', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);

    expect(() => rig.sim.rebootInstance(instanceId)).toThrow(/is pending; it must be running/);
  });
});

describe('an interface', () => {
  test('that is a second one comes and goes; the primary one stays', () => {
    const rig = setUp(consistent);
    const host = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
    const second = addForeignInterface(rig.sim, rig.topology, rig.zone.publicSubnetId);
    rig.sim.attachInterface(second, host.instanceId);

    expect(interfaceIn(rig, second)?.attachment).toMatchObject({
      instanceId: host.instanceId,
      deviceIndex: 1,
    });
    expect(() => rig.sim.deleteInterface(second)).toThrow(/is attached/);
    rig.sim.detachInterface(second);
    expect(interfaceIn(rig, second)?.attachment).toBeUndefined();
    expect(() => rig.sim.detachInterface(host.interfaceId)).toThrow(/primary interface: EC2 refuses/);
    rig.sim.deleteInterface(second);
    expect(interfaceIn(rig, second)).toBeUndefined();
  });
});

describe('a subnet', () => {
  test('that is given another table has the routes of that one, and no longer those of its own', async () => {
    const rig = setUp(consistent);
    const { interfaceId } = await launch(rig);
    const [subnetId = '', other = ''] = rig.zone.privateSubnetIds;
    const [own = '', another = ''] = rig.zone.privateRouteTableIds;
    rig.sim.region.store.interfaces.update(interfaceId, (record) => ({ ...record, sourceDestCheck: false }));
    rig.sim.associateAddressElsewhere(rig.zone.allocationId, interfaceId);
    rig.sim.pointRouteAt(own, { kind: 'interface', id: interfaceId });
    await rig.clock.runFor(60_000);
    const served = () => [subnetId, other].map((id) => hasEgress(rig.sim, id).ok);
    const associated = async () => {
      const { RouteTables } = await rig.run(rig.ec2.send(new DescribeRouteTablesCommand({})));
      return [own, another].map((id) =>
        RouteTables?.find((table) => table.RouteTableId === id)?.Associations?.map((entry) => entry.SubnetId),
      );
    };

    expect(served()).toEqual([true, false]);
    rig.sim.reassociate(other, own);
    expect(served()).toEqual([true, true]);
    expect(await associated()).toEqual([[subnetId, other], []]);
    rig.sim.reassociate(subnetId, undefined);
    expect(served()).toEqual([false, true]);
    expect(await associated()).toEqual([[other], []]);
  });
});

describe('a security group', () => {
  test('that is gone can be given to nothing new, until it is back', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    const lost = rig.sim.loseSecurityGroup(rig.topology.securityGroupId);

    await expect(launch(rig)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
    expect(instanceIn(rig, instanceId)?.state).toBe('pending');
    expect(() => rig.sim.loseSecurityGroup(rig.topology.securityGroupId)).toThrow(/has no sg-/);
    lost.restore();
    await expect(launch(rig)).resolves.toBeDefined();
  });
});

describe('an image that never boots', () => {
  const dud = {
    name: 'al2023-ami-2023.13.20261124.0-kernel-6.1-arm64',
    owner: 'amazon',
    architecture: 'arm64',
    createdAt: '2026-11-24T00:00:00Z',
    neverBoots: true,
  } as const;

  test('gives instances that run, never forward, fail the instance check, and are beyond repair', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig, { ImageId: rig.sim.publishImage(dud) });
    await rig.clock.runFor(120_000);
    const state = () => instanceIn(rig, instanceId);

    expect(state()).toMatchObject({ state: 'running', booted: false, impairments: [{ check: 'instance' }] });
    rig.sim.rebootInstance(instanceId);
    rig.sim.recover(instanceId);
    await rig.clock.runFor(120_000);
    expect(state()).toMatchObject({ state: 'running', booted: false, impairments: [{ check: 'instance' }] });
    expect(state()?.impairments[0]).not.toHaveProperty('to');
  });

  test('is nothing to tell from its listing', () => {
    const rig = setUp(consistent);
    const id = rig.sim.publishImage(dud);
    const found = rig.sim.region.store.images.current.get(id);

    expect(found).toMatchObject({ state: 'available', architecture: 'arm64', enaSupport: true });
  });
});
