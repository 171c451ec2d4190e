import type { Settings } from '../../../shared/core/model/settings.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { publicAddressOf } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';
import type { VpcOptions } from '../../../simulator/topology.ts';
import { formatDuration } from '../report/format-duration.ts';
import type { Goal, Measured } from './goal.ts';
import { stepsOf } from './hang-steps.ts';

/** Two zones whose instances stand in for, and watch, each other; EC2 lets a shutdown take a minute. */
const together: Partial<Settings> = {
  standIn: 'on',
  watch: 'on',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
};
const unheld: Partial<Settings> = { ...together, handOverMs: 0 };
/** One zone, whose neighbour is a standby. */
const oneAndStandby: VpcOptions = { zones: 1, standby: true };
const behaviour = {
  installingPackages: { minMs: 0, maxMs: 0 },
  shutdownGrace: { minMs: minuteMs, maxMs: minuteMs },
};

type Day = { readonly harness: Harness; readonly watched: Watched };

/** What clients of a zone have to do without, and as whom the internet sees them, from now on. */
class Watched {
  readonly #harness: Harness;
  readonly #from: number;
  readonly strangers = new Set<string>();

  constructor(harness: Harness) {
    this.#harness = harness;
    this.#from = harness.clock.now();
    harness.sim.region.store.onChange(() => this.#see());
  }

  #see(): void {
    const { topology, sim } = this.#harness;
    for (const { privateSubnetIds, publicIp } of topology.zones) {
      for (const seen of privateSubnetIds.map((id) => publicAddressOf(sim, id))) {
        if (seen !== undefined && seen !== publicIp) this.strangers.add(seen);
      }
    }
  }

  /** The longest of each private subnet's outages, and all of its outages together. */
  offline(): { readonly longestMs: DurationMs; readonly wholeMs: DurationMs } {
    const { meter, topology, clock } = this.#harness;
    const lengths = topology.privateSubnetIds.map((id) =>
      meter
        .outages()
        .filter(({ subnetId, from }) => subnetId === id && from >= this.#from)
        .map(({ from, to = clock.now() }) => to - from),
    );
    return {
      longestMs: Math.max(0, ...lengths.flat()),
      wholeMs: Math.max(...lengths.map((each) => each.reduce((sum, ms) => sum + ms, 0))),
    };
  }
}

/** Runs begin at the full minute of the schedule, and trouble at any second of it. */
async function settled(
  seed: number,
  settings: Partial<Settings> = together,
  vpc: VpcOptions = {},
): Promise<Day> {
  const harness = await settledHarness({ seed, probe: 'on', settings, behaviour, vpc });
  harness.goLive();
  await harness.clock.runFor(4 * minuteMs + ((seed * 7_919) % minuteMs));
  return { harness, watched: new Watched(harness) };
}

/** A run of the schedule may be under way when the day is over: what is settled, it alone can say. */
async function told({ harness, watched }: Day, mostMs: DurationMs): Promise<Measured> {
  for (let seconds = 0; !harness.isIdle() && seconds < 10; seconds += 1) await harness.clock.runFor(secondMs);
  const { wholeMs } = watched.offline();
  const isSame = watched.strangers.size === 0;
  return {
    figure: `${formatDuration(wholeMs)}, ${isSame ? 'the same address' : 'another address'}`,
    worstMs: wholeMs,
    isReached: wholeMs <= mostMs && isSame && harness.isSettled(),
  };
}

async function hangs(seed: number, vpc: VpcOptions = {}): Promise<Measured> {
  const day = await settled(seed, together, vpc);
  const { sim, clock } = day.harness;
  const hungAt = clock.now();
  sim.impair(primaryOf(day.harness, 'a'), 'instance');
  await clock.runFor(12 * minuteMs);
  const measured = await told(day, 5 * secondMs);
  const steps = stepsOf(day.harness, hungAt, hungAt + day.watched.offline().longestMs);
  return { ...measured, steps };
}

async function goes(
  seed: number,
  settings: Partial<Settings>,
  mostMs: DurationMs,
  vpc: VpcOptions = {},
): Promise<Measured> {
  const day = await settled(seed, settings, vpc);
  const { sim, clock } = day.harness;
  const id = primaryOf(day.harness, 'a');
  if (seed % 2 === 0) sim.terminateInstance(id);
  else sim.stopInstance(id);
  await clock.runFor(12 * minuteMs);
  return await told(day, mostMs);
}

async function goesHome(seed: number): Promise<Measured> {
  const day = await settled(seed);
  const { harness } = day;
  harness.sim.terminateInstance(primaryOf(harness, 'a'));
  await harness.clock.runFor(10 * secondMs);
  const since = { harness, watched: new Watched(harness) };
  const from = harness.sim.calls.length;
  await harness.clock.runFor(12 * minuteMs);
  const isHome = mutations(harness, from).includes('AssociateAddress');
  const measured = await told(since, secondMs / 2);
  return isHome ? measured : { ...measured, figure: 'never', isReached: false };
}

/** As long as the same night takes zones that neither stand in for one another nor hold a shutdown, but for chance. */
async function bothGo(seed: number): Promise<Measured> {
  const apartMs = (seed * 4_057) % minuteMs;
  const play = async (settings: Partial<Settings>) => {
    const day = await settled(seed, settings);
    const { sim, clock } = day.harness;
    sim.terminateInstance(primaryOf(day.harness, 'a'));
    await clock.runFor(apartMs);
    for (const { id, launch, state } of sim.region.store.instances.current.all()) {
      const isNext = launch.availabilityZone === day.harness.topology.zones[1]?.name;
      if (isNext && state === 'running') sim.terminateInstance(id);
    }
    await clock.runFor(15 * minuteMs);
    return day;
  };
  const alone = (await play({ ...unheld, standIn: 'off' })).watched.offline();
  const measured = await told(await play(together), alone.wholeMs + 5 * secondMs);
  return { ...measured, figure: `${measured.figure}; ${formatDuration(alone.wholeMs)} without` };
}

export const standInGoals: readonly Goal[] = [
  {
    what: 'two zones: an instance hangs, and EC2 says nothing',
    must: '5 s offline, the same address',
    days: 30,
    measure: (seed) => hangs(seed),
  },
  {
    what: 'two zones: one is terminated or stopped, with a hand-over',
    must: '1 s offline, the same address',
    days: 30,
    measure: (seed) => goes(seed, { ...together, handOverMs: minuteMs }, secondMs),
  },
  {
    what: 'two zones: the same without a hand-over',
    must: '5 s offline, the same address',
    days: 30,
    measure: (seed) => goes(seed, unheld, 5 * secondMs),
  },
  {
    what: 'two zones: the return home',
    must: '0.5 s offline, the same address',
    days: 30,
    measure: goesHome,
  },
  {
    what: 'two zones: both terminated within a minute',
    must: 'as without stand-ins and hand-over, and 5 s',
    days: 30,
    measure: bothGo,
  },
  {
    what: 'one zone and a standby: an instance hangs, and EC2 says nothing',
    must: '5 s offline, the same address',
    days: 30,
    measure: (seed) => hangs(seed, oneAndStandby),
  },
  {
    what: 'one zone and a standby: terminated or stopped, with a hand-over',
    must: '1 s offline, the same address',
    days: 30,
    measure: (seed) => goes(seed, { ...together, handOverMs: minuteMs }, secondMs, oneAndStandby),
  },
  {
    what: 'one zone and a standby: the same without a hand-over',
    must: '5 s offline, the same address',
    days: 30,
    measure: (seed) => goes(seed, unheld, 5 * secondMs, oneAndStandby),
  },
];
