import { type Command, InvalidArgumentError } from 'commander';
import { type DurationMs, dayMs, type EpochMs, hourMs, minuteMs } from '../../shared/core/time.ts';
import { readLog, runsWithSteps } from '../log-events.ts';
import type { ExitCode, Run, Session } from '../session.ts';
import { findStack } from '../stack.ts';
import { groupRuns, renderTimeline } from './timeline.ts';

/** A time, or how long before now. */
type Since =
  | { readonly kind: 'at'; readonly at: EpochMs }
  | { readonly kind: 'ago'; readonly ms: DurationMs };

/** Adds `phoenat logs`. */
export function addLogs(program: Command, run: Run): void {
  program
    .command('logs')
    .description('tell what the controller did: each run that changed something, as a timeline')
    .option('--zone <name>', 'this zone only')
    .option(
      '--since <time>',
      'how far back: 90m, 24h, 7d, or a time such as 2026-11-23T03:00:00Z',
      parseSince,
      {
        kind: 'ago',
        ms: dayMs,
      },
    )
    .addHelpText(
      'after',
      `
Examples:
  phoenat logs                          the last 24 hours
  phoenat logs --zone a --since 7d
  phoenat --json logs --since 2026-11-23T03:00:00Z | jq '.[].steps[].step'`,
    )
    .action(async ({ zone, since }: { readonly zone?: string; readonly since: Since }) => {
      await run((session) => showLogs(session, zone, since));
    });
}

/** @throws InvalidArgumentError where it is neither. */
export function parseSince(raw: string): Since {
  const [, amount, unit] = /^(\d{1,4})([mhd])$/.exec(raw) ?? [];
  const unitMs = { m: minuteMs, h: hourMs, d: dayMs }[unit ?? ''];
  if (amount !== undefined && unitMs !== undefined && Number(amount) > 0) {
    return { kind: 'ago', ms: Number(amount) * unitMs };
  }
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(raw)
    ? Date.parse(raw)
    : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('It is like 90m, 24h, 7d, 2026-11-23 or 2026-11-23T03:00:00Z.');
  }
  return { kind: 'at', at };
}

async function showLogs(session: Session, zone: string | undefined, since: Since): Promise<ExitCode> {
  const { terminal, clock, json } = session;
  const stack = await findStack(session);
  const from = since.kind === 'at' ? since.at : clock.now() - since.ms;
  const { entries, isComplete } = await readLog(session, stack.logGroupName, {
    since: from,
    pattern: runsWithSteps,
  });
  const runs = groupRuns(entries, zone);
  terminal.out(json ? `${JSON.stringify(runs)}\n` : renderTimeline(runs, from, terminal));
  if (!isComplete) {
    terminal.err('phoenat: the log is longer than was read; ask for less with --since\n');
  }
  return 0;
}
