import { describe, expect, it } from 'vitest';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { Verdict } from '../../simulation/play/play-schedule.ts';
import { renderFailure } from '../../simulation/report/render.ts';
import {
  type FaultKind,
  formatVersion,
  parseSchedule,
  type Schedule,
} from '../../simulation/schedule/schedule.ts';
import { maxShrinkingPlays, search, withoutFault } from '../../simulation/search.ts';

const quiet: Verdict = {
  violation: undefined,
  settledAfterMs: 10 * secondMs,
  outages: [],
  hit: 0,
  virtualMs: 0,
  calls: 0,
  changes: 0,
  endedAt: 0,
};

/** A schedule that goes wrong where it has one fault of each of these kinds. */
function brokenBy(...kinds: readonly FaultKind[]) {
  const played: Schedule[] = [];
  const play = async (schedule: Schedule): Promise<Verdict> => {
    played.push(schedule);
    const isBroken = kinds.every((kind) => schedule.faults.some(({ fault }) => fault.kind === kind));
    return isBroken
      ? { ...quiet, violation: { invariant: 'breaker-holds', detail: 'four launches', at: 0 } }
      : quiet;
  };
  return { played, play };
}

const kindsOf = ({ faults }: Schedule) => faults.map(({ fault }) => fault.kind).toSorted();

describe('the search', () => {
  it('ends at the first schedule that breaks an invariant, and leaves of it what is needed', async () => {
    const { play, played } = brokenBy('instance-hung', 'pause');

    const { schedules, failure } = await search({ seed: 1, schedules: 5_000, lookFor: 'any' }, play);

    expect(failure?.nth).toBe(schedules);
    expect(failure && kindsOf(failure.schedule)).toEqual(['instance-hung', 'pause']);
    expect(played.length).toBeGreaterThan(schedules);
  });

  it('makes it smaller only so many times', async () => {
    // Every twentieth play of a long schedule breaks it, whatever was left out: there is always more to try.
    let plays = 0;
    const play = async ({ faults }: Schedule): Promise<Verdict> => {
      plays += 1;
      return plays % 20 === 0 && faults.length > 14
        ? { ...quiet, violation: { invariant: 'breaker-holds', detail: 'four launches', at: 0 } }
        : quiet;
    };

    const { schedules, failure } = await search({ seed: 7, schedules: 200, lookFor: 'any' }, play);

    const maxIdleFaultPlays = 2 * 30;
    expect(failure).toBeDefined();
    expect(plays - schedules).toBeGreaterThan(maxShrinkingPlays);
    expect(plays - schedules).toBeLessThanOrEqual(maxShrinkingPlays + maxIdleFaultPlays);
  });

  it('prints the seed, the story and a schedule that can be played again', async () => {
    const { play } = brokenBy('instance-hung');
    const { failure } = await search({ seed: 7, schedules: 5_000, lookFor: 'any' }, play);
    if (failure === undefined) throw new Error('nothing was found');

    const drawn = ['--stand-ins'];
    const told = renderFailure(failure, { seed: 7, schedules: 5_000, file: 'failure.json', drawn });

    expect(told).toContain('breaker-holds: four launches');
    expect(told).toMatch(/ {2}1\. after .*: instance-hung \(zone 0, pick carrier\)/);
    expect(told).toContain('--replay failure.json --trace');
    expect(told).toContain('--seed 7 --schedules 5000 --stand-ins');
    expect(told).toMatch(/shutdownGrace \d+ to \d+ s/);
    expect(parseSchedule(JSON.stringify(failure.schedule), 'failure.json')).toEqual(failure.schedule);
    expect(failure.schedule.version).toBe(formatVersion);
  });

  it('plays first what is known to break, as it is drawn in its turn', async () => {
    const inTurn = brokenBy('instance-hung', 'pause');
    const known = brokenBy('instance-hung', 'pause');
    const lookFor = ['breaker-holds'] as const;
    const { failure } = await search({ seed: 1, schedules: 5_000, lookFor }, inTurn.play);
    if (failure === undefined) throw new Error('nothing was found');

    const tally = await search({ seed: 1, schedules: 5_000, lookFor, firstNth: failure.nth }, known.play);

    expect(failure.nth).toBeGreaterThan(1);
    expect(known.played).toEqual([failure.schedule]);
    expect(tally.failure).toEqual(failure);
  });

  it('plays all others where that breaks nothing any more', async () => {
    const inTurn = brokenBy('instance-hung', 'pause');
    const outOfDate = brokenBy('instance-hung', 'pause');
    const lookFor = ['breaker-holds'] as const;
    const wanted = { seed: 1, schedules: 5_000, lookFor };

    const { failure } = await search(wanted, inTurn.play);
    const tally = await search({ ...wanted, firstNth: 1 }, outOfDate.play);

    expect(tally.failure).toEqual(failure);
    expect(outOfDate.played).toEqual([inTurn.played[0], ...inTurn.played]);
  });

  it('passes over an invariant that it does not look for, and counts every schedule', async () => {
    const everySchedule = brokenBy();
    const { failure, schedules, settledAfterMs } = await search(
      { seed: 1, schedules: 5, lookFor: ['paused-is-left-alone'] },
      everySchedule.play,
    );

    expect(failure).toBeUndefined();
    expect([schedules, settledAfterMs.length]).toEqual([5, 5]);
  });

  it('leaves the moments of the other faults alone when it drops one', async () => {
    const { play } = brokenBy('instance-hung', 'pause', 'resume');
    const { failure } = await search({ seed: 1, schedules: 50_000, lookFor: 'any' }, play);
    if (failure === undefined) throw new Error('nothing was found');
    const { schedule } = failure;
    const moments = ({ faults }: Schedule) => {
      let at = 0;
      return faults.map(({ afterMs, fault }) => {
        at += afterMs;
        return { at, fault };
      });
    };
    const delayed = { ...schedule, faults: schedule.faults.map((timed) => ({ ...timed, afterMs: 1_000 })) };

    const kept = moments(withoutFault(delayed, 1));

    expect(kept).toEqual([moments(delayed)[0], moments(delayed)[2]]);
  });
});
