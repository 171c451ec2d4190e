import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { buildReport } from '../../../../shared/core/report/build-report.ts';
import { id, now } from '../a-snapshot.ts';
import { type Changes, own, scene } from '../a-stand-in.ts';
import { input } from './a-report.ts';

const b1 = id('instance', 'b1');
const since = new Date(now - minuteMs).toISOString();

function zonesOf(changes: Changes) {
  const { diagnoses, context } = scene(changes);
  return buildReport(input({ diagnoses, plans: plan(diagnoses, context) })).zones;
}

describe('a report', () => {
  it('says who stands in for whom, and since when', () => {
    const [a, b, c] = zonesOf({
      isCarried: true,
      addressOfA: { stoodIn: { by: b1, at: now - minuteMs } },
    });

    expect(a?.standIn).toEqual({ instanceId: b1, zone: 'b', since });
    expect(a?.findings.find(({ code }) => code === 'stood-in')?.detail).toContain(`since ${since}`);
    expect(b).toMatchObject({ health: 'healthy', standsInFor: ['a'] });
    expect([a?.standsInFor, b?.standIn, c?.standIn, c?.standsInFor]).toEqual(Array(4).fill(undefined));
  });

  it.each([
    ['there is none', undefined],
    ['it tells of another instance', { by: own.id, at: now - minuteMs }],
    ['it tells of the future', { by: b1, at: now + minuteMs }],
  ])('leaves the time out where, of the note, %s', (_what, stoodIn) => {
    const [a] = zonesOf({ isCarried: true, ...(stoodIn === undefined ? {} : { addressOfA: { stoodIn } }) });

    expect(a?.standIn).toEqual({ instanceId: b1, zone: 'b' });
    expect(a?.findings.find(({ code }) => code === 'stood-in')?.detail).not.toContain('since');
  });

  it('of a paused zone that its neighbour carries calls nobody: its traffic flows', () => {
    const outcomeOf = (isCarried: boolean) => {
      const { diagnoses, context } = scene({ isCarried, addressOfA: { pausedSince: since } });
      return buildReport(input({ diagnoses, plans: plan(diagnoses, context) })).outcome;
    };

    expect(outcomeOf(true)).toBe('waiting');
    expect(outcomeOf(false)).toBe('attention');
  });
});
