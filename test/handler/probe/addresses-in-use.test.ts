import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { addForeignInstance } from '../../../simulator/bystanders.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { primaryOf, settledHarness, stateChange } from '../../../simulator/harness/settled-harness.ts';

type Client = { readonly zone: string | undefined; readonly privateIp: string };

/** A settled account of so many zones with a client in each private subnet. */
async function withClients(zones: number, settings: Partial<Settings> = {}, standby = false) {
  const harness = await settledHarness({
    vpc: { zones, standby },
    settings: { keepConnections: 'all', ...settings },
    probe: 'on',
  });
  const { sim, topology } = harness;
  const clients: Client[] = topology.zones.flatMap(({ privateSubnetIds }, nth) =>
    privateSubnetIds.map((subnetId) => {
      const { interfaceId } = addForeignInstance(sim, topology, subnetId);
      const privateIp = sim.region.store.interfaces.current.get(interfaceId)?.privateIp ?? '';
      return { zone: 'abc'[nth], privateIp };
    }),
  );
  return { harness, clientsIn: (...names: string[]) => addressesIn(clients, names) };
}

function addressesIn(clients: readonly Client[], zones: readonly string[]): string[] {
  return clients
    .filter(({ zone = '' }) => zones.includes(zone))
    .map(({ privateIp }) => privateIp)
    .toSorted();
}

function listings({ sim }: Harness): number {
  return sim.calls.filter(({ name, input }) => {
    const filters = JSON.stringify(input);
    return name === 'DescribeNetworkInterfaces' && filters.includes('subnet-id');
  }).length;
}

/** A zone's instance dies, and the schedule goes on for some minutes. */
async function lose(harness: Harness, zone: string): Promise<void> {
  harness.sim.terminateInstance(primaryOf(harness, zone));
  await harness.clock.runFor(minuteMs);
  for (let minute = 0; minute < 4; minute += 1) {
    await harness.invoke(harness.scheduledEvent());
    await harness.clock.runFor(minuteMs);
  }
}

function told({ probes }: Harness, instance: string): string[] | undefined {
  return probes.inUse(instance)?.toSorted();
}

describe('which addresses are in use', () => {
  it('is told to an instance that has taken the place of another one', async () => {
    const { harness, clientsIn } = await withClients(1);
    await lose(harness, 'a');

    expect(told(harness, primaryOf(harness, 'a'))).toEqual(clientsIn('a'));
  });

  it('is told to one that carries another zone as well, of that zone and its own, and no third one', async () => {
    const { harness, clientsIn } = await withClients(3, { standIn: 'on' });
    const before = Object.fromEntries(['a', 'b', 'c'].map((zone) => [zone, primaryOf(harness, zone)]));
    harness.sim.terminateInstance(before['a'] ?? '');
    await harness.clock.runFor(2_000);
    harness.start(stateChange(harness, before['a'] ?? '', 'shutting-down')).catch(() => undefined);
    await harness.clock.runFor(20_000);
    const carriers = ['b', 'c'].filter((zone) =>
      clientsIn('a').every((client) => told(harness, before[zone] ?? '')?.includes(client)),
    );

    expect(carriers).toHaveLength(1);
    const [carrier = ''] = carriers;
    expect(told(harness, before[carrier] ?? '')).toEqual(clientsIn('a', carrier));
  });

  it('is asked of EC2 no more once it is told, and never where clients are not asked', async () => {
    const { harness } = await withClients(1);
    await lose(harness, 'a');
    const asked = listings(harness);
    await harness.invoke(harness.scheduledEvent());
    expect([asked > 0, listings(harness) - asked]).toEqual([true, 0]);

    const other = await withClients(1, { keepConnections: 'senders' });
    await lose(other.harness, 'a');
    expect(listings(other.harness)).toBe(0);
  });

  it('is told to no standby before it carries the zone, for which EC2 would be asked about no subnet', async () => {
    const { harness, clientsIn } = await withClients(1, {}, true);
    const standby = primaryOf(harness, 'standby');
    for (let minute = 0; minute < 3; minute += 1) {
      await harness.invoke(harness.scheduledEvent());
      await harness.clock.runFor(minuteMs);
    }
    const empty = harness.sim.calls.filter(({ input }) => JSON.stringify(input).includes('"Values":[]'));
    expect([empty.length, told(harness, standby)]).toEqual([0, undefined]);

    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(2_000);
    harness.start(stateChange(harness, dead, 'shutting-down')).catch(() => undefined);
    await harness.clock.runFor(20_000);
    expect(told(harness, standby)).toEqual(clientsIn('a'));
  });

  it('is not known where EC2 does not say: everything else goes on, and the log says why', async () => {
    const { harness } = await withClients(1);
    harness.sim.inject({
      call: 'DescribeNetworkInterfaces',
      when: (input) => JSON.stringify(input).includes('subnet-id'),
      fault: { kind: 'error', code: 'UnauthorizedOperation' },
    });
    await lose(harness, 'a');

    expect(told(harness, primaryOf(harness, 'a'))).toBeUndefined();
    expect(harness.lastReport()?.outcome).toBe('settled');
    // A few in each of the minutes in which clients are asked.
    expect(listings(harness)).toBeLessThan(30);
  });
});
