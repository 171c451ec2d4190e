import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { publicAddressOf } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { aliveIn, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';

const patienceMs = 3 * minuteMs;

/** Zone a is carried by b's instance, and its own next one has just been launched. */
async function carried(
  zones = 2,
  { graceMs = patienceMs, handOverMs = 2 * minuteMs } = {},
): Promise<{ harness: Harness; carrier: string }> {
  const harness = await settledHarness({
    vpc: { zones },
    probe: 'on',
    settings: { standIn: 'on', handOverMs },
    behaviour: {
      describeLag: { minMs: 0, maxMs: 0 },
      installingPackages: { minMs: 0, maxMs: 0 },
      shutdownGrace: { minMs: graceMs, maxMs: graceMs },
    },
  });
  harness.goLive();
  await harness.clock.runFor(3 * minuteMs);
  const [own, carrier] = [primaryOf(harness, 'a'), primaryOf(harness, 'b')];
  // It hangs: no hold of its own is in the way.
  harness.sim.impair(own, 'instance');
  await harness.until('its next instance is launched', () => aliveIn(harness, 'a').length > 1, 5 * minuteMs);
  return { harness, carrier };
}

/** The longest that the zone's first subnet was offline since. */
function offlineMs(harness: Harness, from: number): number {
  const [zone] = harness.topology.zones;
  const own = harness.meter.outages().filter(({ subnetId }) => subnetId === zone?.privateSubnetIds[0]);
  const now = harness.clock.now();
  return Math.max(
    0,
    ...own.filter(({ to = now }) => to > from).map(({ to = now, from: since }) => to - Math.max(since, from)),
  );
}

const ends: readonly [string, (harness: Harness, id: string) => void][] = [
  ['terminated', (harness, id) => harness.sim.terminateInstance(id)],
  ['stopped', (harness, id) => harness.sim.stopInstance(id)],
  // Of which its own word alone tells, to the next run.
  ['rebooted', (harness, id) => harness.sim.rebootInstance(id)],
];

describe.each([2, 3])('of %i zones, one whose carrier is shut down and holds that', (zones) => {
  it.each(ends)('stays there until its own instance forwards: %s', async (how, end) => {
    const { harness, carrier } = await carried(zones);
    const from = harness.clock.now();
    end(harness, carrier);
    await harness.clock.runFor(8 * minuteMs);

    expect(offlineMs(harness, from)).toBeLessThan(secondMs);
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect(primaryOf(harness, 'a')).not.toBe(carrier);
    for (const { privateSubnetIds, publicIp } of harness.topology.zones) {
      for (const id of privateSubnetIds) expect(publicAddressOf(harness.sim, id)).toBe(publicIp);
    }
    const codes = harness.invocations.flatMap(({ report }) =>
      (report?.zones[0]?.findings ?? []).map(({ code }) => code),
    );
    // A reboot may be seen only when the zone is home.
    if (how !== 'rebooted') expect(codes).toContain('hands-over');
  });
});

describe('one whose carrier was to hold its shutdown, and is not given the time', () => {
  it('is healed hardly later than where nothing is to be held', async () => {
    const times: number[] = [];
    for (const handOverMs of [2 * minuteMs, 0]) {
      const { harness, carrier } = await carried(2, { graceMs: 0, handOverMs });
      const from = harness.clock.now();
      harness.sim.terminateInstance(carrier);
      await harness.clock.runFor(8 * minuteMs);
      times.push(offlineMs(harness, from));
    }
    const [is = 0, was = 0] = times;

    expect(was).toBeGreaterThan(5 * secondMs);
    expect(is).toBeLessThan(was + secondMs);
  });
});
