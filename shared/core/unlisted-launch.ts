import type { Judged } from './diagnose.ts';
import { launchVisibleWithinMs } from './memory.ts';
import type { PlanContext } from './plan-types.ts';
import type { Wait } from './step.ts';
import { secondMs } from './time.ts';

/**
 * A launch that DescribeInstances does not show yet, ours or that of a controller that runs at the same time. After a
 * minute it counts as lost: a missing tag, say, must not keep a zone offline.
 */
export function unlistedLaunch({ view, zone }: Judged, context: PlanContext): Wait | undefined {
  const listed = new Set(view.instances.map(({ id }) => id));
  const isRecent = (at: number) => context.now - at < launchVisibleWithinMs;
  const launch = context.memory.launches.get(zone.name);
  const attached = view.interfaces.flatMap(({ attachedTo, attachedAt }) =>
    attachedTo === undefined || attachedAt === undefined ? [] : [{ instanceId: attachedTo, at: attachedAt }],
  );
  const unlisted = [...(launch === undefined ? [] : [launch]), ...attached].find(
    ({ instanceId, at }) => !listed.has(instanceId) && isRecent(at),
  );
  return unlisted === undefined
    ? undefined
    : { detail: `${unlisted.instanceId} to appear among the instances`, pollMs: secondMs };
}
