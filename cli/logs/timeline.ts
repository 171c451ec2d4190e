import type { Report, StepReport } from '../../shared/core/report.ts';
import type { EpochMs } from '../../shared/core/time.ts';
import { renderStep } from '../command/render-step.ts';
import type { LogEntry } from '../log-events.ts';
import type { Terminal } from '../session.ts';
import { paintFor, seconds, utc } from '../words.ts';

/** One run of the controller that did something. */
export type LoggedRun = {
  readonly at: EpochMs;
  /** What woke it: "state-change: i-…: terminated". Absent where its report is missing, as after a crash. */
  readonly trigger?: string;
  readonly outcome?: Report['outcome'];
  readonly steps: readonly { readonly at: EpochMs; readonly zone: string; readonly step: StepReport }[];
  readonly outages: readonly { readonly zone: string; readonly ms: number }[];
};

/** The entries by run, oldest first; runs without a step in the zone are left out. */
export function groupRuns(entries: readonly LogEntry[], zone?: string): LoggedRun[] {
  const byRun = Map.groupBy(entries, ({ run }) => run);
  return [...byRun.values()].map((group) => runOf(group, zone)).filter(({ steps }) => steps.length > 0);
}

function runOf(entries: readonly LogEntry[], zone: string | undefined): LoggedRun {
  const report = entries.flatMap((entry) => (entry.kind === 'report' ? [entry.report] : [])).at(-1);
  const isWanted = (name: string) => zone === undefined || name === zone;
  const steps = entries.flatMap((entry) =>
    entry.kind === 'step' && isWanted(entry.zone)
      ? [{ at: entry.at, zone: entry.zone, step: entry.step }]
      : [],
  );
  return {
    at: entries[0]?.at ?? 0,
    ...(report === undefined
      ? {}
      : { trigger: `${report.trigger.kind}: ${report.trigger.detail}`, outcome: report.outcome }),
    steps,
    outages: (report?.zones ?? []).flatMap(({ zone: name, outageMs }) =>
      outageMs !== undefined && isWanted(name) ? [{ zone: name, ms: outageMs }] : [],
    ),
  };
}

export function renderTimeline(
  runs: readonly LoggedRun[],
  since: EpochMs,
  terminal: Pick<Terminal, 'isColoured'>,
): string {
  const paint = paintFor(terminal);
  if (runs.length === 0) {
    return `nothing was done since ${utc(since)}\n`;
  }
  const blocks = runs.map(({ at, trigger, outcome, steps, outages }) =>
    [
      `${paint('strong', utc(at))}  ${trigger ?? 'a run that ended without a report'}`,
      ...steps.map((entry) => `  ${clockTime(entry.at)}  ${renderStep(entry.zone, entry.step, paint)}`),
      ...outages.map(({ zone, ms }) => `            zone ${zone} was without egress for ${seconds(ms)}`),
      ...(outcome === undefined
        ? []
        : [`            ${paint(outcome === 'attention' ? 'bad' : 'dim', outcome)}`]),
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

function clockTime(at: EpochMs): string {
  return new Date(at).toISOString().slice(11, 19);
}
