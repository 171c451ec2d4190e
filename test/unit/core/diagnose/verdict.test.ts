import { describe, expect, it } from 'vitest';
import { backFromTries, failsAtOnce, failsOnTrial } from '../../../../shared/core/diagnose/tried-in-vain.ts';
import {
  bootingMaxMs,
  egressOf,
  natHealthOf,
  provenByRequests,
  readingMaxAgeMs,
  verdictOf,
} from '../../../../shared/core/diagnose/verdict.ts';
import {
  type NatHealth,
  noGuard,
  type ProbeAnswer,
  type Reading,
} from '../../../../shared/core/model/reading.ts';
import { hourMs, secondMs } from '../../../../shared/core/model/time.ts';
import { anInstance, id, now } from '../a-snapshot.ts';
import {
  anAnswer,
  aReading,
  aSecondApart,
  booting,
  noReading,
  noWayOut,
  off,
  someHealth,
  times,
  unresolved,
} from '../some-readings.ts';

const passed = anAnswer(true, someHealth());
const failed = anAnswer(false, someHealth());
const unguarded = anAnswer(false, someHealth({ problems: [{ what: noGuard, forMs: 4_000 }] }));
const silent = anAnswer(false, 'silent');
const toldOff = anAnswer(false, off);
const upstream = anAnswer(false, noWayOut);

function kindOf(readings: readonly Reading[] | undefined, ageMs = hourMs, isAimed = true): string {
  const primary = anInstance('a', { launchedAt: now - ageMs });
  const verdict = verdictOf({ readings, primary, isAimed }, now);
  return verdict.kind === 'does-not-forward' ? `${verdict.kind}: ${verdict.proof}` : verdict.kind;
}

