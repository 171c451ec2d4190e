import type { InterfaceId } from '../model/ids.ts';
import type { ControllerStep, InterfaceRef } from '../model/step.ts';

/**
 * The step, with the id of the interface that an earlier wave created. Undefined if the step needs that interface and it
 * was not created: the step must not run.
 */
export function resolveStep(
  step: ControllerStep,
  created: InterfaceId | undefined,
): ControllerStep | undefined {
  switch (step.kind) {
    case 'disable-source-dest-check':
    case 'set-security-groups': {
      const on = resolveRef(step.on, created);
      return on && { ...step, on };
    }
    case 'launch': {
      const on = step.on.kind === 'new-interface' ? step.on : resolveRef(step.on, created);
      return on && { ...step, on };
    }
    case 'associate-address': {
      const to = resolveRef(step.to, created);
      return to && { ...step, to };
    }
    case 'set-default-route': {
      const to = step.to.kind === 'created' ? resolveRef(step.to, created) : step.to;
      return to && { ...step, to };
    }
    default:
      return step;
  }
}

function resolveRef(ref: InterfaceRef, created: InterfaceId | undefined): InterfaceRef | undefined {
  if (ref.kind === 'interface') {
    return ref;
  }
  return created === undefined ? undefined : { kind: 'interface', id: created };
}
