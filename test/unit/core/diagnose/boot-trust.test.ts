import { describe, expect, it } from 'vitest';
import { bootTrust, heardWithinMs } from '../../../../shared/core/diagnose/boot-trust.ts';
import { viewZone } from '../../../../shared/core/diagnose/zone-view.ts';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import type { BootWord } from '../../../../shared/core/model/boot-word.ts';
import type { ImageChoice } from '../../../../shared/core/model/settings.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { anInstance, codesOf, diagnoseAndPlan, id, now, snapshotOf, someSettings } from '../a-snapshot.ts';

describe('a word of a boot that is not known', () => {
  it('is a mistake of ours, and never trust', () => {
    const odd = { kind: 'odd' } as unknown as BootWord;
    const snapshot = { ...snapshotOf(), bootWords: new Map([[id('instance', 'a1'), odd]]) };

    expect(() => diagnoseAndPlan(snapshot)).toThrow(InvariantViolation);
  });
});

const cannot: BootWord = { kind: 'cannot-forward', why: 'no packages' };
const silent: BootWord = { kind: 'silent' };
const unread: BootWord = { kind: 'unknown', why: 'UnauthorizedOperation' };
const own: ImageChoice = { kind: 'custom', owner: 'self', namePattern: 'nat-*' };
const baked: ImageChoice = { kind: 'custom', owner: 'self', namePattern: 'phoenat/prod/*' };
const foreign: ImageChoice = { kind: 'custom', owner: '123456789012', namePattern: 'phoenat/prod/*' };
const old: ImageChoice = { kind: 'preset', preset: 'amzn-ami-vpc-nat' };
const fck: ImageChoice = { kind: 'preset', preset: 'fck-nat' };
const al2023: ImageChoice = { kind: 'preset', preset: 'al2023' };

function trust(word: BootWord | undefined, ageMs: number, image = al2023, readyTimeoutMs = 10 * minuteMs) {
  const settings = someSettings({ image, readyTimeoutMs });
  const instance = anInstance('a', { launchedAt: now - ageMs });
  const bootWords = new Map(word === undefined ? [] : [[instance.id, word]]);
  const snapshot = { ...snapshotOf({ instances: [instance] }), bootWords };
  const [zone] = settings.zones;
  const sight = zone === undefined ? undefined : viewZone(snapshot, settings, zone);
  if (sight?.kind !== 'seen') throw new Error('zone a is seen');
  const { kind, findings } = bootTrust(sight.view, instance, { settings, now });
  return [kind, ...codesOf({ findings })];
}

describe('an instance whose checks pass', () => {
  it.each<[string, BootWord | undefined, number, ImageChoice, string[]]>([
    ['has not been asked', undefined, 0, al2023, ['trusted']],
    ['forwards by its own word', { kind: 'forwards' }, 0, al2023, ['trusted']],
    ['cannot, by its own word', cannot, hourMs, own, ['failed', 'boot-failed']],
    ['says nothing, and would', silent, 9 * hourMs, al2023, ['waiting', 'boot-unheard']],
    ['says nothing, and would too', silent, 9 * hourMs, fck, ['waiting', 'boot-unheard']],
    ['says nothing, and we have baked its image', silent, 9 * hourMs, baked, ['waiting', 'boot-unheard']],
    ['says nothing, and others have', silent, heardWithinMs, foreign, ['trusted', 'boot-unheard']],
    ['says nothing, and may not be able to', silent, heardWithinMs - 1, own, ['waiting', 'boot-unheard']],
    ['says nothing for long', silent, heardWithinMs, own, ['trusted', 'boot-unheard']],
    ['says nothing, as it has no unit', silent, heardWithinMs, old, ['trusted', 'boot-unheard']],
    ['cannot be heard yet', unread, heardWithinMs - 1, al2023, ['waiting', 'boot-unheard']],
    ['cannot be heard at all', unread, heardWithinMs, al2023, ['trusted', 'boot-unheard']],
  ])('and that %s', (_what, word, ageMs, image, expected) => {
    expect(trust(word, ageMs, image)).toEqual(expected);
  });

  it('is taken before it would be given up as late', () => {
    expect(trust(unread, 90 * secondMs, al2023, 2 * minuteMs)[0]).toBe('trusted');
    expect(trust(unread, 89 * secondMs, al2023, 2 * minuteMs)[0]).toBe('waiting');
  });
});