describe('the verdict', () => {
  it.each<[string, readonly Reading[], string]>([
    ['a request passed', times(1, passed), 'forwards'],
    ['a request passed, whatever the instance says', times(3, anAnswer(true, off)), 'forwards'],
    ['one passed after many that failed', aSecondApart(...Array(20).fill(silent), passed), 'forwards'],
    ['nothing was answered yet', [], 'unknown'],
    ['the probe did not tell', [noReading(now - 200)], 'unknown'],
    ['the probe sent no request', times(3, { ...failed, targets: [] }), 'unknown'],
    ['all is too old', [aReading(passed, now - readingMaxAgeMs - 101)], 'unknown'],
    ['one failed', times(1, silent), 'undecided'],
    ['fourteen failed', times(14, silent), 'undecided'],
    [
      'fourteen failed, over a longer time',
      Array.from({ length: 14 }, (_, nth) => aReading(silent, now - 30 * secondMs + nth * 2 * secondMs)),
      'undecided',
    ],
    ['fifteen failed', times(15, silent), 'does-not-forward: requests'],
    ['the instance says that all is well, for half a minute', times(30, failed), 'undecided'],
    ['it says so for longer', times(31, failed), 'does-not-forward: requests'],
    [
      'it notices in time that it has no way out',
      aSecondApart(...Array(27).fill(failed), upstream),
      'undecided',
    ],
    ['and is sure of it', aSecondApart(...Array(27).fill(failed), upstream, upstream, upstream), 'upstream'],
    ['no name is resolved, and the instance gets out', times(11, unresolved(someHealth())), 'upstream'],
    ['the same for less long', times(9, unresolved(someHealth())), 'undecided'],
    [
      'no name is resolved, and it does not answer',
      times(15, unresolved('silent')),
      'does-not-forward: requests',
    ],
    ['no name is resolved, and it does not forward', times(6, unresolved(off)), 'does-not-forward: told'],
    ['its answers are odd', times(15, anAnswer(false, 'odd')), 'does-not-forward: requests'],
    ['it was not asked', times(15, anAnswer(false)), 'does-not-forward: requests'],
    [
      'fifteen failed at once',
      Array.from({ length: 15 }, () => aReading(silent, now - secondMs)),
      'undecided',
    ],
    [
      'fifteen failed, with gaps that are unknown',
      times(15, silent).flatMap((reading) => [reading, noReading(reading.askedAt + 1)]),
      'does-not-forward: requests',
    ],
    ['some of them are too old', times(50, silent).slice(0, 18), 'undecided'],
    ['it says twice that it is off', times(2, toldOff), 'undecided'],
    ['it says it for two seconds', times(3, toldOff), 'undecided'],
    ['it says it for three seconds', times(4, toldOff), 'does-not-forward: told'],
    [
      'its names are not filtered',
      times(5, anAnswer(false, someHealth({ nameFilter: false }))),
      'does-not-forward: told',
    ],
    ['it is well again', aSecondApart(...Array(5).fill(toldOff), failed), 'undecided'],
    ['it has no way out', times(5, upstream), 'undecided'],
    ['it has had no way out for ten seconds', times(11, upstream), 'upstream'],
    ['it has had none for long', times(30, upstream), 'upstream'],
    ['it has just lost its way out', aSecondApart(...Array(20).fill(failed), upstream), 'undecided'],
    ['its latest word was lost', aSecondApart(...Array(15).fill(upstream), silent, silent), 'upstream'],
    [
      'it says that it is well, and its latest word was lost',
      aSecondApart(...Array(20).fill(failed), silent),
      'undecided',
    ],
    [
      'it has died since',
      aSecondApart(...Array(15).fill(upstream), silent, silent, silent),
      'does-not-forward: requests',
    ],
  ])('where %s', (_what, readings, expected) => {
    expect(kindOf(readings)).toBe(expected);
  });

  it.each<[string, ProbeAnswer, number, string]>([
    ['says that it boots', anAnswer(false, booting), bootingMaxMs - 1, 'undecided'],
    ['says nothing yet', silent, bootingMaxMs - 1, 'undecided'],
    ['boots for ever', anAnswer(false, booting), bootingMaxMs, 'does-not-forward: told'],
    ['has never said a word', silent, bootingMaxMs, 'does-not-forward: requests'],
    ['has booted already', toldOff, 20 * secondMs, 'does-not-forward: told'],
  ])('of a new instance that %s', (_what, answer, ageMs, expected) => {
    expect(kindOf(times(20, answer), ageMs)).toBe(expected);
  });

  it('says of a new instance that it is given the time to boot', () => {
    const young = anInstance('a', { launchedAt: now - secondMs });
    const seen = (answer: ProbeAnswer) =>
      verdictOf({ readings: times(2, answer), primary: young, isAimed: true }, now);

    expect(seen(silent)).toMatchObject({ kind: 'undecided', boots: true });
    expect(seen(anAnswer(false, { ...noWayOut, ready: false, milestones: {} }))).toMatchObject({
      boots: true,
    });
    expect(seen(failed)).toMatchObject({ kind: 'undecided', boots: false });
  });

  it('is none where there is no probe, no instance, or where something around it is wrong', () => {
    const none = verdictOf({ readings: times(20, silent), primary: undefined, isAimed: false }, now);

    expect([kindOf(undefined), kindOf(times(20, silent), hourMs, false), none.kind]).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(kindOf(times(1, passed), hourMs, false)).toBe('forwards');
  });

  it('is what the instance says of itself where requests go another way', () => {
    const word = (health: NatHealth) => anAnswer(true, health);
    const verdicts = [
      kindOf(times(4, word(off)), hourMs, false),
      kindOf(times(3, word(off)), hourMs, false),
      kindOf(aSecondApart(...Array(4).fill(word(off)), passed), hourMs, false),
      kindOf(times(4, word(booting)), bootingMaxMs - 1, false),
      kindOf(times(4, toldOff), hourMs, false),
    ];

    expect(verdicts).toEqual([
      'does-not-forward: told',
      'forwards',
      'forwards',
      'forwards',
      'does-not-forward: told',
    ]);
  });

  it.each<[string, readonly Reading[] | undefined, RegExp]>([
    ['no probe', undefined, /has no probe/],
    ['no answer', [], /not answered yet/],
    ['a probe that did not tell', [noReading(now)], /throttled/],
    ['an old answer', [aReading(passed, now - hourMs)], /too old/],
  ])('says why it is unknown: %s', (_what, readings, why) => {
    const verdict = verdictOf({ readings, primary: undefined, isAimed: false }, now);

    expect(verdict).toEqual({ kind: 'unknown', why: expect.stringMatching(why) });
  });

  it.each<[string, ProbeAnswer, string]>([
    ['the instance’s own words', toldOff, 'forwarding is off'],
    ['why it did not answer', silent, 'connect timed out'],
    ['what became of the request', failed, 'https://one.example: timed out'],
    ['the same of one without a guard, which forwards', unguarded, 'https://one.example: timed out'],
  ])('quotes %s', (_what, answer, why) => {
    const verdict = verdictOf({ readings: times(15, answer), primary: anInstance('a'), isAimed: true }, now);

    expect(verdict).toMatchObject({ row: { why, tries: 15, since: now - 100 - 14 * secondMs } });
  });

  it('is hardly ever wrong about a probe that fails one time in three', () => {
    const aDay = 24 * 60;

    expect(aDay * 3 ** -provenByRequests.tries).toBeLessThan(1e-3);
  });
});

