import type { Diagnosed } from '../diagnose/diagnose.ts';
import { launchVisibleWithinMs } from '../memory/memory.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Wait } from '../model/step.ts';
import { secondMs } from '../model/time.ts';
import type { LaunchContext } from './launch-context.ts';

/** Why nothing is launched yet, and what is waited for. */
export type Unlisted = { readonly wait: Wait; readonly finding: Finding };

/**
 * A launch that DescribeInstances does not show yet, ours or that of a controller that runs at the same time. After a
 * minute it counts as lost: a missing tag, say, must not keep a zone offline.
 */
export function unlistedLaunch({ view, zone }: Diagnosed, context: LaunchContext): Unlisted | undefined {
  const listed = new Set(view.instances.map(({ id }) => id));
  const isRecent = (at: number) => context.now - at < launchVisibleWithinMs;
  const launch = context.memory.launches.get(zone.name);
  const attached = view.interfaces.flatMap(({ attachedTo, attachedAt }) =>
    attachedTo === undefined || attachedAt === undefined ? [] : [{ instanceId: attachedTo, at: attachedAt }],
  );
  const unlisted = [...(launch === undefined ? [] : [launch]), ...attached].find(
    ({ instanceId, at }) => !listed.has(instanceId) && isRecent(at),
  );
  if (unlisted === undefined) {
    return undefined;
  }
  const { instanceId, at } = unlisted;
  const until = new Date(at + launchVisibleWithinMs).toISOString();
  return {
    wait: { detail: `${instanceId} to appear among the instances`, pollMs: secondMs },
    finding: finding(
      'launch-unlisted',
      `${instanceId} was launched a moment ago and EC2 does not list it with our tags yet; nothing else is launched in zone ${zone.name} until it does, or until ${until}`,
    ),
  };
}
