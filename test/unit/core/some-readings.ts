import type { InstanceId } from '../../../shared/core/model/ids.ts';
import type { InstanceAnswer, NatHealth, ProbeAnswer, Reading } from '../../../shared/core/model/reading.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { id, now } from './a-snapshot.ts';

/** What an instance that forwards says of itself. */
export function someHealth(changes: Partial<NatHealth> = {}): NatHealth {
  return {
    ready: true,
    forwarding: true,
    masquerade: true,
    filter: true,
    egress: true,
    problems: [],
    uptimeMs: 10 * minuteMs,
    milestones: { forwarding: 9_000 },
    ...changes,
  };
}

export const off = someHealth({
  ready: false,
  forwarding: false,
  problems: [{ what: 'forwarding is off', forMs: 4_000 }],
});
export const noWayOut = someHealth({ egress: false });
export const booting = someHealth({ ready: false, forwarding: false, milestones: {} });

/** `silent`: it was asked, and nothing came back. */
export type Word = NatHealth | 'silent' | 'odd' | undefined;

export function anAnswer(
  passed: boolean,
  word?: Word,
  about: InstanceId = id('instance', 'a1'),
): ProbeAnswer {
  return {
    targets: [
      {
        target: 'https://one.example',
        tookMs: 50,
        result: passed ? { kind: 'answered', status: 204 } : { kind: 'failed', why: 'timed out' },
      },
    ],
    instances: word === undefined ? [] : [{ instanceId: about, tookMs: 5, result: resultOf(word) }],
  };
}

function resultOf(word: Exclude<Word, undefined>): InstanceAnswer['result'] {
  switch (word) {
    case 'silent':
      return { kind: 'no-answer', why: 'connect timed out' };
    case 'odd':
      return { kind: 'odd', why: 'not JSON' };
    default:
      return { kind: 'answered', health: word };
  }
}

export function aReading(answer: ProbeAnswer, askedAt: number): Reading {
  return { askedAt, answeredAt: askedAt + 100, outcome: { kind: 'answered', answer } };
}

export function noReading(askedAt: number): Reading {
  return { askedAt, answeredAt: askedAt + 100, outcome: { kind: 'unknown', why: 'throttled' } };
}

/** One answer a second, the last of them now. */
export function aSecondApart(...answers: readonly ProbeAnswer[]): Reading[] {
  return answers.map((answer, nth) => aReading(answer, now - 100 - (answers.length - 1 - nth) * secondMs));
}

/** As often as that, one a second. */
export function times(count: number, answer: ProbeAnswer): Reading[] {
  return aSecondApart(...Array.from({ length: count }, () => answer));
}

/** No name was resolved, whatever the instance says. */
export function unresolved(word: Word, about?: InstanceId): ProbeAnswer {
  const answer = anAnswer(false, word, about);
  const result = { kind: 'failed', why: 'getaddrinfo EAI_AGAIN one.example' } as const;
  return { ...answer, targets: answer.targets.map((target) => ({ ...target, result })) };
}
