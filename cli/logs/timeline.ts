import { isSerious } from '../../shared/core/model/finding.ts';
import type { EpochMs } from '../../shared/core/model/time.ts';
import { bootText } from '../../shared/core/report/boot.ts';
import type { Report, StepReport, ZoneReport } from '../../shared/core/report/report.ts';
import { renderStep } from '../command/render-step.ts';
import { ago, inZone, paintFor, seconds, utc } from '../format.ts';
import type { LogEntry } from '../log-events.ts';
import { wrap } from '../plain-table.ts';
import type { Terminal } from '../session.ts';
import { addedUp, type GuardRepairs, repairsLine, repairsSince } from './guard-repairs.ts';

type Outage = ZoneReport['outage'] & {};

/** One run of the controller that did something, failed, or found a zone changed. */
export type LoggedRun = {
  readonly at: EpochMs;
  /** What woke it: "state-change: i-…: terminated". Absent where its report is missing, as after a crash. */
  readonly trigger?: string;
  readonly outcome?: Report['outcome'];
  readonly steps: readonly { readonly at: EpochMs; readonly zone: string; readonly step: StepReport }[];
  /** How the diagnosis of a zone differs from the one before, and why. */
  readonly changes: readonly {
    readonly zone: string;
    readonly to: string;
    readonly why: readonly string[];
  }[];
  /** Errors, time-outs and warnings. */
  readonly failures: readonly string[];
  readonly outages: readonly ({ readonly zone: string } & Outage)[];
  readonly repairs: readonly GuardRepairs[];
  /** How an instance booted, in a sentence: of the first run that can tell. */
  readonly boots: readonly { readonly zone: string; readonly text: string }[];
  /** How often the same was seen again right after, and when for the last time. */
  readonly repeated: number;
  readonly until?: EpochMs;
};

/** A zone's outage that no run has seen the end of. */
export type OpenOutage = { readonly zone: string; readonly asOf: EpochMs } & Outage;

export type Timeline = { readonly runs: readonly LoggedRun[]; readonly open: readonly OpenOutage[] };

/** Of the runs before: each zone's state, what each instance's guard had counted, and whose boot was told. */
type Known = {
  readonly states: Map<string, string>;
  readonly repairs: Map<string, number>;
  readonly booted: Set<string>;
};

/** The entries by run, oldest first; a run in which nothing new happened in the zone is left out. */
export function buildTimeline(entries: readonly LogEntry[], zone?: string): Timeline {
  const byRun = [...Map.groupBy(entries, ({ run }) => run).values()];
  const known: Known = { states: new Map(), repairs: new Map(), booted: new Set() };
  const open = new Map<string, OpenOutage>();
  const told = new Map<string, string>();
  const runs: LoggedRun[] = [];
  for (const group of byRun.toSorted((one, other) => endOf(one) - endOf(other))) {
    const seen = runOf(group, known, zone);
    const over = overBy(group, open, zone);
    const outages = [...seen.outages.map((outage) => begunBefore(outage, open)), ...over];
    const run = withoutTold({ ...seen, outages }, told);
    noteOutages(group, open, zone);
    const last = runs.at(-1);
    if (last !== undefined && isSame(last, run)) {
      runs[runs.length - 1] = folded(last, run);
    } else if (isNews(run)) {
      runs.push(run);
    }
  }
  // Compared in the order in which they ended, told in that in which they began.
  return { runs: runs.toSorted((one, other) => one.at - other.at), open: [...open.values()] };
}

/** An outage that ended is told by one run only, so that its end is kept; of one that goes on the latest word counts. */
function folded(last: LoggedRun, run: LoggedRun): LoggedRun {
  const ended = last.outages.filter(({ endedAt }) => endedAt !== undefined);
  return {
    ...last,
    outages: [...ended, ...run.outages],
    repairs: addedUp([...last.repairs, ...run.repairs]),
    repeated: last.repeated + 1,
    until: run.at,
  };
}

