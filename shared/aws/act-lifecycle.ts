import type { LifecycleStep } from '../core/lifecycle/lifecycle-step.ts';
import { tagKeys } from '../core/model/tags.ts';
import { change } from './act.ts';
import type { Actuator } from './actuator.ts';
import { defaultDestination, renderRemembered, renderTakenOver } from './parse-network.ts';

/** Performs one step of the lifecycle: one EC2 call. Rejects with `Ec2CallError`. */
export async function actLifecycle(step: LifecycleStep, actuator: Actuator): Promise<void> {
  const { ec2 } = actuator;
  switch (step.kind) {
    case 'note-route-as-found': {
      const Tags = [
        { Key: tagKeys.remembered, Value: renderRemembered(step.found) },
        { Key: tagKeys.takenOver, Value: renderTakenOver(actuator.settings.stack, []) },
      ];
      await ec2.call('CreateTags', { Resources: [step.routeTableId], Tags });
      return;
    }
    case 'delete-default-route': {
      const input = { RouteTableId: step.routeTableId, DestinationCidrBlock: defaultDestination };
      await ec2.call('DeleteRoute', input);
      return;
    }
    case 'forget-route':
      return await removeTags(actuator, step.routeTableId, [tagKeys.remembered, tagKeys.takenOver]);
    case 'forget-address':
      return await removeTags(actuator, step.allocationId, [
        tagKeys.paused,
        tagKeys.lastGoodImage,
        tagKeys.launches,
        tagKeys.breakerReset,
      ]);
    default:
      await change(step, actuator);
  }
}

async function removeTags({ ec2 }: Actuator, resource: string, keys: readonly string[]): Promise<void> {
  await ec2.call('DeleteTags', { Resources: [resource], Tags: keys.map((Key) => ({ Key })) });
}
