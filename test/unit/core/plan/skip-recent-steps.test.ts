import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberApplied } from '../../../../shared/core/memory/memory.ts';
import { skipRecentSteps } from '../../../../shared/core/plan/skip-recent-steps.ts';
import { zonePlan } from '../../../../shared/core/plan/zone-plan.ts';
import { now, zoneName } from '../a-snapshot.ts';
import { associate, create, eni, route } from '../some-steps.ts';

const a = zoneName('a');

describe('skipRecentSteps', () => {
  const planned = zonePlan(a, { waves: [[{ ...associate, to: eni }], [{ ...route, to: eni }]] });

  it('holds back what succeeded a moment ago, and lets it through once EC2 must have shown it', () => {
    const memory = rememberApplied(emptyMemory, a, { ...associate, to: eni }, now - 1_000);

    expect(skipRecentSteps(planned, emptyMemory, now)).toBe(planned);
    expect(skipRecentSteps(planned, memory, now)).toMatchObject({
      waves: [[{ kind: 'set-default-route' }]],
      waits: [{ pollMs: 1_000 }],
    });
    expect(skipRecentSteps(planned, memory, now + 4_001)).toBe(planned);
  });

  it('holds back a whole plan whose later waves build on what was just made', () => {
    const memory = rememberApplied(emptyMemory, a, create, now);

    expect(skipRecentSteps(zonePlan(a, { waves: [[create], [associate]] }), memory, now).waves).toEqual([]);

    const alsoAimed = rememberApplied(memory, a, { ...route, to: eni }, now);
    const both = zonePlan(a, { waves: [[create, { ...route, to: eni }], [associate]] });
    expect(skipRecentSteps(both, alsoAimed, now).waves).toEqual([]);
  });
});
