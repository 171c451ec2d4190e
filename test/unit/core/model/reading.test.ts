import { expect, it } from 'vitest';
import {
  hasAnsweredIn,
  hasJustFailed,
  hasWayOutIn,
  isUnheard,
  keptApart,
} from '../../../../shared/core/model/reading.ts';
import { id } from '../a-snapshot.ts';
import { anAnswer, aSecondApart, noWayOut, off, someHealth } from '../some-readings.ts';

it('a probe is unheard until it has said anything', () => {
  expect([undefined, [], aSecondApart(anAnswer(true))].map(isUnheard)).toEqual([false, true, false]);
});

it('an instance has answered whatever it says, and not where what came back is no health', () => {
  const words = [someHealth(), off, 'odd', 'silent', undefined] as const;
  expect(words.map((word) => hasAnsweredIn(anAnswer(true, word)))).toEqual([true, true, false, false, false]);
});

it('the internet is there where an instance says that it forwards and gets out', () => {
  const words = [someHealth(), noWayOut, { ...off, egress: true }, 'silent', undefined] as const;
  expect(words.map((word) => hasWayOutIn(anAnswer(false, word)))).toEqual([true, false, false, false, false]);
});

it('a request has just failed where the latest that was sent did', () => {
  const [passed, failed] = [anAnswer(true), anAnswer(false)];
  const unsent = { ...failed, targets: [] };
  expect(
    [[passed, failed], [failed, unsent], [failed, passed], [unsent], []].map((row) =>
      hasJustFailed(aSecondApart(...row)),
    ),
  ).toEqual([true, true, false, false, false]);
  expect(hasJustFailed(undefined)).toBe(false);
});

it('what other zones’ instances said is kept apart from what the zone’s own said', () => {
  const [own] = anAnswer(true, 'silent').instances;
  const [other] = anAnswer(true, someHealth(), id('instance', 'b1')).instances;
  if (own === undefined || other === undefined) throw new Error('nobody was asked');
  const answer = { ...anAnswer(true), instances: [own, other] };
  const outcome = { kind: 'answered', answer } as const;
  const unknown = { kind: 'unknown', why: 'throttled' } as const;
  const others = [{ instanceId: other.instanceId, privateIp: '10.0.2.5' }];

  expect(keptApart(outcome, others)).toEqual({
    kind: 'answered',
    answer: { ...answer, instances: [own], beside: [other] },
  });
  expect(keptApart(outcome, [])).toBe(outcome);
  expect(keptApart(unknown, others)).toBe(unknown);
});
