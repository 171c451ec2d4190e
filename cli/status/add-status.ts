import type { Command } from 'commander';
import { type DurationMs, secondMs } from '../../shared/core/time.ts';
import { askController } from '../invoke-controller.ts';
import type { ExitCode, Run, Session } from '../session.ts';
import { findStack, type PhoenatStack } from '../stack.ts';
import { readLastCutovers } from './last-cutovers.ts';
import { isWell, renderStatus, type Status } from './render-status.ts';

const betweenLooksMs: DurationMs = 5 * secondMs;
/** Clears the screen and goes to its beginning; what was there before stays in the scrollback. */
const clearScreen = '\u001b[H\u001b[2J';

/** Adds `phoenat status`. */
export function addStatus(program: Command, run: Run): void {
  program
    .command('status')
    .description('show every zone: its health and why, instance, address, routes, last move, breaker')
    .option('--watch', 'look again every few seconds, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  phoenat status
  phoenat status --watch
  phoenat --stack prod-nat status --json | jq '.report.zones[].health'

Exits with 1 where a zone is not well.`,
    )
    .action(async ({ watch }: { readonly watch?: true }) => {
      await run((session) => (watch ? watchStatus(session) : showStatus(session)));
    });
}

async function showStatus(session: Session): Promise<ExitCode> {
  const status = await readStatus(session, await findStack(session));
  print(status, session);
  return isWell(status) ? 0 : 1;
}

/** Ends with the process: Ctrl-C, or nobody reads on. */
async function watchStatus(session: Session): Promise<ExitCode> {
  const stack = await findStack(session);
  for (;;) {
    const status = await readStatus(session, stack);
    if (session.terminal.isInteractive && !session.json) {
      session.terminal.out(clearScreen);
    }
    print(status, session);
    await session.clock.sleep(betweenLooksMs);
  }
}

async function readStatus(session: Session, stack: PhoenatStack): Promise<Status> {
  const [report, cutovers] = await Promise.all([
    askController(session, stack.functionName, { action: 'status' }),
    readLastCutovers(session, stack),
  ]);
  return { stack: session.stack, report, cutovers, at: session.clock.now() };
}

function print(status: Status, { terminal, json }: Session): void {
  terminal.out(json ? `${JSON.stringify(asJson(status))}\n` : renderStatus(status, terminal));
}

function asJson({ stack, report, cutovers, at }: Status): object {
  return {
    stack,
    at: new Date(at).toISOString(),
    well: isWell({ report }),
    lastMoves:
      cutovers.kind === 'read'
        ? Object.fromEntries([...cutovers.byZone].map(([zone, time]) => [zone, new Date(time).toISOString()]))
        : null,
    report,
  };
}
