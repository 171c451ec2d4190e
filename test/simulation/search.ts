import fc from 'fast-check';
import type { DurationMs } from '../../shared/core/model/time.ts';
import type { Violation } from './checker/checker.ts';
import type { InvariantName } from './checker/invariants.ts';
import { playSchedule, type Verdict } from './play/play-schedule.ts';
import type { OutageSample } from './report/outage-statistics.ts';
import {
  anyOfLanes,
  anyOfNeighbours,
  anyOfNoNeighbours,
  anyOfStandbys,
  anySchedule,
  comesWithLoss,
  oneFault,
  withoutProbes,
} from './schedule/draw-schedule.ts';
import type { BootImage, FaultKind, Schedule } from './schedule/schedule.ts';

/** What some schedules came to, as plain data: it travels between threads. */
export type Tally = {
  readonly schedules: number;
  readonly faults: number;
  /** Faults that met something to do harm to. */
  readonly hit: number;
  readonly calls: number;
  readonly changes: number;
  readonly virtualMs: DurationMs;
  readonly settledAfterMs: readonly DurationMs[];
  readonly failure: Failure | undefined;
};

export type Failure = {
  /** As it was drawn, counted from 1 within its block, and what was left of it. */
  readonly nth: number;
  readonly schedule: Schedule;
  readonly violation: Violation;
  readonly shrinks: number;
};

export type Search = {
  readonly seed: number;
  readonly schedules: number;
  /**
   * `any`: every invariant counts, and a failure is made as small as possible, which takes some hundred more plays. A list:
   * a controller that is broken on purpose must be killed by one of these.
   */
  readonly lookFor: 'any' | readonly InvariantName[];
  /** Absent: two schedules in three have them. */
  readonly probes?: boolean;
  /** Only stacks whose zones stand in for one another, or none; with a standby, or of lanes. Absent: one in three does. */
  readonly standIns?: boolean | 'standby' | 'lanes' | undefined;
  /** This one of them, counted from 1, is played before all others, which are played only where it breaks nothing. */
  readonly firstNth?: number;
};

class Broken extends Error {
  readonly schedule: Schedule;
  readonly violation: Violation;

  constructor(schedule: Schedule, violation: Violation) {
    super(`${violation.invariant}: ${violation.detail}`);
    this.schedule = schedule;
    this.violation = violation;
  }
}

type PlaySchedule = (schedule: Schedule) => Promise<Verdict>;

/**
 * How often a failure is played to make it smaller. A long schedule can be made smaller in more ways than anybody has time
 * for, and one that is not quite the smallest tells its story, too.
 */
export const maxShrinkingPlays = 300;

/** Draws and plays schedules until one breaks an invariant, or all are played. The same seed draws the same ones. */
export async function search(wanted: Search, play: PlaySchedule = playSchedule): Promise<Tally> {
  const { firstNth, schedules } = wanted;
  if (firstNth !== undefined && firstNth <= schedules) {
    const tally = await searchFrom(firstNth, { ...wanted, schedules: 1 }, play);
    if (tally.failure !== undefined) return tally;
  }
  return searchFrom(1, wanted, play);
}

/** This one alone. */
export async function searchKept(schedule: Schedule, lookFor: Search['lookFor']): Promise<Tally> {
  return tallyOf(schedule, await playSchedule(schedule), lookFor);
}

/** So many schedules, beginning with the nth that the seed draws. */
async function searchFrom(
  nth: number,
  { seed, schedules, lookFor, probes = true, standIns }: Search,
  play: PlaySchedule,
): Promise<Tally> {
  let tally = nothingYet;
  let shrinkingPlays = 0;
  const drawn = drawnWith(standIns);
  const property = fc.asyncProperty(probes ? drawn : withoutProbes(drawn), async (schedule) => {
    const isShrinking = tally.failure !== undefined;
    if (isShrinking && ++shrinkingPlays > maxShrinkingPlays) return;
    const verdict = await play(schedule);
    if (!isShrinking) tally = addUp([tally, tallyOf(schedule, verdict, lookFor)]);
    // Another invariant would be another story.
    const found = tally.failure?.violation.invariant;
    if (isLookedFor(verdict.violation, lookFor) && verdict.violation.invariant === found) {
      throw new Broken(schedule, verdict.violation);
    }
  });
  const endOnFailure = lookFor !== 'any';
  const path = nth === 1 ? '' : `${nth - 1}`;
  const details = await fc.check(property, { seed, path, numRuns: schedules, endOnFailure });
  const found = details.errorInstance;
  if (!details.failed) return tally;
  if (!(found instanceof Broken)) throw found;
  const smallest = lookFor === 'any' ? await withoutIdleFaults(found, play) : found;
  const { schedule, violation } = smallest;
  return {
    ...tally,
    failure: { nth: nth - 1 + details.numRuns, schedule, violation, shrinks: details.numShrinks },
  };
}