describe('what the traffic was just moved to', () => {
  const fails = (readings: readonly Reading[]) =>
    failsOnTrial(verdictOf({ readings, primary: anInstance('a'), isAimed: true }, now), readings);

  it.each<[string, readonly Reading[], boolean]>([
    ['passes', times(1, passed), false],
    ['has failed seven times', times(7, silent), false],
    ['has failed eight times', times(8, silent), true],
    ['has failed as often after one that passed', aSecondApart(passed, ...Array(8).fill(silent)), false],
    ['says three times that it cannot', times(3, toldOff), true],
    ['says so after one that passed', aSecondApart(passed, toldOff, toldOff, toldOff), false],
    ['is not heard of', [], false],
  ])('and %s', (_what, readings, expected) => {
    expect(fails(readings)).toBe(expected);
  });

  it('hardly ever goes back for a probe that fails one time in three', () => {
    // In the first run, and in two more of its two minutes.
    expect(3 * 3 ** -backFromTries).toBeLessThan(1e-3);
  });
});

describe('what a successor was launched for', () => {
  const fails = (readings: readonly Reading[]) =>
    failsAtOnce(verdictOf({ readings, primary: anInstance('a'), isAimed: true }, now));

  it.each<[string, readonly Reading[], boolean]>([
    ['passes', times(1, passed), false],
    ['has failed four times', times(4, silent), false],
    ['has failed five times', times(5, silent), true],
    ['says twice that it cannot', times(2, toldOff), false],
    ['says three times that it cannot', times(3, toldOff), true],
    ['is not heard of', [], false],
  ])('and %s', (_what, readings, expected) => {
    expect(fails(readings)).toBe(expected);
  });
});

describe('egress', () => {
  it.each<[string, readonly Reading[] | undefined, string | undefined]>([
    ['no probe', undefined, undefined],
    ['no answer', [], 'unknown'],
    ['a request that passed', times(1, passed), 'passes'],
    ['two that failed', times(2, failed), 'unknown'],
    ['three that failed', times(3, failed), 'fails'],
    ['two since one passed', aSecondApart(passed, failed, failed), 'unknown'],
    ['one that passed since', aSecondApart(failed, failed, failed, passed), 'passes'],
  ])('with %s', (_what, readings, expected) => {
    expect(egressOf(readings, now)).toBe(expected);
  });
});

describe('an instance’s own word', () => {
  it.each<[string, readonly Reading[] | undefined, boolean]>([
    ['is what it said last', aSecondApart(anAnswer(true, 'silent'), passed), true],
    ['is none where it does not answer any more', aSecondApart(passed, anAnswer(true, 'silent')), false],
    ['outlasts an answer about others', aSecondApart(passed, anAnswer(true)), true],
    ['is none where it is too old', [aReading(passed, now - hourMs)], false],
    ['is none without a probe', undefined, false],
  ])('%s', (_what, readings, isThere) => {
    expect(natHealthOf(readings, id('instance', 'a1'), now) !== undefined).toBe(isThere);
    expect(natHealthOf(readings, id('instance', 'b1'), now)).toBeUndefined();
  });
});