/** Runs beside each other see the same outage end: it is told once, by the first. */
function withoutTold(run: LoggedRun, told: Map<string, string>): LoggedRun {
  const outages = run.outages.filter(({ zone, startedAt }) => startedAt >= (told.get(zone) ?? ''));
  for (const { zone, endedAt } of outages) {
    if (endedAt !== undefined) {
      told.set(zone, endedAt);
    }
  }
  return { ...run, outages };
}

function endOf(group: readonly LogEntry[]): EpochMs {
  return group.at(-1)?.at ?? 0;
}

function reportOf(group: readonly LogEntry[]): Report | undefined {
  return group.flatMap((entry) => (entry.kind === 'report' ? [entry.report] : [])).at(-1);
}

function zonesOf(report: Report | undefined, zone: string | undefined): readonly ZoneReport[] {
  return (report?.zones ?? []).filter(({ zone: name }) => zone === undefined || name === zone);
}

function runOf(group: readonly LogEntry[], known: Known, zone: string | undefined): LoggedRun {
  const report = reportOf(group);
  const refusal = report?.refusal;
  return {
    at: group[0]?.at ?? 0,
    ...(report === undefined
      ? {}
      : { trigger: `${report.trigger.kind}: ${report.trigger.detail}`, outcome: report.outcome }),
    steps: group.flatMap((entry) =>
      entry.kind === 'step' && (zone === undefined || entry.zone === zone)
        ? [{ at: entry.at, zone: entry.zone, step: entry.step }]
        : [],
    ),
    changes: zonesOf(report, zone).flatMap((entry) => changeOf(entry, known.states)),
    failures: [...(refusal === undefined ? [] : [refusal]), ...failuresOf(group)],
    outages: zonesOf(report, zone).flatMap(({ zone: name, outage }) =>
      outage === undefined ? [] : [{ zone: name, ...outage }],
    ),
    repairs: repairsSince(zonesOf(report, zone), known.repairs),
    boots: bootsIn(zonesOf(report, zone), known.booted),
    repeated: 0,
  };
}

function bootsIn(zones: readonly ZoneReport[], told: Set<string>): LoggedRun['boots'] {
  return zones.flatMap(({ zone, boot }) => {
    const text = boot && bootText(boot);
    if (boot === undefined || text === undefined || told.has(boot.instanceId)) {
      return [];
    }
    told.add(boot.instanceId);
    return [{ zone, text }];
  });
}

/** Lambda and the runtime both tell of the same end; the words that say more are kept. */
function failuresOf(group: readonly LogEntry[]): string[] {
  const failures = group.flatMap((entry) => (entry.kind === 'failure' ? [entry] : []));
  const isExplained = failures.some(({ how }) => how === 'ended');
  return [
    ...new Set(failures.filter(({ how }) => how !== 'ended-somehow' || !isExplained).map(({ text }) => text)),
  ];
}

/** A replacement that is wanted and not begun: without this, nothing would mention it while the zone is healthy. */
const holdsBack: ReadonlySet<string> = new Set([
  'another-zone-first',
  'all-zones-suspect',
  'backing-off',
  'launch-unlisted',
]);

const requestsFail = 'requests fail';

/** A look that asked once does not say that it is over; only a request that passed does. */
function stillFails({ zone, egress }: ZoneReport, known: Map<string, string>): boolean {
  return egress === 'fails' || (egress === 'unknown' && known.get(zone)?.includes(requestsFail) === true);
}

