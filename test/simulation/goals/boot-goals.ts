import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { type Behaviour, packagesFirst } from '../../../simulator/behaviour.ts';
import { primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';
import { formatDuration } from '../report/format-duration.ts';
import type { Goal, Measured } from './goal.ts';

/** A zone that nobody else carries waits for a launch and a boot: what the image adds to that. */
type Boot = { readonly image: string; readonly behaviour: Partial<Behaviour>; readonly mostMs: DurationMs };

const boots: readonly Boot[] = [
  { image: 'a stock image, packages first', behaviour: packagesFirst, mostMs: 2 * minuteMs },
  // The simulator's own range.
  { image: 'a stock image, rules before packages', behaviour: {}, mostMs: 45 * secondMs },
  {
    image: 'an image of one’s own',
    behaviour: { installingPackages: { minMs: 0, maxMs: 0 } },
    mostMs: 40 * secondMs,
  },
];

async function terminated(seed: number, { behaviour, mostMs }: Boot): Promise<Measured> {
  const harness = await settledHarness({
    seed,
    probe: 'on',
    vpc: { zones: 1 },
    settings: { handOverMs: 0 },
    behaviour,
  });
  harness.goLive();
  await harness.clock.runFor(2 * minuteMs + ((seed * 7_919) % minuteMs));
  const { meter, topology } = harness;
  const before = topology.privateSubnetIds.map((id) => [id, meter.outageMs(id)] as const);
  harness.sim.terminateInstance(primaryOf(harness, 'a'));
  await harness.clock.runFor(6 * minuteMs);
  const outageMs = Math.max(...before.map(([id, ms]) => meter.outageMs(id) - ms));
  return { figure: formatDuration(outageMs), worstMs: outageMs, isReached: outageMs <= mostMs };
}

/** One zone, no standby, and EC2 gives a shutdown no time. */
export const bootGoals: readonly Goal[] = boots.map((boot) => ({
  what: `terminated, with nobody beside it: ${boot.image}`,
  must: `${formatDuration(boot.mostMs)} offline`,
  days: 30,
  measure: (seed) => terminated(seed, boot),
}));
