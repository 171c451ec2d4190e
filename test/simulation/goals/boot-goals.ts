import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';
import type { Range } from '../../../simulator/random.ts';
import { formatDuration } from '../report/format-duration.ts';
import type { Goal, Measured } from './goal.ts';

/** A zone that nobody else carries waits for a launch and a boot: what the image adds to that. */
type Boot = { readonly image: string; readonly added: Range; readonly mostMs: DurationMs };

const boots: readonly Boot[] = [
  // The simulator's own range, for a stock image whose packages come first.
  {
    image: 'a stock image, packages first',
    added: { minMs: 30 * secondMs, maxMs: 90 * secondMs },
    mostMs: 2 * minuteMs,
  },
  // An emulated machine takes six of its seconds more from a stock image than from one of one's own (test:vm --boots).
  {
    image: 'a stock image, rules before packages',
    added: { minMs: secondMs, maxMs: 7 * secondMs },
    mostMs: 45 * secondMs,
  },
  { image: 'an image of one’s own', added: { minMs: 0, maxMs: 0 }, mostMs: 40 * secondMs },
];

async function terminated(seed: number, { added, mostMs }: Boot): Promise<Measured> {
  const harness = await settledHarness({
    seed,
    probe: 'on',
    vpc: { zones: 1 },
    settings: { handOverMs: 0 },
    behaviour: { installingPackages: added },
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
