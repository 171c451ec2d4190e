import { type Command, Option } from 'commander';
import { type DurationMs, minuteMs } from '../../shared/core/model/time.ts';
import type { Report, ZoneReport } from '../../shared/core/report/report.ts';
import { inZone, paintFor } from '../format.ts';
import { askController, type Payload, startController } from '../invoke-controller.ts';
import { CliError, type ExitCode, type Session, type WithSession } from '../session.ts';
import { findStack } from '../stack.ts';
import { follow, refusalsOf, stateOf, troublesOf } from './follow.ts';
import { parseMinutes } from './parse-minutes.ts';
import { createProgress } from './progress.ts';
import { rebuildPrompt } from './rebuild-prompt.ts';
import { renderStep } from './render-step.ts';

type Options = {
  readonly zone?: string;
  readonly immediate?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly timeout?: DurationMs;
};

/** Adds what changes something: `phoenat rebuild`, `pause`, `resume`, `restore`. */
export function addCommands(program: Command, withSession: WithSession): void {
  program
    .command('rebuild')
    .description(
      'replace NAT instances: a new one first, cutover when it is ready, the old one terminated last',
    )
    .option('--zone <name>', 'this zone only; otherwise every zone, one after the other')
    .option(
      '--immediate',
      'terminate first: the zone is offline while the new instance boots; without --zone, all zones at once',
    )
    .option('--dry-run', 'show the steps without taking them')
    .option('-y, --yes', 'do not ask for confirmation')
    .addOption(
      new Option('--timeout <minutes>', 'how long to follow the rebuild')
        .argParser(parseMinutes)
        .default(15 * minuteMs, '15'),
    )
    .addHelpText('after', rebuildExamples)
    .action((options: Options) => withSession((session) => rebuild(session, options)));
  program
    .command('pause')
    .description('make the controller observe the zone without changing it')
    .option('--zone <name>', 'this zone only')
    .addOption(unasked())
    .addHelpText('after', '\nExample:\n  phoenat pause --zone a      before you work on the instance by hand')
    .action((options: Options) =>
      withSession((session) => command(session, { action: 'pause', ...zoneOf(options) })),
    );
  program
    .command('resume')
    .description('end a pause: the next run, within a minute, repairs the zone')
    .option('--zone <name>', 'this zone only')
    .addOption(unasked())
    .addHelpText('after', '\nExample:\n  phoenat resume')
    .action((options: Options) =>
      withSession((session) => command(session, { action: 'resume', ...zoneOf(options) })),
    );
  program
    .command('breaker')
    .description('the breaker, which stops launches after too many within an hour')
    .command('reset')
    .description('stop counting the launches so far: the cause is fixed, or they were your own rebuilds')
    .option('--zone <name>', 'this zone only')
    .addOption(unasked())
    .addHelpText('after', '\nExample:\n  phoenat breaker reset --zone a')
    .action((options: Options) =>
      withSession((session) => command(session, { action: 'reset-breaker', ...zoneOf(options) })),
    );
  program
    .command('restore')
    .description('pause, and point the private routes back at the NAT gateways that they were taken from')
    .option('--zone <name>', 'this zone only')
    .option('--dry-run', 'show the steps without taking them')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText('after', '\nExample:\n  phoenat restore --yes       back; "phoenat resume" takes over again')
    .action((options: Options) => withSession((session) => restore(session, options)));
}

/** A script may pass this option to every command that changes something. */
function unasked(): Option {
  return new Option('-y, --yes', 'no effect: this command does not ask');
}

const rebuildExamples = `
Examples:
  phoenat rebuild --zone a                 asks, then follows until it is done
  phoenat rebuild --yes --timeout 30       every zone, without asking
  phoenat rebuild --zone a --dry-run       what would be done

Exits with 1 where it is not done in time, is refused, or needs a person.`;

function zoneOf({ zone }: Options): { readonly zone?: string } {
  return zone === undefined ? {} : { zone };
}

function whichZone({ zone }: Options): string {
  return zone === undefined ? 'every zone' : `zone ${zone}`;
}

async function rebuild(session: Session, options: Options): Promise<ExitCode> {
  const { terminal, self } = session;
  const immediate = options.immediate === true;
  const payload = { action: 'rebuild', ...zoneOf(options), ...(immediate ? { immediate } : {}) } as const;
  if (!options.dryRun) {
    refuseUnasked(session, options);
  }
  const stack = await findStack(session);
  // What the controller would refuse is refused now, in its own words: nobody would see it from a run in the background.
  const outlook = await session.spinner.during(
    'asking the controller what would be done',
    askController(session, stack.functionName, { ...payload, dryRun: true }),
  );
  const concerned = outlook.zones.filter(({ zone }) => options.zone === undefined || zone === options.zone);
  const refusals = concerned.flatMap(refusalsOf);
  const zones = concerned.filter((zone) => refusalsOf(zone).length === 0).map(({ zone }) => zone);
  if (options.dryRun) {
    terminal.out(session.json ? `${JSON.stringify(outlook)}\n` : renderReport(outlook, payload, session));
    return zones.length === 0 ? 1 : 0;
  }
  if (zones.length === 0) {
    throw new CliError(`nothing was rebuilt: ${refusals.join('; ')}`, 1);
  }
  const at = Date.parse(outlook.times.ended);
  await agree(session, options, rebuildPrompt({ session, stack, zones: concerned, at, immediate }));
  const progress = createProgress(session);
  session.onInterrupt(
    `the rebuild continues in AWS; follow it again with "${self} status --watch", and what was done with "${self} logs --since 1h"`,
  );
  await startController(session, stack.functionName, payload);
  const timeoutMs = options.timeout ?? 15 * minuteMs;
  const followed = await follow(session, stack, { since: at, timeoutMs, progress, zones });
  if (followed === undefined) {
    throw new CliError(
      `the rebuild did not finish in time, and continues without being followed: see "${self} status --watch" and "${self} logs --since 1h"`,
    );
  }
  const { report, begun } = followed;
  return finish(report, begun, [...refusals, ...followed.refusals], session);
}

