import { type Command, CommanderError } from 'commander';
import picocolors from 'picocolors';
import { secondMs } from '../../shared/core/model/time.ts';
import type { HarnessOptions } from '../../simulator/harness/harness.ts';
import { LivingAccount } from '../../simulator/serve/living-account.ts';
import { loopback, type Served, serveAccount } from '../../simulator/serve/server.ts';
import { type ExitCode, type Output, outputOf } from '../cli.ts';
import { createPaint, type Paint } from '../palette.ts';
import { widthFor } from '../text.ts';
import { renderEntry } from '../timeline-view.ts';
import { environmentFor, renderGuide } from './guide.ts';
import { LiveLog } from './live-log.ts';
import { type BreakOptions, breakCommand, type ServeOptions, serveCommand } from './serve-command.ts';

/** How often what is new is told. */
const lookEveryMs = secondMs / 4;

/** Whether the command line is for one of the two commands here. */
export function isForServer(args: readonly string[]): boolean {
  return args.includes('--serve') || args.includes('--break');
}

/** `until` settles when the server is to end. */
export async function runServer(
  args: readonly string[],
  output: Output,
  until: Promise<unknown>,
): Promise<ExitCode> {
  const isServing = args.includes('--serve');
  const program = isServing ? serveCommand() : breakCommand();
  program
    .exitOverride()
    .configureOutput(outputOf(output, `npm run demo -- ${isServing ? '--serve' : '--break'} --help`));
  try {
    program.parse([...args], { from: 'user' });
    checkTogether(program);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return isServing
    ? await serve(program.opts<ServeOptions>(), output, until)
    : await breakServed(program.args[0] ?? '', program.opts<BreakOptions>(), output);
}

function checkTogether(program: Command): void {
  const { standby, zones } = program.opts<Partial<ServeOptions>>();
  if (standby && zones !== undefined && zones > 1) {
    program.error('error: a standby is for one zone: add --zones 1');
  }
}

async function serve(options: ServeOptions, output: Output, until: Promise<unknown>): Promise<ExitCode> {
  const { port, speed } = options;
  const account = await LivingAccount.open({
    harness: harnessOptions(options),
    speed,
    now: () => Date.now(),
  });
  const writer = writerFor(options, output);
  let served: Served;
  try {
    served = await serveAccount({
      account,
      port,
      onUnserved: (what) => writer.aside({ kind: 'not-served', detail: what }, `not served here: ${what}`),
      onDefect: (error) => output.err(`A mistake of the simulation: ${stackOf(error)}\n`),
    });
  } catch (error) {
    output.err(`${explain(error, port)}\n`);
    return 1;
  }
  writer.begin(account, served.port);
  const log = new LiveLog(account.harness, writer.entry);
  account.onNote = (text, at) => log.note(text, at);
  const looking = setInterval(() => log.look(), lookEveryMs);
  await until;
  clearInterval(looking);
  await served.stop();
  writer.end();
  return 0;
}

function harnessOptions(options: ServeOptions): HarnessOptions {
  const { zones, standby = false, natGateways = false, image, seed } = options;
  return {
    seed,
    hearsPending: false,
    vpc: { zones: standby ? 1 : zones, standby, natGateways },
    settings: { image: { kind: 'preset', preset: image } },
  };
}

type Writer = {
  readonly begin: (account: LivingAccount, port: number) => void;
  readonly entry: ConstructorParameters<typeof LiveLog>[1];
  readonly aside: (entry: { readonly kind: string; readonly detail: string }, text: string) => void;
  readonly end: () => void;
};

function writerFor(options: ServeOptions, output: Output): Writer {
  return options.json ? jsonWriter(output) : textWriter(options, output);
}

function jsonWriter({ out }: Output): Writer {
  const line = (value: object) => out(`${JSON.stringify(value)}\n`);
  const now = () => new Date().toISOString();
  return {
    begin: ({ harness }, port) =>
      line({
        kind: 'serving',
        at: now(),
        environment: environmentFor(port, harness.sim.region.name),
        stack: 'phoenat',
      }),
    entry: (entry, startedAt) => line(withTimes(entry, startedAt)),
    aside: (entry) => line({ at: now(), ...entry }),
    end: () => line({ kind: 'ended', at: now() }),
  };
}

/** Every duration since the recording began becomes the time that it means: "atMs" is "at". */
function withTimes(value: object, startedAt: number): object {
  const named = Object.entries(value).map(([name, field]: [string, unknown]): [string, unknown] => {
    if (Array.isArray(field)) return [name, field.map((item: unknown) => timed(item, startedAt))];
    const [, time] = /^(at|sentAt|answeredAt|receivedAt|from|until)Ms$/.exec(name) ?? [];
    return time !== undefined && typeof field === 'number'
      ? [time, new Date(startedAt + field).toISOString()]
      : [name, timed(field, startedAt)];
  });
  return Object.fromEntries(named);
}

function timed(value: unknown, startedAt: number): unknown {
  return typeof value === 'object' && value !== null ? withTimes(value, startedAt) : value;
}

function textWriter({ speed, color }: ServeOptions, { out, columns }: Output): Writer {
  const paint: Paint = createPaint(color && picocolors.isColorSupported);
  const width = widthFor(columns);
  const print = (lines: readonly string[]) => out(lines.map((line) => `${line}\n`).join(''));
  return {
    begin: (account, port) => print(renderGuide({ account, port, speed, paint, width })),
    entry: (entry, startedAt) => print(renderEntry(entry, paint, width, (atMs) => timeOf(startedAt + atMs))),
    aside: (_entry, text) => print([`${' '.repeat(11)}${paint('bad', `✘ ${text}`)}`]),
    end: () => print(['', 'ended; nothing of the account is left']),
  };
}

/** As `date +%T` has it, to a tenth of a second. */
function timeOf(at: number): string {
  const date = new Date(at);
  return `${date.toTimeString().slice(0, 8)}.${Math.floor(date.getMilliseconds() / 100)}`;
}

function explain(error: unknown, port: number): string {
  switch (Reflect.get(Object(error), 'code')) {
    case 'EADDRINUSE':
      return `Port ${port} of ${loopback} is in use: end what listens there, or choose another one with --port ${port + 1}.`;
    case 'EACCES':
      return `Port ${port} is not open to you: choose one from 1024 on with --port.`;
    default:
      return `The port ${port} of ${loopback} cannot be had: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function breakServed(what: string, { zone, port }: BreakOptions, output: Output): Promise<ExitCode> {
  const query = new URLSearchParams({ what, zone });
  let answer: Response;
  try {
    answer = await fetch(`http://${loopback}:${port}/break?${query}`, { method: 'POST' });
  } catch {
    output.err(
      `Nothing answers on port ${port} of ${loopback}: run "npm run demo -- --serve" in another terminal, or give the port that it says with --port.\n`,
    );
    return 1;
  }
  const said = await answer.text();
  if (answer.ok) output.out(said);
  else output.err(said);
  return answer.ok ? 0 : 1;
}
