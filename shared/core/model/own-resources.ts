import type { InstanceId, InterfaceId } from './ids.ts';
import type { NatInstance, NatInterface, RememberedRoute } from './snapshot.ts';

/** What this stack has made and EC2 still lists, of every zone. */
export type OwnResources = {
  readonly ownInstanceIds: ReadonlySet<InstanceId>;
  /** Also those that only an instance names. */
  readonly ownInterfaceIds: ReadonlySet<InterfaceId>;
};

export function ownResources(
  instances: readonly NatInstance[],
  interfaces: readonly NatInterface[],
): OwnResources {
  return {
    ownInstanceIds: new Set(instances.map(({ id }) => id)),
    ownInterfaceIds: new Set([
      ...interfaces.map(({ id }) => id),
      ...instances.flatMap(({ interfaceId }) => interfaceId ?? []),
    ]),
  };
}

/** Whether a route with this target leads to an instance or interface of this stack; one without a target does not. */
export function leadsToUs(target: RememberedRoute | undefined, own: OwnResources): boolean {
  return (
    (target?.kind === 'interface' && own.ownInterfaceIds.has(target.id)) ||
    (target?.kind === 'instance' && own.ownInstanceIds.has(target.id))
  );
}

/**
 * The interfaces that EC2 lists with our tag, and those that our instances have besides: one that has lost its tag is ours
 * all the same. A terminated instance may go on naming an interface that is gone.
 */
export function withAttached(
  listed: readonly NatInterface[],
  instances: readonly NatInstance[],
): NatInterface[] {
  const listedIds = new Set(listed.map(({ id }) => id));
  const attached = instances.flatMap(({ attachedInterface: entry, state }) =>
    entry === undefined || listedIds.has(entry.id) || state === 'terminated' ? [] : [entry],
  );
  return [...listed, ...attached];
}