/** The diagnosis of a zone, with what only a person can mend, or that a replacement waits. */
function changeOf(zone: ZoneReport, known: Map<string, string>): LoggedRun['changes'] {
  const serious = zone.findings.filter(isSerious).map(({ code }) => code);
  const waits = zone.health === 'healthy' && zone.findings.some(({ code }) => holdsBack.has(code));
  const state = [
    ...(stillFails(zone, known) ? [`${zone.health} to EC2`, requestsFail] : [zone.health]),
    ...(zone.paused ? ['paused'] : []),
    ...(waits ? ['a replacement waits'] : []),
    ...new Set(serious),
  ].join(', ');
  const before = known.get(zone.zone) ?? 'healthy';
  known.set(zone.zone, state);
  if (before === state) {
    return [];
  }
  const isWell = state === 'healthy';
  return [{ zone: zone.zone, to: state, why: isWell ? [] : zone.findings.map(({ detail }) => detail) }];
}

function isNews({ steps, changes, failures, outages, repairs, boots }: LoggedRun): boolean {
  const hasEnded = outages.some(({ endedAt }) => endedAt !== undefined);
  return hasEnded || [steps, changes, failures, repairs, boots].some(({ length }) => length > 0);
}

/** The same steps with the same results, and the same failures; what changes, and how a boot went, is told. */
function isSame(one: LoggedRun, other: LoggedRun): boolean {
  return isNews(other) && other.changes.length + other.boots.length === 0 && gistOf(one) === gistOf(other);
}

function gistOf({ trigger, outcome, steps, failures }: LoggedRun): string {
  const done = steps.map(({ zone, step: { step, result } }) => [
    zone,
    step,
    result.kind === 'failed' ? result.failure.code : result.kind,
  ]);
  return JSON.stringify([trigger, outcome, done, failures]);
}

/** A run that found it only by its look or its own requests: one that went on since an earlier run began with that one. */
function begunBefore<T extends { readonly zone: string } & Outage>(
  outage: T,
  open: ReadonlyMap<string, OpenOutage>,
): T {
  const known = open.get(outage.zone);
  const isLate = outage.startKnownFrom === 'look' || outage.startKnownFrom === 'probe';
  return known === undefined || !isLate || known.startedAt >= outage.startedAt
    ? outage
    : { ...outage, startedAt: known.startedAt, startKnownFrom: known.startKnownFrom };
}

/** Outages that went on when their run ended, and of which the next that heard a request pass knows nothing. */
function overBy(
  group: readonly LogEntry[],
  open: ReadonlyMap<string, OpenOutage>,
  zone: string | undefined,
): LoggedRun['outages'] {
  return zonesOf(reportOf(group), zone).flatMap(({ zone: name, outage, egress, probe }) => {
    const known = open.get(name);
    if (known === undefined || outage !== undefined || egress !== 'passes' || probe?.at === undefined) {
      return [];
    }
    const { startedAt, startKnownFrom } = known;
    return [{ zone: name, startedAt, startKnownFrom, endedAt: probe.at, endKnownFrom: 'request' }];
  });
}

function noteOutages(
  group: readonly LogEntry[],
  open: Map<string, OpenOutage>,
  zone: string | undefined,
): void {
  const report = reportOf(group);
  for (const { zone: name, outage, egress } of zonesOf(report, zone)) {
    if (outage === undefined && egress === 'unknown') {
      continue;
    }
    if (outage === undefined || outage.endedAt !== undefined) {
      open.delete(name);
    } else {
      open.set(name, begunBefore({ zone: name, asOf: endOf(group), ...outage }, open));
    }
  }
}

export function renderTimeline(
  { runs, open }: Timeline,
  since: EpochMs,
  terminal: Pick<Terminal, 'isColoured' | 'isInteractive' | 'columns'>,
): string {
  const paint = paintFor(terminal);
  const goingOn = open.map(({ zone, startedAt, asOf }) =>
    paint(
      'bad',
      `zone ${zone} is still without egress as of ${utc(asOf)}: for ${ago(asOf - Date.parse(startedAt))}`,
    ),
  );
  if (runs.length === 0) {
    return `${[`nothing has been done since ${utc(since)}`, ...goingOn].join('\n')}\n`;
  }
  const blocks = runs.map((run) => renderRun(run, terminal));
  const isByEc2 = runs.some(({ outages }) => outages.some(isEndedByEc2));
  const tail = [...goingOn, ...(isByEc2 ? [paint('dim', fold(whatIsCounted, 0, terminal))] : [])];
  return `${[...blocks, ...(tail.length === 0 ? [] : [tail.join('\n')])].join('\n\n')}\n`;
}

