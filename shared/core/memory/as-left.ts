import { isAlive, type NatInstance, type Snapshot } from '../model/snapshot.ts';
import { stepKey } from '../model/step.ts';
import type { Memory } from './memory.ts';

/**
 * The snapshot with the instances as this run has left them: with the marks that it wrote, whose tags DescribeInstances may
 * not show yet, and on their way down where it has terminated them. No traffic is led to what EC2 has yet to show so.
 */
export function asLeft(snapshot: Snapshot, memory: Memory): Snapshot {
  const { instances } = snapshot;
  if (!instances.known || (memory.marks.size === 0 && memory.applied.size === 0)) {
    return snapshot;
  }
  const items = instances.value.items.map((instance) => ended(marked(instance, memory), memory));
  return { ...snapshot, instances: { known: true, value: { ...instances.value, items } } };
}

function marked(instance: NatInstance, { marks }: Memory): NatInstance {
  const replaceMark = marks.get(instance.id);
  return replaceMark === undefined ? instance : { ...instance, replaceMark };
}

function ended(instance: NatInstance, { applied }: Memory): NatInstance {
  const { id, zone } = instance;
  const isEnded =
    zone !== undefined &&
    applied.has(stepKey(zone, { kind: 'terminate', instanceId: id })) &&
    isAlive(instance);
  return isEnded ? { ...instance, state: 'shutting-down' } : instance;
}
