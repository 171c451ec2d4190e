import { describe, expect, it } from 'vitest';
import type { Trigger } from '../../../../shared/core/model/trigger.ts';
import { buildReport } from '../../../../shared/core/report/build-report.ts';
import { id, now } from '../a-snapshot.ts';
import { a, input, look } from './a-report.ts';

describe('the trigger', () => {
  it.each([
    [look, { kind: 'schedule', detail: 'look at every zone' }],
    [
      {
        kind: 'instances',
        source: 'state-change',
        instanceIds: [id('instance', 'a1')],
        detail: 'stopped',
        at: now,
      },
      { kind: 'state-change', detail: 'i-000000a1: stopped' },
    ],
    [
      { kind: 'manual', command: { action: 'rebuild', zone: a, immediate: true, dryRun: true }, at: now },
      { kind: 'manual', detail: 'rebuild, a, immediate, dry run' },
    ],
    [
      { kind: 'manual', command: { action: 'status', immediate: false, dryRun: false }, at: now },
      { kind: 'manual', detail: 'status, every zone' },
    ],
  ] satisfies readonly (readonly [Trigger, object])[])('%j is told', (trigger, told) => {
    expect(buildReport(input({ trigger })).trigger).toMatchObject({
      ...told,
      at: '2026-11-23T03:00:00.000Z',
    });
  });

  it('of no known kind is a mistake of ours', () => {
    expect(() => buildReport(input({ trigger: { kind: 'odd', at: now } as never }))).toThrow(/odd/);
  });
});
