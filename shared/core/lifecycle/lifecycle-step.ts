import type { AllocationId, RouteTableId } from '../model/ids.ts';
import type { RememberedRoute } from '../model/snapshot.ts';
import { describeStep, type Step } from '../model/step.ts';

/** What the lifecycle does beyond the controller's own steps: one EC2 call with one purpose each. */
export type LifecycleStep =
  | Extract<Step, { kind: 'pause' | 'resume' | 'set-default-route' | 'terminate' | 'delete-interface' }>
  | {
      readonly kind: 'note-route-as-found';
      readonly routeTableId: RouteTableId;
      readonly found: RememberedRoute;
    }
  | { readonly kind: 'delete-default-route'; readonly routeTableId: RouteTableId }
  | { readonly kind: 'forget-route'; readonly routeTableId: RouteTableId }
  | { readonly kind: 'forget-address'; readonly allocationId: AllocationId };

/** A sentence for people. */
export function describeLifecycleStep(step: LifecycleStep): string {
  switch (step.kind) {
    case 'note-route-as-found':
      return step.found.kind === 'no-route'
        ? `note that ${step.routeTableId} had no default route`
        : `note that the default route of ${step.routeTableId} led to ${step.found.id}`;
    case 'delete-default-route':
      return `delete the default route of ${step.routeTableId}, which has no way back`;
    case 'forget-route':
      return `remove our tag from ${step.routeTableId}`;
    case 'forget-address':
      return `remove our tags from Elastic IP ${step.allocationId}`;
    default:
      return describeStep(step);
  }
}
