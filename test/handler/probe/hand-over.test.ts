import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

const nothingToInstall = { installingPackages: { minMs: 0, maxMs: 0 } };

/** A stack whose instances hold a shutdown for a minute, and an EC2 that lets them for so long. */
async function holding(
  graceMs: number,
  handOverMs = minuteMs,
  settings: Partial<Settings> = {},
): Promise<Harness> {
  return await settledHarness({
    probe: 'on',
    settings: { ...settings, handOverMs },
    behaviour: { ...nothingToInstall, shutdownGrace: { minMs: graceMs, maxMs: graceMs } },
  });
}

/** How long the zone was offline; the meter counts each of its two subnets. */
async function outageOf(harness: Harness, shutDown: (id: string) => void): Promise<number> {
  const before = harness.meter.outageMs();
  harness.goLive();
  shutDown(primaryOf(harness, 'a'));
  await harness.clock.runFor(5 * minuteMs);
  await harness.until('it is settled', () => harness.isSettled(), 10 * minuteMs);
  return (harness.meter.outageMs() - before) / 2;
}

describe('an instance that forwards while it is shut down', () => {
  it.each([
    ['terminated', (harness: Harness) => (id: string) => harness.sim.terminateInstance(id)],
    ['stopped', (harness: Harness) => (id: string) => harness.sim.stopInstance(id)],
  ] as const)('keeps the traffic until its successor forwards, where it is %s', async (_how, shutDown) => {
    const harness = await holding(3 * minuteMs);
    const old = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;

    expect(await outageOf(harness, shutDown(harness))).toBeLessThan(secondMs);
    expect(mutations(harness, from).filter((name) => name === 'RunInstances')).toHaveLength(1);
    expect(aliveIn(harness, 'a')).not.toContain(old);
    const zone = zoneOf(harness.lastReport(), 'a');
    expect(zone).toMatchObject({ health: 'healthy', egress: 'passes' });
    const told = harness.invocations.flatMap(({ report }) =>
      (report?.zones ?? []).map(({ outage }) => outage?.startKnownFrom),
    );
    expect(told).not.toContain('event');
    expect(told).not.toContain('ec2');
  });

  it('has it moved to its neighbour at once where it is rebooted, of which only its own word tells', async () => {
    const harness = await holding(3 * minuteMs, 3 * minuteMs, { standIn: 'on' });

    expect(await outageOf(harness, (id) => harness.sim.rebootInstance(id))).toBeLessThan(secondMs);
    const told = harness.invocations.flatMap(({ report }) => report?.zones ?? []);
    expect(told.flatMap(({ findings }) => findings.map(({ code }) => code))).toContain('stood-in');
  });

  it('is heard by a run that began before it was shut down', async () => {
    const harness = await holding(3 * minuteMs);
    const [old, busy] = [primaryOf(harness, 'a'), primaryOf(harness, 'b')];
    harness.sim.changeEvents({ lostEventProbability: 1 });
    harness.sim.terminateInstance(busy);
    const run = harness.start(stateChange(harness, busy, 'shutting-down'));
    await harness.clock.runFor(12 * secondMs);
    const before = harness.meter.outageMs();
    harness.sim.terminateInstance(old);
    await harness.clock.complete(run);

    expect(zoneOf(harness.lastReport(), 'a').primary?.instanceId).not.toBe(old);
    // A cutover's two round trips, in each of two subnets.
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * secondMs);
  });

  const terminated = (harness: Harness) => outageOf(harness, (id) => harness.sim.terminateInstance(id));

  it('is replaced as soon as ever where EC2 gives it no time', async () => {
    const [is, was] = [await terminated(await holding(0)), await terminated(await holding(0, 0))];

    expect(was).toBeGreaterThan(10 * secondMs);
    expect(is).toBeLessThan(was + secondMs);
  });

  it('is replaced some seconds later where no instance may be launched with a public address', async () => {
    const [held, plain] = [await holding(0), await holding(0, 0)];
    for (const harness of [held, plain]) {
      harness.sim.inject({
        call: 'RunInstances',
        when: ({ NetworkInterfaces = [] }) => NetworkInterfaces[0]?.AssociatePublicIpAddress === true,
        fault: { kind: 'error', code: 'UnauthorizedOperation' },
      });
    }
    const [is, was] = [await terminated(held), await terminated(plain)];

    expect(was).toBeGreaterThan(10 * secondMs);
    expect(is).toBeLessThan(was + 4 * secondMs);
  });

  it('is replaced without a wait for its word where it has ended for certain', async () => {
    const harness = await holding(0);
    const [old, from] = [primaryOf(harness, 'a'), harness.sim.calls.length];
    harness.sim.terminateInstance(old);
    await harness.clock.runFor(5 * secondMs);
    const startedAt = harness.clock.now();
    await harness.invoke(stateChange(harness, old, 'terminated'));
    const moved = harness.sim.calls.slice(from).find(({ name }) => name === 'AssociateAddress');

    expect((moved?.sentAt ?? Number.NaN) - startedAt).toBeLessThan(secondMs);
  });

  it('has its traffic moved once it is silent, though its successor boots: no later than that forwards', async () => {
    const harness = await holding(8 * secondMs);
    const outageMs = await outageOf(harness, (id) => harness.sim.terminateInstance(id));

    expect(outageMs).toBeGreaterThan(secondMs);
    expect(outageMs).toBeLessThan(30 * secondMs);
  });
});
