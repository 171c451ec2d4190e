import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../cli/log-events.ts';
import { buildTimeline } from '../../../cli/logs/timeline.ts';
import { finding } from '../../../shared/core/model/finding.ts';
import type { ZoneReport } from '../../../shared/core/report/report.ts';
import { now, zoneName } from '../core/a-snapshot.ts';

const iso = (ms: number) => new Date(now + ms).toISOString();
const outage = (startedMs: number, endedMs?: number): ZoneReport['outage'] => ({
  startedAt: iso(startedMs),
  startKnownFrom: 'event',
  ...(endedMs === undefined ? {} : { endedAt: iso(endedMs) }),
});

/** The report of a run that ended at this time, in which zone a had this outage. */
function report(run: string, endedMs: number, of: ZoneReport['outage'], detail: string = run): LogEntry {
  const zone: ZoneReport = {
    zone: zoneName('a'),
    health: of === undefined || of.endedAt !== undefined ? 'healthy' : 'down',
    findings: [],
    paused: false,
    routes: [],
    steps: [],
    waitsFor: [],
    ...(of === undefined ? {} : { outage: of }),
  };
  return {
    kind: 'report',
    at: now + endedMs,
    run,
    report: {
      outcome: 'settled',
      trigger: { kind: 'schedule', detail, at: iso(0) },
      zones: [zone],
      times: { event: iso(0), started: iso(0), ended: iso(endedMs) },
      calls: { describe: 6, mutating: 0, failed: 0 },
    },
  };
}

/** A run in which nothing was done, or found otherwise than before, is not shown: these have a word to say. */
const word = (run: string): LogEntry => ({
  kind: 'failure',
  at: now,
  run,
  how: 'said',
  text: 'metrics not sent',
});
const ends = (...reports: LogEntry[]) =>
  buildTimeline(reports.flatMap((entry) => [word(entry.run), entry])).runs.flatMap(({ outages }) =>
    outages.map(({ endedAt }) => endedAt),
  );

describe('the outages of a timeline', () => {
  it('are open until a run has seen their end', () => {
    const begun = report('r1', 1_000, outage(0));

    expect(buildTimeline([begun]).open).toMatchObject([{ zone: 'a', asOf: now + 1_000, startedAt: iso(0) }]);
    expect(buildTimeline([begun, report('r2', 9_000, outage(0, 8_000))]).open).toEqual([]);
    expect(buildTimeline([begun, report('r2', 9_000, undefined)]).open).toEqual([]);
  });

  it('are told once where several runs have seen the same end, and again where they come again', () => {
    const first = report('r1', 9_000, outage(0, 8_000));

    expect(ends(first, report('r2', 9_500, outage(1_000, 8_500)))).toEqual([iso(8_000)]);
    expect(ends(first, report('r2', 20_000, outage(8_000, 19_000)))).toEqual([iso(8_000), iso(19_000)]);
  });

  it('are told also where the run that saw the end is followed by one in which the same went wrong', () => {
    const sees = report('r1', 9_000, outage(0, 8_000), 'every zone');
    const follows = (of: ZoneReport['outage']) => report('r2', 60_000, of, 'every zone');

    expect(ends(sees, follows(undefined))).toEqual([iso(8_000)]);
    expect(ends(sees, follows(outage(0, 8_000)))).toEqual([iso(8_000)]);
    expect(ends(sees, follows(outage(50_000, 59_000)))).toEqual([iso(8_000), iso(59_000)]);
  });

  it('are told as of the latest run while they go on', () => {
    const first = report('r1', 9_000, outage(5_000), 'every zone');
    const told = buildTimeline(
      [first, report('r2', 60_000, outage(0), 'every zone')].flatMap((entry) => [word(entry.run), entry]),
    );

    expect(told.runs).toMatchObject([{ repeated: 1, outages: [{ startedAt: iso(0) }] }]);
  });
});

describe('a replacement that waits for its turn', () => {
  const waiting = (run: string, endedMs: number): LogEntry => {
    const entry = report(run, endedMs, undefined);
    if (entry.kind !== 'report') throw new Error('it is a report');
    const findings = [finding('spec-changed', 'i-1 is old'), finding('another-zone-first', 'zone b first')];
    const zones = entry.report.zones.map((zone) => ({ ...zone, findings }));
    return { ...entry, report: { ...entry.report, zones } };
  };

  it('is told with its reason, once, although the zone is healthy and nothing is done', () => {
    const { runs } = buildTimeline([
      waiting('r1', 1_000),
      waiting('r2', 60_000),
      report('r3', 120_000, undefined),
    ]);

    expect(runs.flatMap(({ changes }) => changes)).toEqual([
      { zone: 'a', to: 'healthy, a replacement waits', why: ['i-1 is old', 'zone b first'] },
      { zone: 'a', to: 'healthy', why: [] },
    ]);
  });
});
