import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../../shared/core/diagnose/verdict.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { provenBySilence, type SeenBeside } from '../../../../shared/core/neighbours/silence.ts';
import { anInstance, id, now } from '../a-snapshot.ts';
import { anAnswer, aReading, off, someHealth, type Word } from '../some-readings.ts';

const quickly = secondMs / 5;
const begin = now - 3 * secondMs;

/** So many questions within seconds, none of which brings anything but what the instance says. */
function failed(count: number, word: Word = 'silent', apartMs = quickly): Reading[] {
  return Array.from({ length: count }, (_, nth) => aReading(anAnswer(false, word), begin + nth * apartMs));
}

/** And another instance answers the same questions. */
function vouched(count: number, from = begin, apartMs = secondMs / 2, other: Word = someHealth()): Reading[] {
  const answer = anAnswer(false, 'silent');
  const beside = anAnswer(true, other, id('instance', 'b1')).instances;
  return Array.from({ length: count }, (_, nth) => aReading({ ...answer, beside }, from + nth * apartMs));
}

function sought(...heard: readonly boolean[]): SeenBeside {
  return { ...seen, soughtElsewhere: heard.map((isHeard, nth) => ({ askedAt: begin + nth, isHeard })) };
}

function unasked({ askedAt }: Reading): Reading {
  return aReading(anAnswer(false), askedAt);
}

const seen: SeenBeside = { isSuspected: true, passedElsewhereAt: begin };

function kindOf(readings: readonly Reading[], beside: SeenBeside = seen, ageMs = hourMs): string {
  const primary = anInstance('a', { launchedAt: now - ageMs });
  return verdictOf({ readings, primary, isAimed: true, ...beside }, now).kind;
}

describe('the silence of an instance', () => {
  const { tries } = provenBySilence;

  it.each<[string, readonly Reading[], SeenBeside, string]>([
    ['three see it', failed(tries), seen, 'does-not-forward'],
    ['one question less', failed(tries - 1), seen, 'undecided'],
    ['all questions were sent at once', failed(tries, 'silent', 1), seen, 'undecided'],
    ['no neighbour says so', failed(tries), { ...seen, isSuspected: false }, 'undecided'],
    ['nothing is known of neighbours', failed(tries), {}, 'undecided'],
    ['no request passes elsewhere', failed(tries), { isSuspected: true }, 'undecided'],
    ['one did before', failed(tries), { ...seen, passedElsewhereAt: begin - 1 }, 'undecided'],
    ['the instance answers', failed(tries, someHealth()), seen, 'undecided'],
    ['it says that it is broken, over a moment', failed(tries, off), seen, 'undecided'],
    ['its answers are odd', failed(tries, 'odd'), seen, 'undecided'],
    ['it was not asked', failed(tries).map(unasked), seen, 'undecided'],
    [
      'it has answered in between',
      [...failed(2), aReading(anAnswer(false, someHealth()), begin + 2 * quickly), ...failed(tries - 1)],
      seen,
      'undecided',
    ],
    [
      'the latest request passed',
      [...failed(tries), aReading(anAnswer(true, 'silent'), now - 200)],
      seen,
      'forwards',
    ],
  ])('is proof within seconds only where three see it: %s', (_case, readings, beside, kind) => {
    expect(
      kindOf(
        readings.toSorted((a, b) => a.askedAt - b.askedAt),
        beside,
      ),
    ).toBe(kind);
  });

  it.each<[string, readonly Reading[], SeenBeside, string]>([
    ['four times', vouched(4), seen, 'does-not-forward'],
    ['three times', vouched(3), seen, 'undecided'],
    ['three times, and once more it does not', [...vouched(3), ...failed(1, 'silent')], seen, 'undecided'],
    [
      'twice, and its own probe does not hear the other',
      vouched(2),
      sought(false, false),
      'does-not-forward',
    ],
    ['twice at once', vouched(2, begin, 1), sought(false, false), 'undecided'],
    ['thrice, and its own probe was asked once', vouched(3), sought(false), 'undecided'],
    [
      'once of twice',
      [...vouched(1), ...failed(1).map((entry) => ({ ...entry, askedAt: begin + secondMs }))],
      sought(false, false),
      'undecided',
    ],
    ['never, as the suspect', vouched(4, begin, secondMs / 2, 'silent'), sought(false, false), 'undecided'],
    ['four times, while its own probe hears the other', vouched(4), sought(false, true, false), 'undecided'],
    ['four times, and no neighbour says so', vouched(4), { ...seen, isSuspected: false }, 'undecided'],
    ['four times, and no request passes elsewhere', vouched(4), { isSuspected: true }, 'undecided'],
  ])('is proven sooner where the neighbour answers: %s', (_case, readings, beside, kind) => {
    expect(
      kindOf(
        readings.toSorted((a, b) => a.askedAt - b.askedAt),
        beside,
      ),
    ).toBe(kind);
  });

  it('counts what other probes were asked since it began', () => {
    const before = {
      ...seen,
      soughtElsewhere: [true, false, false].map((isHeard, nth) => ({ askedAt: begin + nth - 1, isHeard })),
    };

    expect(kindOf(vouched(3), before)).toBe('does-not-forward');
    expect(kindOf(vouched(3, begin + 1), { ...before, passedElsewhereAt: now })).toBe('undecided');
  });

  it('is none of one that may still be booting', () => {
    expect(kindOf(failed(tries), seen, minuteMs)).toBe('undecided');
  });
});
