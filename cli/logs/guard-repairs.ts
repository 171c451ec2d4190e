import type { ZoneReport } from '../../shared/core/report/report.ts';

/** What the guard of an instance has put right since the run before. */
export type GuardRepairs = { readonly zone: string; readonly instanceId: string; readonly times: number };

/**
 * A guard repairs within a second what no run may ever see: only its counter tells. What an instance had counted before
 * the first report is not known to be new; after a reboot it counts from nothing.
 */
export function repairsSince(zones: readonly ZoneReport[], counted: Map<string, number>): GuardRepairs[] {
  return zones.flatMap(({ zone, primary }) => {
    if (primary?.repairs === undefined) {
      return [];
    }
    const { instanceId, repairs } = primary;
    const before = counted.get(instanceId) ?? repairs;
    counted.set(instanceId, repairs);
    const times = repairs < before ? repairs : repairs - before;
    return times === 0 ? [] : [{ zone, instanceId, times }];
  });
}

/** A guard that repairs the same again and again is told of once, with how often. */
export function addedUp(repairs: readonly GuardRepairs[]): GuardRepairs[] {
  return [...Map.groupBy(repairs, ({ instanceId }) => instanceId).values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [{ ...first, times: more.reduce((sum, { times }) => sum + times, first.times) }],
  );
}

export function repairsLine({ zone, instanceId, times }: GuardRepairs): string {
  return `zone ${zone}: the guard of ${instanceId} has put its forwarding right, ${times === 1 ? 'once' : `${times} times`}; its log says what was wrong`;
}
