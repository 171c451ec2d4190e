import type { InstanceId } from '../model/ids.ts';
import type { Observed } from '../model/observed.ts';
import type { Listing, NatInstance } from '../model/snapshot.ts';
import type { Trigger } from '../model/trigger.ts';

/**
 * Whose instances a trigger is about. `ours`: look, as for every trigger that is about none. `foreign`: nothing to do.
 * `doubtful`: they are not among those of ours that could be read, but one of ours could not. `unread`: EC2 did not say
 * which are ours.
 */
export type Whose = 'ours' | 'foreign' | 'doubtful' | 'unread';

/**
 * Before anything is read: about an instance that was listed as ours. Most events are about others' instances, and are to
 * cost one call.
 */
export function isAboutKnown(trigger: Trigger, ours: ReadonlySet<InstanceId>): boolean {
  return trigger.kind === 'instances' && trigger.instanceIds.some((id) => ours.has(id));
}

export function whoseEvent(trigger: Trigger, instances: Observed<Listing<NatInstance>>): Whose {
  if (trigger.kind !== 'instances') {
    return 'ours';
  }
  if (!instances.known) {
    return 'unread';
  }
  const { items, flaws } = instances.value;
  if (items.some(({ id }) => trigger.instanceIds.includes(id))) {
    return 'ours';
  }
  return flaws.length === 0 ? 'foreign' : 'doubtful';
}
