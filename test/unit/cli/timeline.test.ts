import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../cli/log-events.ts';
import { buildTimeline, renderTimeline } from '../../../cli/logs/timeline.ts';
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

describe('what a probe tells a timeline', () => {
  const heard = (run: string, atMs: number, changes: Partial<ZoneReport>): LogEntry => {
    const entry = report(run, atMs, undefined, 'look at every zone');
    return entry.kind === 'report'
      ? {
          ...entry,
          report: { ...entry.report, zones: entry.report.zones.map((zone) => ({ ...zone, ...changes })) },
        }
      : entry;
  };
  const fails = (run: string, atMs: number, startedMs: number) =>
    heard(run, atMs, {
      egress: 'fails',
      outage: { startedAt: iso(startedMs), startKnownFrom: 'probe' },
    });
  const passes = (run: string, atMs: number) =>
    heard(run, atMs, { egress: 'passes', probe: { at: iso(atMs - 100), latencyMs: 5 } });
  const asked = (run: string, atMs: number) => heard(run, atMs, { egress: 'unknown' });
  const repaired = (run: string, atMs: number, repairs: number): LogEntry =>
    heard(run, atMs, {
      primary: {
        instanceId: 'i-1',
        state: 'running',
        instanceType: 't4g.nano',
        imageId: 'ami-1',
        launchedAt: iso(0),
        ready: true,
        asConfigured: true,
        repairs,
      },
    });

  it('is told where EC2 sees nothing, and does not end with a look that asked once', () => {
    const { runs, open } = buildTimeline([fails('r1', 9_000, 5_000), asked('r2', 20_000)]);

    expect(runs.map(({ changes }) => changes.map(({ to }) => to))).toEqual([
      ['healthy to EC2, requests fail'],
    ]);
    expect(open).toMatchObject([{ zone: 'a', startedAt: iso(5_000) }]);
  });

  it('goes on since the run that saw it first, and ends with the first that heard a request pass', () => {
    const entries = [fails('r1', 9_000, 5_000), fails('r2', 70_000, 65_000), passes('r3', 130_000)];
    const { runs, open } = buildTimeline(entries);

    expect(buildTimeline(entries.slice(0, 2)).open).toMatchObject([{ startedAt: iso(5_000) }]);
    expect(runs.at(-1)).toMatchObject({
      changes: [{ to: 'healthy' }],
      outages: [{ startedAt: iso(5_000), endedAt: iso(129_900), endKnownFrom: 'request' }],
    });
    expect(open).toEqual([]);
  });

  it('begins when EC2 says so, although an earlier run told of one before', () => {
    const later = heard('r2', 70_000, { outage: { startedAt: iso(60_000), startKnownFrom: 'ec2' } });

    expect(buildTimeline([fails('r1', 9_000, 5_000), later]).open).toMatchObject([
      { startedAt: iso(60_000), startKnownFrom: 'ec2' },
    ]);
  });

  it('tells what a guard repairs, once a run, and adds up where it does so again and again', () => {
    const told = (...counts: readonly number[]) =>
      buildTimeline(counts.map((count, nth) => repaired(`r${nth}`, nth * 60_000, count))).runs.map(
        ({ repairs, repeated }) => [repairs.map(({ times }) => times), repeated],
      );

    expect(told(4, 4, 4)).toEqual([]);
    expect(told(4, 5, 5)).toEqual([[[1], 0]]);
    expect(told(0, 2, 5, 6)).toEqual([[[6], 2]]);
    // A reboot: it counts from nothing.
    expect(told(7, 1)).toEqual([[[1], 0]]);
  });

  it('tells how an instance booted, in the first run that can and in no other', () => {
    const booted = (run: string, atMs: number, boot: ZoneReport['boot'] & {}) => heard(run, atMs, { boot });
    const { runs, open } = buildTimeline([
      booted('r1', 9_000, { instanceId: 'i-1', rules: 9.5 }),
      booted('r2', 70_000, { instanceId: 'i-1', rules: 9.5, forwarding: 9.6 }),
      booted('r3', 130_000, { instanceId: 'i-1', rules: 9.5, forwarding: 9.6, egress: 11 }),
      booted('r4', 190_000, { instanceId: 'i-2', forwarding: 12 }),
    ]);

    expect(runs.map(({ boots, repeated }) => [boots.map(({ text }) => text), repeated])).toEqual([
      [['i-1 forwarded 9.6 s after its kernel started (rules 9.5)'], 0],
      [['i-2 forwarded 12.0 s after its kernel started'], 0],
    ]);
    expect(
      renderTimeline({ runs, open }, now, { isColoured: false, isInteractive: false, columns: 200 }),
    ).toContain('            zone a: i-2 forwarded 12.0 s after its kernel started\n');
  });

  it('says what each outage is counted from, and to what', () => {
    const terminal = { isColoured: false, isInteractive: false, columns: 80 };
    const lineOf = (changes: Partial<ZoneReport['outage'] & {}>) =>
      renderTimeline(
        buildTimeline([
          heard('r1', 9_000, {
            outage: { startedAt: iso(0), startKnownFrom: 'event', endedAt: iso(8_000), ...changes },
          }),
        ]),
        now,
        terminal,
      );

    expect(lineOf({ startKnownFrom: 'instance', endKnownFrom: 'request' })).toContain(
      'zone a was without egress for 8.0 s, counted from when the instance says that it began until a request went through',
    );
    expect(lineOf({ startKnownFrom: 'probe', endKnownFrom: 'request' })).toContain(
      'for at least 8.0 s, counted from the first request that failed until a request went through',
    );
    expect(lineOf({ endKnownFrom: 'request' })).not.toContain('As far as EC2 can tell');
    expect(lineOf({ endKnownFrom: 'ec2' })).toContain('As far as EC2 can tell');
  });
});