function drawnWith(standIns: Search['standIns']): typeof anySchedule {
  if (standIns === undefined) return anySchedule;
  if (standIns === 'standby') return anyOfStandbys;
  if (standIns === 'lanes') return anyOfLanes;
  return standIns ? anyOfNeighbours : anyOfNoNeighbours;
}

/**
 * Leaves out every fault that is not needed. Delays are from fault to fault, so the library cannot drop one without
 * moving all later ones; here its delay goes to the next.
 */
async function withoutIdleFaults(found: Broken, play: PlaySchedule): Promise<Broken> {
  for (const nth of found.schedule.faults.keys()) {
    const schedule = withoutFault(found.schedule, nth);
    const { violation } = await play(schedule);
    if (violation?.invariant === found.violation.invariant) {
      return withoutIdleFaults(new Broken(schedule, violation), play);
    }
  }
  return found;
}

export function withoutFault({ faults, ...rest }: Schedule, nth: number): Schedule {
  const delayMs = faults[nth]?.afterMs ?? 0;
  const left = faults.map((timed, at) =>
    at === nth + 1 ? { ...timed, afterMs: timed.afterMs + delayMs } : timed,
  );
  return { ...rest, faults: left.filter((_timed, at) => at !== nth) };
}

const nothingYet: Tally = {
  schedules: 0,
  faults: 0,
  hit: 0,
  calls: 0,
  changes: 0,
  virtualMs: 0,
  settledAfterMs: [],
  failure: undefined,
};

function isLookedFor(violation: Violation | undefined, lookFor: Search['lookFor']): violation is Violation {
  return (
    violation !== undefined && (lookFor === 'any' || lookFor.some((name) => name === violation.invariant))
  );
}

function tallyOf(schedule: Schedule, verdict: Verdict, lookFor: Search['lookFor']): Tally {
  const { violation, hit, calls, changes, virtualMs, settledAfterMs } = verdict;
  return {
    schedules: 1,
    faults: schedule.faults.length,
    hit,
    calls,
    changes,
    virtualMs,
    settledAfterMs: settledAfterMs === undefined ? [] : [settledAfterMs],
    failure: isLookedFor(violation, lookFor) ? { nth: 1, schedule, violation, shrinks: 0 } : undefined,
  };
}

/** Counts from the first block to fail, so that the same seed tells of the same failure on any number of cores. */
export function addUp(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    schedules: sum(({ schedules }) => schedules),
    faults: sum(({ faults }) => faults),
    hit: sum(({ hit }) => hit),
    calls: sum(({ calls }) => calls),
    changes: sum(({ changes }) => changes),
    virtualMs: sum(({ virtualMs }) => virtualMs),
    settledAfterMs: tallies.flatMap(({ settledAfterMs }) => settledAfterMs),
    failure: tallies.find(({ failure }) => failure !== undefined)?.failure,
  };
}

/** What one fault of this kind costs, in so many worlds on an ordinary day. */
export async function sampleOutages(
  kind: FaultKind,
  image: BootImage,
  seed: number,
  schedules: number,
): Promise<OutageSample[]> {
  const samples: OutageSample[] = [];
  for (const schedule of fc.sample(oneFault(kind, image), { seed, numRuns: schedules })) {
    const verdict = await playSchedule(schedule);
    if (verdict.violation !== undefined) {
      const { message } = new Broken(schedule, verdict.violation);
      throw new Error(`${message}; the schedule, to be played with --replay: ${JSON.stringify(schedule)}`);
    }
    if (verdict.hit === schedule.faults.length) {
      samples.push({ kind: labelOf(kind, schedule), seed: schedule.seed, outageMs: longest(verdict) });
    }
  }
  return samples;
}

/** What is alike in nothing but its name gets a row of its own. */
function labelOf(kind: FaultKind, { faults }: Schedule): string {
  const fault = faults.find((timed) => timed.fault.kind === kind)?.fault;
  const isImmediate = fault?.kind === 'rebuild' && fault.immediate;
  const isDud = fault?.kind === 'image-published' && !fault.boots;
  const label = isImmediate ? 'immediate rebuild' : isDud ? 'image published that never boots' : kind;
  return comesWithLoss(kind) ? `instance-terminated + ${label}` : label;
}

/** Of the private subnet that was offline most, all its outages together. */
function longest({ outages, endedAt }: Verdict): DurationMs {
  const bySubnet = new Map<string, DurationMs>();
  for (const { subnetId, from, to } of outages) {
    bySubnet.set(subnetId, (bySubnet.get(subnetId) ?? 0) + (to ?? endedAt) - from);
  }
  return Math.max(0, ...bySubnet.values());
}
