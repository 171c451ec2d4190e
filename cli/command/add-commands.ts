import type { Command } from 'commander';
import type { Report } from '../../shared/core/report.ts';
import { type DurationMs, minuteMs } from '../../shared/core/time.ts';
import { askController, type Payload, startController } from '../invoke-controller.ts';
import { CliError, type ExitCode, type Run, type Session } from '../session.ts';
import { findStack } from '../stack.ts';
import { inZone, paintFor } from '../words.ts';
import { follow } from './follow.ts';
import { parseMinutes } from './parse-minutes.ts';
import { renderStep } from './render-step.ts';
import { createTicker } from './ticker.ts';

type Options = {
  readonly zone?: string;
  readonly immediate?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly timeout?: DurationMs;
};

/** Adds what changes something: `phoenat rebuild`, `pause`, `resume`, `restore`. */
export function addCommands(program: Command, run: Run): void {
  program
    .command('rebuild')
    .description(
      'replace NAT instances: a new one first, cutover when it is ready, the old one terminated last',
    )
    .option('--zone <name>', 'this zone only; otherwise every zone, one after the other')
    .option('--immediate', 'terminate first: the zone is offline while the new instance boots')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask')
    .option('--timeout <minutes>', 'how long to follow it', parseMinutes, 15 * minuteMs)
    .addHelpText('after', rebuildExamples)
    .action((options: Options) => run((session) => rebuild(session, options)));
  program
    .command('pause')
    .description('from now on the controller looks at the zone and leaves it alone')
    .option('--zone <name>', 'this zone only')
    .addHelpText('after', '\nExample:\n  phoenat pause --zone a      before you work on the instance by hand')
    .action((options: Options) =>
      run((session) => command(session, { action: 'pause', ...zoneOf(options) })),
    );
  program
    .command('resume')
    .description('end a pause: the next run, within a minute, puts right what is not')
    .option('--zone <name>', 'this zone only')
    .addHelpText('after', '\nExample:\n  phoenat resume')
    .action((options: Options) =>
      run((session) => command(session, { action: 'resume', ...zoneOf(options) })),
    );
  program
    .command('restore')
    .description('pause, and point the private routes back at the NAT gateways that they were taken from')
    .option('--zone <name>', 'this zone only')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExample:\n  phoenat restore --yes       back to the NAT gateways; "phoenat resume" takes over again',
    )
    .action((options: Options) => run((session) => restore(session, options)));
}

const rebuildExamples = `
Examples:
  phoenat rebuild --zone a                 asks, then follows until the zone is settled
  phoenat rebuild --yes --timeout 30       every zone, without asking
  phoenat rebuild --zone a --dry-run       what would be done

Exits with 1 where it did not settle in time, or a person is needed.`;

function zoneOf({ zone }: Options): { readonly zone?: string } {
  return zone === undefined ? {} : { zone };
}

function whichZone({ zone }: Options): string {
  return zone === undefined ? 'every zone' : `zone ${zone}`;
}

async function rebuild(session: Session, options: Options): Promise<ExitCode> {
  const payload = {
    action: 'rebuild',
    ...zoneOf(options),
    ...(options.immediate ? { immediate: true } : {}),
  } as const;
  if (options.dryRun) {
    return await command(session, { ...payload, dryRun: true });
  }
  const stack = await findStack(session);
  const cost = options.immediate
    ? 'It goes offline until the new instance has booted.'
    : 'Its egress goes on; open connections may stall for a moment.';
  await agree(
    session,
    options,
    `Replace the NAT instance of ${whichZone(options)} of ${session.stack}? ${cost}`,
  );
  // What the controller would refuse is refused now, in its own words: from a run in the background nobody would hear it.
  await askController(session, stack.functionName, { ...payload, dryRun: true });
  const since = session.clock.now();
  await startController(session, stack.functionName, payload);
  const ticker = createTicker(session);
  const followed = await follow(session, stack, {
    since,
    timeoutMs: options.timeout ?? 15 * minuteMs,
    ticker,
    ...zoneOf(options),
  });
  return finish(followed, session);
}

function finish(report: Report | undefined, session: Session): ExitCode {
  const paint = paintFor(session.terminal);
  if (report === undefined) {
    throw new CliError(
      'it did not settle in time; it goes on without being followed: see "phoenat status" and "phoenat logs"',
    );
  }
  if (session.json) {
    session.terminal.out(`${JSON.stringify(report)}\n`);
  } else if (report.outcome === 'settled') {
    session.terminal.out(`${paint('good', '✔ settled')}\n`);
  } else {
    session.terminal.out(`${[paint('bad', '✘ a person is needed'), ...findingsOf(report)].join('\n')}\n`);
  }
  return report.outcome === 'settled' ? 0 : 1;
}

function findingsOf(report: Report): string[] {
  return report.zones.flatMap(({ zone, findings }) =>
    findings.map(({ detail }) => `  zone ${zone}: ${detail}`),
  );
}

async function restore(session: Session, options: Options): Promise<ExitCode> {
  if (!options.dryRun) {
    const question = `Pause ${whichZone(options)} of ${session.stack} and point its routes back at the NAT gateways? Open connections break.`;
    await agree(session, options, question);
  }
  return await command(session, {
    action: 'restore',
    ...zoneOf(options),
    ...(options.dryRun ? { dryRun: true } : {}),
  });
}

/** Where nobody can be asked, nobody has agreed. */
async function agree({ terminal }: Session, { yes }: Options, question: string): Promise<void> {
  if (yes) {
    return;
  }
  if (!terminal.isInteractive) {
    throw new CliError('this changes the network, and there is no terminal to ask at: give --yes', 2);
  }
  if (!(await terminal.confirm(question))) {
    throw new CliError('nothing was changed', 1);
  }
}

/** A command that ends with its answer. */
async function command(session: Session, payload: Payload): Promise<ExitCode> {
  const stack = await findStack(session);
  const report = await askController(session, stack.functionName, payload);
  const failed = report.zones.some(({ steps }) => steps.some(({ result }) => result.kind === 'failed'));
  if (session.json) {
    session.terminal.out(`${JSON.stringify(report)}\n`);
  } else {
    session.terminal.out(renderReport(report, payload, session));
  }
  return failed || report.outcome === 'attention' ? 1 : 0;
}

function renderReport(report: Report, payload: Payload, { terminal }: Session): string {
  const concerned = report.zones.filter(({ zone }) => payload.zone === undefined || zone === payload.zone);
  const lines = concerned.flatMap(({ zone, steps, findings }) => [
    ...(steps.length === 0
      ? [`zone ${zone}: nothing to do`]
      : steps.map((step) => renderStep(zone, step, paintFor(terminal)))),
    // The rest is as it was before the command; "phoenat status" shows how it is now.
    ...findings
      .filter(({ code }) => code === 'nothing-to-restore' || code === 'step-failed' || code === 'unreadable')
      .map(({ detail }) => inZone(zone, detail)),
  ]);
  return `${lines.join('\n')}\n`;
}
