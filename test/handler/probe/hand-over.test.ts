import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

const nothingToInstall = { installingPackages: { minMs: 0, maxMs: 0 } };

/** A stack whose instances hold a shutdown for a minute, and an EC2 that lets them for so long. */
async function holding(
  graceMs: number,
  handOverMs: number | undefined = minuteMs,
  settings: Partial<Settings> = {},
): Promise<Harness> {
  return await settledHarness({
    probe: 'on',
    settings: { ...settings, ...(handOverMs === undefined ? {} : { handOverMs }) },
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

  it('is replaced as ever where EC2 gives it no time, some seconds later at most', async () => {
    const held = await holding(0);
    const plain = await holding(0, undefined);
    const [is, was] = await Promise.all(
      [held, plain].map((harness) => outageOf(harness, (id) => harness.sim.terminateInstance(id))),
    );

    expect(was).toBeGreaterThan(10 * secondMs);
    expect(is).toBeLessThan((was ?? 0) + 4 * secondMs);
  });

  it('has its traffic moved once it is silent, though its successor boots: no later than that forwards', async () => {
    const harness = await holding(8 * secondMs);
    const outageMs = await outageOf(harness, (id) => harness.sim.terminateInstance(id));

    expect(outageMs).toBeGreaterThan(secondMs);
    expect(outageMs).toBeLessThan(30 * secondMs);
  });
});
