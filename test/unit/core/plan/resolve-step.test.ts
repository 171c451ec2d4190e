import { describe, expect, it } from 'vitest';
import type { ControllerStep } from '../../../../shared/core/model/step.ts';
import { resolveStep } from '../../../../shared/core/plan/resolve-step.ts';
import { id } from '../a-snapshot.ts';
import { associate, create, eni, launch, regroup, route, uncheck } from '../some-steps.ts';

describe('a step', () => {
  it.each([uncheck, regroup, associate, route, launch])('%j gets the interface that was made', (step) => {
    expect(JSON.stringify(resolveStep(step, eni.id))).toContain(eni.id);
    expect(resolveStep(step, undefined)).toBeUndefined();
  });

  it('that needs no interface made for it stays as it is', () => {
    const onNew: ControllerStep = { ...launch, on: { kind: 'new-interface', subnetId: id('subnet', 'a0') } };
    for (const step of [create, onNew, { ...uncheck, on: eni }, { ...route, to: eni }]) {
      expect(resolveStep(step, undefined)).toEqual(step);
    }
  });
});
