import { errorMessage } from '../../shared/core/model/error-message.ts';
import { dayMs, type EpochMs, hourMs } from '../../shared/core/model/time.ts';
import type { StepReport } from '../../shared/core/report/report.ts';
import { cutovers, failuresAndSchedule, type LogEntry, readLog } from '../log-events.ts';
import type { Session } from '../session.ts';
import type { PhoenatStack } from '../stack.ts';

/** What the log adds to a report. */
export type Past =
  | {
      readonly kind: 'read';
      /** When each zone's address was last moved. */
      readonly moves: ReadonlyMap<string, EpochMs>;
      readonly sinceDays: number;
      /** The latest failed step of the last hour, by zone. */
      readonly failures: ReadonlyMap<string, PastFailure>;
      /** When the schedule last woke the controller, within the last hour. */
      readonly scheduledAt: EpochMs | undefined;
    }
  | { readonly kind: 'unread'; readonly why: string };

export type PastFailure = { readonly at: EpochMs; readonly step: StepReport; readonly times: number };

const sinceDays = 7;

/** A status does not depend on the log: if it cannot be read, the status says so and continues. */
export async function readPast(session: Session, { logGroupName }: PhoenatStack): Promise<Past> {
  const now = session.clock.now();
  try {
    const [moved, recent] = await Promise.all([
      readLog(session, logGroupName, { since: now - sinceDays * dayMs, pattern: cutovers }),
      readLog(session, logGroupName, { since: now - hourMs, pattern: failuresAndSchedule }),
    ]);
    return {
      kind: 'read',
      moves: new Map(
        moved.entries.flatMap((entry) => (entry.kind === 'step' ? [[entry.zone, entry.at]] : [])),
      ),
      sinceDays,
      failures: failuresOf(recent.entries),
      scheduledAt: recent.entries.findLast(isScheduled)?.at,
    };
  } catch (error) {
    return { kind: 'unread', why: errorMessage(error) };
  }
}

function isScheduled(entry: LogEntry): boolean {
  return entry.kind === 'report' && entry.report.trigger.kind === 'schedule';
}

function failuresOf(entries: readonly LogEntry[]): Map<string, PastFailure> {
  const failures = new Map<string, PastFailure>();
  for (const entry of entries) {
    if (entry.kind === 'step' && entry.step.result.kind === 'failed') {
      const times = (failures.get(entry.zone)?.times ?? 0) + 1;
      failures.set(entry.zone, { at: entry.at, step: entry.step, times });
    }
  }
  return failures;
}
