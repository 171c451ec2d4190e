import type { AllocationId, InterfaceId } from '../model/ids.ts';
import type { Address } from '../model/snapshot.ts';
import type { Step } from '../model/step.ts';

/**
 * Elastic IPs of zones that go, on interfaces of zones that stay: another zone's instance stood in. Left there one would
 * keep other zones from that instance, and could not be released with its zone. What is on an interface that goes is free
 * when that is gone, and what somebody has put elsewhere is no business of ours.
 */
export function strandedIn(
  addresses: readonly Address[],
  { former, named, staying }: Ids,
): readonly Address[] {
  return addresses.filter(
    ({ allocationId, interfaceId }) =>
      former.has(allocationId) &&
      !named.has(allocationId) &&
      interfaceId !== undefined &&
      staying.has(interfaceId),
  );
}

type Ids = {
  /** What the settings named before, and name now. */
  readonly former: ReadonlySet<AllocationId>;
  readonly named: ReadonlySet<AllocationId>;
  readonly staying: ReadonlySet<InterfaceId>;
};

export function takeOff({ allocationId, associationId, interfaceId: from }: Address): Step[] {
  return associationId === undefined || from === undefined
    ? []
    : [{ kind: 'take-address-off', allocationId, associationId, from }];
}