/** So is one whose report does not say: it is older than the probe. */
function isEndedByEc2({ endedAt, endKnownFrom }: Outage): boolean {
  return endedAt !== undefined && endKnownFrom !== 'request';
}

const whatIsCounted =
  'As far as EC2 can tell, where no request showed it: an outage is counted until EC2 says that the instance runs and everything leads to it. A newly launched instance forwards when its boot is done, some seconds later.';

function renderRun(run: LoggedRun, terminal: Pick<Terminal, 'isColoured' | 'isInteractive' | 'columns'>) {
  const paint = paintFor(terminal);
  const { at, trigger, outcome, steps, changes, failures, outages, repairs, boots, repeated, until } = run;
  const told =
    trigger ??
    (failures.length > 0
      ? 'a run that failed'
      : 'a run without a report: it is still running, or was cut short');
  const line = (text: string) => `            ${fold(text, 12, terminal)}`;
  return [
    `${paint('strong', utc(at))}  ${told}`,
    ...steps.map(
      (entry) => `  ${clockTime(entry.at)}  ${fold(renderStep(entry.zone, entry.step, paint), 12, terminal)}`,
    ),
    ...failures.map((text) => line(paint('bad', `✘ ${text}`))),
    ...changes.flatMap(({ zone, to, why }) => [
      line(paint(to === 'healthy' ? 'good' : 'bad', `zone ${zone} is ${to}`)),
      ...why.map((detail) => line(inZone(zone, detail))),
    ]),
    ...repairs.map((entry) => line(repairsLine(entry))),
    ...boots.map(({ zone, text }) => line(`zone ${zone}: ${text}`)),
    ...outages.flatMap((outage) => outageLine(outage).map(line)),
    ...(outcome === undefined ? [] : [line(paint(outcome === 'attention' ? 'bad' : 'dim', outcome))]),
    ...(until === undefined
      ? []
      : [line(`the same ${repeated === 1 ? 'once' : `${repeated} times`} more, the last at ${utc(until)}`)]),
  ].join('\n');
}

/** A continuing outage is reported once, at the end, as of the latest run; the runs in between do not matter. */
function outageLine(outage: LoggedRun['outages'][number]): string[] {
  const { zone, startedAt, startKnownFrom, endedAt } = outage;
  if (endedAt === undefined) {
    return [`zone ${zone} is still without egress`];
  }
  const length = seconds(Date.parse(endedAt) - Date.parse(startedAt));
  const until = outage.endKnownFrom === 'request' ? ' until a request went through' : '';
  const without = `zone ${zone} was without egress for`;
  switch (startKnownFrom) {
    case 'event':
      return [`${without} ${length}, counted from EC2's event${until}`];
    case 'ec2':
      return [`${without} ${length}, counted from when EC2 says that it began${until}`];
    case 'instance':
      return [`${without} ${length}, counted from when the instance says that it began${until}`];
    case 'probe':
      return [`${without} at least ${length}, counted from the first request that failed${until}`];
    case 'look':
      return [`${without} at least ${length}${until}: it may have begun before a look found it`];
  }
}

/** Wrapped for a person; a file or a pipe gets whole lines. */
function fold(text: string, indent: number, terminal: Pick<Terminal, 'isInteractive' | 'columns'>): string {
  return terminal.isInteractive ? wrap(text, terminal.columns, ' '.repeat(indent)) : text;
}

function clockTime(at: EpochMs): string {
  return new Date(at).toISOString().slice(11, 19);
}
