import { type Finding, finding } from '../model/finding.ts';
import type { RouteTable } from '../model/snapshot.ts';
import type { ControllerStep } from '../model/step.ts';
import { tagKeys } from '../model/tags.ts';
import { type EpochMs, hourMs } from '../model/time.ts';

/** A working route is taken over this often within an hour. After that somebody else wants it, and a person is told. */
const maxTakeovers = 3;

/**
 * Why a working route is left to its other target: another stack's controller has taken it over, or it was taken over
 * again and again and led elsewhere every time. A route that leads nowhere is repaired at once.
 */
export function withheld(table: RouteTable, stack: string, now: EpochMs): Finding | undefined {
  const target = table.defaultRoute?.target.id ?? 'nothing';
  const other = otherStackOf(table, stack);
  if (other !== undefined) {
    return finding(
      'route-of-another-stack',
      `${servedByOther(table, other)}; it leads to ${target}, and stays there`,
    );
  }
  return recentTakeovers(table, now).length >= maxTakeovers
    ? finding(
        'route-contended',
        `the default route of ${table.id} was taken over ${maxTakeovers} times within an hour and leads to ${target} again: find out who writes it back, and end that, or take its subnets out of ${stack}`,
      )
    : undefined;
}

/** The stack whose mark a table bears, where it is another one. */
export function otherStackOf({ takenOver }: RouteTable, stack: string): string | undefined {
  return takenOver === undefined || takenOver.by === stack ? undefined : takenOver.by;
}

export function servedByOther(table: RouteTable, other: string): string {
  return `${servedByStack(table, other)}: ${otherStackFix(other)}`;
}

export function servedByStack({ id }: RouteTable, other: string): string {
  return `${id} is served by the stack ${other}, says its tag ${tagKeys.takenOver}`;
}

export function otherStackFix(other: string): string {
  return `take its subnets out of one of the two stacks, or remove the tag if ${other} is gone`;
}

/**
 * Written after a takeover, so that every later run knows of it. Not before: takeovers that EC2 refuses would look as if
 * somebody wrote the route back each time.
 */
export function noteTakeover(table: RouteTable, now: EpochMs): ControllerStep {
  const at = [now, ...recentTakeovers(table, now)].slice(0, maxTakeovers);
  return { kind: 'note-takeover', routeTableId: table.id, at };
}

function recentTakeovers({ takenOver }: RouteTable, now: EpochMs): EpochMs[] {
  return (takenOver?.at ?? []).filter((at) => at <= now && now - at < hourMs);
}
