import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../../shared/core/diagnose/verdict.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { provenBySilence, type SeenBeside } from '../../../../shared/core/neighbours/silence.ts';
import { anInstance, now } from '../a-snapshot.ts';
import { anAnswer, aReading, off, someHealth, type Word } from '../some-readings.ts';

const quickly = secondMs / 5;
const begin = now - 3 * secondMs;

/** So many questions within seconds, none of which brings anything but what the instance says. */
function failed(count: number, word: Word = 'silent', apartMs = quickly): Reading[] {
  return Array.from({ length: count }, (_, nth) => aReading(anAnswer(false, word), begin + nth * apartMs));
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

  it('is none of one that may still be booting', () => {
    expect(kindOf(failed(tries), seen, minuteMs)).toBe('undecided');
  });
});