function finish(
  report: Report,
  rebuilt: readonly string[],
  refusals: readonly string[],
  { terminal, json, self }: Session,
): ExitCode {
  const paint = paintFor(terminal);
  const zones = report.zones.filter(({ zone }) => rebuilt.includes(zone));
  const troubled = zones.filter(({ zone }) => stateOf(zone, report) === 'needs-person');
  const done = zones.filter(({ zone }) => stateOf(zone, report) === 'done');
  const lines = [
    ...done.map(({ zone, primary }) =>
      paint('good', `✔ zone ${zone} is rebuilt${primary === undefined ? '' : `: ${primary.instanceId}`}`),
    ),
    ...(troubled.length === 0 ? [] : [paint('bad', '✘ a person is needed')]),
    ...troubled.flatMap((zone) => [
      ...troublesOf(zone).map((detail) => `  ${inZone(zone.zone, detail)}`),
      `  zone ${zone.zone}: the controller tries again every minute: ${self} logs --zone ${zone.zone} --since 1h`,
    ]),
    ...refusals.map((detail) => paint('bad', `✘ ${detail}`)),
  ];
  terminal.out(json ? `${JSON.stringify(report)}\n` : `${lines.join('\n')}\n`);
  return troubled.length === 0 && refusals.length === 0 ? 0 : 1;
}

async function restore(session: Session, options: Options): Promise<ExitCode> {
  if (!options.dryRun) {
    refuseUnasked(session, options);
    const question = `Pause ${whichZone(options)} of ${session.stack} and point its routes back at the NAT gateways? Open connections break.`;
    await agree(session, options, question);
  }
  return await command(session, {
    action: 'restore',
    ...zoneOf(options),
    ...(options.dryRun ? { dryRun: true } : {}),
  });
}

/** Without somebody to ask, there is no consent. */
function refuseUnasked({ terminal }: Session, { yes }: Options): void {
  if (!yes && !terminal.isInteractive) {
    throw new CliError('this changes the network, and there is no terminal to ask on: use --yes', 2);
  }
}

async function agree({ terminal }: Session, { yes }: Options, question: string): Promise<void> {
  if (!yes && !(await terminal.confirm(question))) {
    throw new CliError('nothing was changed', 1);
  }
}

/** A command that ends with its answer. */
async function command(session: Session, payload: Payload): Promise<ExitCode> {
  const stack = await findStack(session);
  session.onInterrupt(`the controller may have done it anyway: see "${session.self} status"`);
  const report = await session.spinner.during(
    `asking the controller to ${payload.action}`,
    askController(session, stack.functionName, payload),
  );
  const failed = report.zones.some(({ steps }) => steps.some(({ result }) => result.kind === 'failed'));
  if (session.json) {
    session.terminal.out(`${JSON.stringify(report)}\n`);
  } else {
    session.terminal.out(renderReport(report, payload, session));
  }
  return failed || report.outcome === 'attention' || report.outcome === 'refused' ? 1 : 0;
}

/** What a command has to say; the rest is as it was before. */
const told: ReadonlySet<string> = new Set([
  'nothing-to-restore',
  'not-seen-restored',
  'rebuild-refused',
  'step-failed',
  'unreadable',
]);

function renderReport(report: Report, payload: Payload, { terminal }: Session): string {
  const concerned = report.zones.filter(({ zone }) => payload.zone === undefined || zone === payload.zone);
  const lines = concerned.flatMap(({ zone, steps, findings, routes, paused }) => [
    ...(steps.length === 0
      ? [`zone ${zone}: nothing to do`]
      : steps.map((step) => renderStep(zone, step, paintFor(terminal)))),
    ...(payload.action === 'restore' && report.outcome !== 'planned'
      ? [seenAfter(zone, routes, paused)]
      : []),
    // The rest is as it was before the command; "phoenat status" shows how it is now.
    ...findings.filter(({ code }) => told.has(code)).map(({ detail }) => inZone(zone, detail)),
  ]);
  return `${lines.join('\n')}\n`;
}

/** What the controller saw when it looked once more, which is what counts. */
function seenAfter(zone: string, routes: ZoneReport['routes'], paused: boolean): string {
  const ways = routes.map(({ routeTableId, target, state }) => `${routeTableId} → ${target} (${state})`);
  return `zone ${zone}  seen afterwards: ${[...ways, paused ? 'paused' : 'not paused'].join(', ')}`;
}
