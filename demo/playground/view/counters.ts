import { enumerated, seconds, timelineTime } from '../../text.ts';
import { sinceWords } from '../../timeline-view.ts';
import type { History } from '../history.ts';

/** What is known of a zone at one moment: what is true, and what the controller says. */
export type Counter = {
  readonly zone: string;
  readonly isOffline: boolean;
  /** Measured, of the private subnet that had it longest, the outage that goes on included. */
  readonly outage: string;
  readonly said: string;
};

export function countersAt(history: History, atMs: number): Counter[] {
  return history.zones.map((zone) => {
    const { totalMs, isOffline } = outageOf(history, zone, atMs);
    return {
      zone,
      isOffline,
      outage: isOffline ? `offline, ${seconds(totalMs)} so far` : `online; ${seconds(totalMs)} lost`,
      said: saidOf(history, zone, atMs),
    };
  });
}

function outageOf({ outages }: History, zone: string, atMs: number): { totalMs: number; isOffline: boolean } {
  const begun = outages.filter((outage) => outage.zone === zone && outage.fromMs <= atMs);
  const perSubnet = Map.groupBy(begun, ({ subnetId }) => subnetId);
  const totals = [...perSubnet.values()].map((own) =>
    own.reduce((sum, { fromMs, toMs = atMs }) => sum + Math.min(toMs, atMs) - fromMs, 0),
  );
  return {
    totalMs: Math.max(0, ...totals),
    isOffline: begun.some(({ toMs }) => toMs === undefined || toMs > atMs),
  };
}

/** By the last run that had ended by then: what it knows, which may be old. */
function saidOf({ runs }: History, zone: string, atMs: number): string {
  const said = runs
    .filter(({ endedAtMs, outcome }) => endedAtMs !== undefined && endedAtMs <= atMs && outcome !== 'ignored')
    .toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))
    .at(-1);
  const atWork = runs.filter(
    ({ startedAtMs, endedAtMs }) => startedAtMs <= atMs && (endedAtMs ?? atMs + 1) > atMs,
  );
  const now =
    atWork.length === 0
      ? ''
      : ` (${atWork.length === 1 ? 'run' : 'runs'} ${enumerated(atWork.map(({ run }) => String(run)))} at work)`;
  if (said === undefined) return `nothing said since the beginning${now}`;
  const { run, outcome = 'failed', outages, passing } = said;
  const outage = outages.find((candidate) => candidate.zone === zone)?.outage;
  const ended = `run ${run} ended ${outcome}`;
  if (outage !== undefined && outage.over === undefined) {
    return `${ended}: offline ${sinceWords(outage.knownFrom)} ${timelineTime(outage.fromMs)}${now}`;
  }
  const pass = passing.includes(zone) ? 'requests pass' : 'not said whether requests pass';
  return `${ended}: ${pass}${now}`;
}
