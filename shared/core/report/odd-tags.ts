import type { ZoneView } from '../diagnose/zone-view.ts';
import { launchesOddness } from '../launch/breaker.ts';
import { launchVisibleWithinMs } from '../memory/memory.ts';
import { type Finding, finding } from '../model/finding.ts';
import { tagKeys } from '../model/tags.ts';
import type { EpochMs } from '../model/time.ts';

/** Tags are input: what of ours in a zone's surroundings tells nothing, or cannot be true. None of it stops anything. */
export function oddTagFindings(view: ZoneView, now: EpochMs): Finding[] {
  const { address, instances, strays, privateTables } = view;
  const details = [
    ...[...instances, ...strays].flatMap(({ oddTags }) => oddTags ?? []),
    ...(address?.oddTags ?? []),
    ...(address === undefined ? [] : launchesOddness(address, now)),
    ...privateTables.flatMap(({ table: { id, oddNote } }) =>
      oddNote === undefined
        ? []
        : [
            `tag ${tagKeys.remembered} of ${id} says "${oddNote}", which a private route cannot be put back to; when the stack is deleted its default route is taken away`,
          ],
    ),
    ...privateTables.flatMap(({ table: { oddTags } }) => oddTags ?? []),
    ...disowned(view, now),
  ];
  return details.map((detail) => finding('odd-tag', detail));
}

/** Instances on interfaces of ours that have lost our tag: no controller looks after them, and they cost money. */
function disowned({ interfaces, ownInstanceIds }: ZoneView, now: EpochMs): string[] {
  return interfaces.flatMap(({ id, attachedTo, attachedAt }) =>
    attachedTo === undefined ||
    ownInstanceIds.has(attachedTo) ||
    attachedAt === undefined ||
    now - attachedAt < launchVisibleWithinMs
      ? []
      : [
          `${attachedTo}, on ${id}, has lost its tag ${tagKeys.stack} and is looked after by nobody: tag or terminate it`,
        ],
  );
}
