import type { RecordedRun, ReportedOutage, TimelineEntry } from './scenario-result.ts';

/** What the reports of runs say that is news: the others say the same. */
export function reportEntries(runs: readonly RecordedRun[]): TimelineEntry[] {
  const inOrder = runs.toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0));
  const outages = new Map<string, ReportedOutage>();
  const repairs = new Map<string, number>();
  const booted = new Set<string>();
  return inOrder.flatMap((run) => [
    ...outageEntries(run, outages),
    ...guardEntries(run, repairs),
    ...bootEntries(run, booted),
  ]);
}

/** The first report of an outage, and the first that says that it is over. */
function outageEntries(
  { run, endedAtMs, outages, passing }: RecordedRun,
  latest: Map<string, ReportedOutage>,
): TimelineEntry[] {
  const told = [...outages, ...endedUnseen(passing, latest)];
  return told.flatMap(({ zone, outage }) => {
    if (endedAtMs === undefined || !isNews(outage, latest.get(zone))) return [];
    latest.set(zone, outage);
    return [{ kind: 'reported' as const, atMs: endedAtMs, zone, run, outage }];
  });
}

/** A run remembers nothing of the one before: where requests pass when it asks, it has seen no outage. */
function endedUnseen(
  passing: readonly string[],
  latest: ReadonlyMap<string, ReportedOutage>,
): RecordedRun['outages'] {
  return passing.flatMap((zone) => {
    const known = latest.get(zone);
    return known === undefined || known.over !== undefined
      ? []
      : [{ zone, outage: { ...known, over: 'unknown' } }];
  });
}

function isNews(outage: ReportedOutage, known: ReportedOutage | undefined): boolean {
  if (known === undefined) return true;
  if (known.over === undefined) return outage.over !== undefined;
  return known.over !== 'unknown' && outage.fromMs > known.over.atMs;
}

function guardEntries(
  { run, endedAtMs, repairs }: RecordedRun,
  latest: Map<string, number>,
): TimelineEntry[] {
  return repairs.flatMap(({ zone, instanceId, count }) => {
    if (endedAtMs === undefined || count <= (latest.get(instanceId) ?? 0)) return [];
    latest.set(instanceId, count);
    return [{ kind: 'guarded' as const, atMs: endedAtMs, zone, run, instanceId, count }];
  });
}

function bootEntries({ run, endedAtMs, boots }: RecordedRun, told: Set<string>): TimelineEntry[] {
  return boots.flatMap(({ zone, instanceId, text }) => {
    if (endedAtMs === undefined || told.has(instanceId)) return [];
    told.add(instanceId);
    return [{ kind: 'boot-told' as const, atMs: endedAtMs, zone, run, text }];
  });
}
