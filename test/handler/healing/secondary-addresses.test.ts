import { describe, expect, it } from 'vitest';
import { publicAddressOf } from '../../../simulator/data-plane.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import {
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

const names = {
  clientCidrs: ['10.0.0.0/16'],
  traffic: 'web',
  allowList: [],
  allowedDomains: ['example.com'],
} as const;
const ready = { settings: { standIn: 'on' } } as const;

function secondariesOf({ sim }: Harness): number[] {
  const attached = sim.region.store.interfaces.current.all().filter(({ attachment }) => attachment);
  return attached.map(({ secondaryIps }) => secondaryIps.length);
}

function launched({ sim }: Harness, zone: string) {
  const instances = sim.region.store.instances.current.all();
  const found = instances.find(({ state, tags }) => state === 'running' && tags['phoenat:zone'] === zone);
  if (found === undefined) throw new Error(`nothing runs in zone ${zone}`);
  return found;
}

describe('with stand-ins', () => {
  it('each instance has one secondary address from its launch on, and knows the other zones', async () => {
    const harness = await settledHarness(ready);

    expect(secondariesOf(harness)).toEqual([1, 1]);
    expect(mutations(harness)).not.toContain('AssignPrivateIpAddresses');
    const [a, b] = ['a', 'b'].map((zone) => launched(harness, zone));
    expect([a?.launch.otherCidrs, b?.launch.otherCidrs]).toEqual([
      ['10.0.120.0/24', '10.0.121.0/24'],
      ['10.0.100.0/24', '10.0.101.0/24'],
    ]);
    expect([a?.standInIp, b?.standInIp]).toEqual([expect.any(String), expect.any(String)]);
  });

  it('so has one that is launched in a failover, and its candidate in a rebuild', async () => {
    const harness = await settledHarness(ready);
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    await harness.clock.runFor(60_000);
    expect(launched(harness, 'a').standInIp).toEqual(expect.any(String));

    await harness.invoke({ action: 'rebuild', zone: 'b' });
    await harness.clock.runFor(60_000);
    expect(secondariesOf(harness).every((count) => count === 1)).toBe(true);
  });

  it('one that has none yet is given one, once, and nothing is replaced for it', async () => {
    const harness = await settledHarness(ready);
    const { interfaces } = harness.sim.region.store;
    for (const { id } of interfaces.current.all())
      interfaces.update(id, (record) => ({ ...record, secondaryIps: [] }));
    await harness.clock.runFor(10_000);
    const before = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, before)).toEqual(['AssignPrivateIpAddresses', 'AssignPrivateIpAddresses']);
    expect(report?.outcome).toBe('settled');
    await harness.clock.runFor(60_000);
    const after = harness.sim.calls.length;
    await harness.invoke(harness.scheduledEvent());
    expect(mutations(harness, after)).toEqual([]);
  });

  it('where EC2 has no room for a second address a finding says so, and nobody is called', async () => {
    const harness = await settledHarness(ready);
    const { interfaces } = harness.sim.region.store;
    for (const { id } of interfaces.current.all()) {
      interfaces.update(id, (record) => ({ ...record, secondaryIps: [] }));
    }
    const code = 'InsufficientFreeAddressesInSubnet';
    harness.sim.inject({ call: 'AssignPrivateIpAddresses', fault: { kind: 'error', code } });
    await harness.clock.runFor(10_000);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(report?.outcome).toBe('settled');
    expect(zoneOf(report, 'a').findings.map((finding) => finding.code)).toEqual(['no-second-address']);
  });

  it.each(['CreateNetworkInterface', 'RunInstances'] as const)(
    'a launch goes on with one address where %s finds no room for two',
    async (call) => {
      const harness = new Harness(ready);
      harness.sim.inject({
        call,
        when: (input) => JSON.stringify(input).includes('SecondaryPrivateIpAddressCount'),
        fault: { kind: 'error', code: 'InsufficientFreeAddressesInSubnet' },
      });
      await harness.invoke(harness.scheduledEvent());
      await harness.clock.runFor(240_000);
      if (call === 'RunInstances') {
        await harness.invoke({ action: 'rebuild', zone: 'a' });
        await harness.clock.runFor(240_000);
      }
      const report = await harness.invoke(harness.scheduledEvent());

      expect(zoneOf(report, 'a').health).toBe('healthy');
      for (const { privateSubnetIds, publicIp } of harness.topology.zones) {
        for (const subnetId of privateSubnetIds)
          expect(publicAddressOf(harness.sim, subnetId)).toBe(publicIp);
      }
    },
  );
});

it.each([
  ['with one zone', { vpc: { zones: 1 }, ...ready }],
  ['without stand-ins', {}],
  ['where names are filtered', { settings: { standIn: 'on', egress: names } }],
] as const)('%s no instance has a secondary address', async (_case, options) => {
  const harness = await settledHarness(options);

  expect(secondariesOf(harness).every((count) => count === 0)).toBe(true);
  expect(launched(harness, 'a').launch.otherCidrs).toEqual([]);
});
