import type { Observed } from '../model/observed.ts';
import type { Listing, NatInstance } from '../model/snapshot.ts';
import type { Trigger } from '../model/trigger.ts';

/**
 * Whose instances a trigger is about. `ours`: look, as for every trigger that is about none. `foreign`: nothing to do.
 * `doubtful`: they are not among those of ours that could be read, but one of ours could not. `unread`: EC2 did not say
 * which are ours.
 */
export type Whose = 'ours' | 'foreign' | 'doubtful' | 'unread';

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

/** Our own launches cause these events; the run that launched is already waiting for them. */
export function isStart(trigger: Trigger): boolean {
  return (
    trigger.kind === 'instances' &&
    trigger.source === 'state-change' &&
    (trigger.detail === 'pending' || trigger.detail === 'running')
  );
}

/** Whatever is to be waited for, another run does it: this one only looks, unless there is something to do. */
export function leavesWaitingToOthers(trigger: Trigger, whose: Whose): boolean {
  return isStart(trigger) || whose === 'doubtful';
}
