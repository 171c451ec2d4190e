import type { Command } from 'commander';
import { type DurationMs, secondMs } from '../../shared/core/model/time.ts';
import { ago } from '../format.ts';
import { askController } from '../invoke-controller.ts';
import type { ExitCode, Session, WithSession } from '../session.ts';
import { findStack, type PhoenatStack } from '../stack.ts';
import { oneLine } from '../transient-error.ts';
import { type Past, readPast } from './read-past.ts';
import { isWell, renderStatus, type Status } from './render-status.ts';

const betweenLooksMs: DurationMs = 5 * secondMs;
/** Clears the screen and goes to its beginning; what was there before stays in the scrollback. */
const clearScreen = '\u001b[H\u001b[2J';

/** Adds `phoenat status`. */
export function addStatus(program: Command, withSession: WithSession): void {
  program
    .command('status')
    .description('show every zone: its health and why, instance, address, routes, last move, breaker')
    .option('--zone <name>', 'this zone only')
    .option('--watch', 'refresh every few seconds, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  phoenat status
  phoenat status --zone a --watch
  phoenat --stack prod-nat status --json | jq '.report.zones[].health'

Exits with 1 where a zone that is shown is not well. A standby that is down is
told, and no reason for that beside its zone: nobody is offline by it.`,
    )
    .action(async ({ zone, watch }: { readonly zone?: string; readonly watch?: true }) => {
      await withSession((session) => (watch ? watchStatus(session, zone) : showStatus(session, zone)));
    });
}

async function showStatus(session: Session, zone: string | undefined): Promise<ExitCode> {
  const status = await readStatus(session, await findStack(session), zone);
  print(status, session);
  return isWell(status) ? 0 : 1;
}

/** Ends with the process: Ctrl-C, or nobody reads on. A connection that drops does not end it. */
async function watchStatus(session: Session, zone: string | undefined): Promise<ExitCode> {
  const { terminal, clock, json } = session;
  session.onInterrupt('no longer watching; nothing was changed');
  const stack = await findStack(session);
  for (let last: Status | undefined; ; ) {
    const status = await lookOrNote(session, stack, { zone, last });
    if (status !== undefined) {
      if (terminal.isInteractive && !json) {
        terminal.out(clearScreen);
      }
      print(status, session);
      last = status;
    }
    await clock.sleep(betweenLooksMs);
  }
}

/** The first look reports a failing connection; after that, failures are noted, and the last status stays. */
async function lookOrNote(
  session: Session,
  stack: PhoenatStack,
  { zone, last }: { readonly zone: string | undefined; readonly last: Status | undefined },
): Promise<Status | undefined> {
  try {
    return await readStatus(session, stack, zone);
  } catch (error) {
    if (last === undefined) {
      throw error;
    }
    const age = ago(session.clock.now() - last.at);
    session.terminal.err(`phoenat: no look (${oneLine(error)}); the last is ${age} old; trying again\n`);
    return undefined;
  }
}

/** The controller looks at every zone, whichever is asked for, and refuses one that it does not know. */
async function readStatus(session: Session, stack: PhoenatStack, zone: string | undefined): Promise<Status> {
  const payload = { action: 'status', ...(zone === undefined ? {} : { zone }) } as const;
  const [report, past] = await session.spinner.during(
    'asking the controller, which looks at every zone',
    Promise.all([askController(session, stack.functionName, payload), readPast(session, stack)]),
  );
  const { aws, stack: name, self, version } = session;
  const { createdAt } = stack;
  return {
    stack: name,
    region: aws.region,
    report: { ...report, zones: report.zones.filter(({ zone: name }) => isShown(name, zone)) },
    past: past.kind === 'read' ? pastOf(zone, past) : past,
    at: Date.parse(report.times.ended),
    self,
    version,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(zone === undefined ? {} : { zone }),
  };
}

function isShown(name: string, zone: string | undefined): boolean {
  return zone === undefined || name === zone;
}

function pastOf(zone: string | undefined, past: Extract<Past, { kind: 'read' }>): Past {
  return {
    ...past,
    moves: new Map([...past.moves].filter(([name]) => isShown(name, zone))),
    failures: new Map([...past.failures].filter(([name]) => isShown(name, zone))),
  };
}

function print(status: Status, { terminal, json }: Session): void {
  terminal.out(json ? `${JSON.stringify(asJson(status))}\n` : renderStatus(status, terminal));
}

function asJson({ stack, region, report, past, at, version }: Status): object {
  const isRead = past.kind === 'read';
  const iso = (time: number) => new Date(time).toISOString();
  return {
    stack,
    region,
    at: iso(at),
    well: isWell({ report }),
    deployedVersion: report.version ?? null,
    commandVersion: version,
    lastMoves: isRead ? Object.fromEntries([...past.moves].map(([zone, time]) => [zone, iso(time)])) : null,
    lastFailures: isRead
      ? Object.fromEntries(
          [...past.failures].map(([zone, { at: failedAt, ...rest }]) => [
            zone,
            { at: iso(failedAt), ...rest },
          ]),
        )
      : null,
    scheduledAt: isRead && past.scheduledAt !== undefined ? iso(past.scheduledAt) : null,
    report,
  };
}
