import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import type { Clock } from '../shared/core/model/time.ts';
import { defaultStack } from '../shared/core/model/type-command.ts';
import { mistyped } from '../shared/mistyped.ts';
import { addBake } from './bake/add-bake.ts';
import { addCommands } from './command/add-commands.ts';
import { addCompletion } from './completion/add-completion.ts';
import type { Place } from './connect.ts';
import { addCost } from './cost/add-cost.ts';
import { addDoctor } from './doctor/add-doctor.ts';
import { explainAwsError } from './explain-aws-error.ts';
import { addLogs } from './logs/add-logs.ts';
import {
  type AwsClients,
  CliError,
  type ExitCode,
  interruptedCode,
  type Session,
  type Terminal,
  type WithSession,
} from './session.ts';
import { createSpinner } from './spinner.ts';
import { addStatus } from './status/add-status.ts';
import { type OnCall, traceOf } from './trace-calls.ts';
import { oneLine } from './transient-error.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Everything of the outside world that the command touches. */
export type PhoenatDeps = {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly connect: (place: Place, onCall?: OnCall) => Promise<AwsClients>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ctrl-C. */
  readonly interrupted?: AbortSignal;
};

type GlobalOptions = Place & {
  readonly stack: string;
  readonly json?: true;
  readonly debug?: true;
  readonly color: boolean;
};

/** Runs the command line, given without the program's name. */
export async function runPhoenat(args: readonly string[], deps: PhoenatDeps): Promise<ExitCode> {
  const { terminal } = deps;
  let exitCode: ExitCode = 0;
  const program = commandLine(terminal, deps.env ?? {});
  const withSession: WithSession = async (action) => {
    exitCode = await perform(action, program.opts<GlobalOptions>(), deps);
  };
  for (const add of [addStatus, addCommands, addLogs, addDoctor, addCost, addBake]) {
    add(program, withSession);
  }
  addCompletion(program, terminal);
  addHelp(program);
  redirectOutput(program, terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : 2;
    }
    throw error;
  }
  return exitCode;
}

function commandLine(terminal: Terminal, env: PhoenatDeps['env'] & {}): Command {
  return new Command('phoenat')
    .description('Operate Phoenat, the self-healing NAT instances of a stack.')
    .version(version(), '--version', 'print the version')
    .addOption(
      new Option('--stack <name>', 'the CloudFormation stack').default(
        env['PHOENAT_STACK'] || defaultStack,
        'PHOENAT_STACK, otherwise phoenat',
      ),
    )
    .option('--region <region>', 'the AWS Region (default: AWS_REGION, or the profile’s)')
    .option('--profile <name>', 'a profile of the shared AWS configuration (default: AWS_PROFILE)')
    .option('--json', 'print JSON for machines')
    .option('--debug', 'log each call to AWS to standard error, and errors in full')
    .option('--no-color', 'no colours; NO_COLOR does the same, FORCE_COLOR the opposite')
    .addHelpText('after', examples)
    .helpCommand(false)
    .configureHelp({ helpWidth: terminal.columns, showGlobalOptions: true });
}

const examples = `
Examples:
  phoenat status                     is everything well?
  phoenat status --watch             the same, again and again
  phoenat rebuild --zone a           a new NAT instance, make before break
  phoenat breaker reset --zone a     allow launches again: the cause is fixed
  phoenat logs --since 7d            what was done, and why
  phoenat doctor --vpc vpc-0abc…     before deploying: what is in the way
  phoenat cost --vpc vpc-0abc…       NAT gateways and Phoenat side by side
  phoenat bake --dry-run             an image of your own: what would be done
  phoenat help rebuild               what a command does and takes

Exit codes: 0 all well, 1 something is not or has failed, 2 the command line is
wrong, 3 AWS could not be asked, 130 ended with Ctrl-C.`;

/** Adds `phoenat help`, for commands of commands too, which commander's own does not know. */
function addHelp(program: Command): void {
  program
    .command('help')
    .argument('[command...]')
    .description('show what a command does, and its options')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const found = command.commands.find((candidate) => candidate.name() === name);
        command = found ?? command.error(`error: unknown command '${name}'`);
      }
      command.help();
    });
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version: number }: { version: string } = JSON.parse(text);
  return number;
}

/** Commander would write to the process and end it. */
function redirectOutput(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: terminal.out,
    writeErr: terminal.err,
    outputError: (text, write) => write(mistyped('phoenat', text, `${pathOf(command)} --help`)),
  });
  for (const child of command.commands) {
    redirectOutput(child, terminal);
  }
}

/** As it is typed: `phoenat breaker reset`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

async function perform(
  action: Parameters<WithSession>[0],
  options: GlobalOptions,
  deps: PhoenatDeps,
): Promise<ExitCode> {
  const { stack, json, region, profile } = options;
  const place = {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
  const spinner = createSpinner(deps.terminal.spinnerStream, deps.clock);
  const terminal = { ...deps.terminal, isColoured: deps.terminal.isColoured && options.color };
  const debug: OnCall | undefined = options.debug ? (line) => terminal.err(`debug: ${line}\n`) : undefined;
  debug?.(`phoenat ${version()}, Node.js ${process.version}, stack ${stack}`);
  let connected: Place = place;
  let interruptSentence = 'ended by Ctrl-C; nothing was changed';
  try {
    const aws = await deps.connect(place, debug);
    connected = { ...place, region: aws.region };
    const session: Session = {
      terminal,
      clock: {
        now: () => deps.clock.now() + (aws.clockAheadMs?.() ?? 0),
        sleep: (durationMs) => deps.clock.sleep(durationMs),
        after: (durationMs, callback) => deps.clock.after(durationMs, callback),
      },
      aws,
      stack,
      version: version(),
      json: json === true,
      self: selfOf(options),
      spinner,
      onInterrupt: (sentence) => {
        interruptSentence = sentence;
      },
    };
    return await Promise.race([action(session), interruption(deps.interrupted)]);
  } catch (error) {
    spinner.stop();
    if (isInterruption(error)) {
      terminal.err(`${terminal.isInteractive ? showCursor : ''}\nphoenat: ${interruptSentence}\n`);
      return interruptedCode;
    }
    const explained = explainAwsError(error, connected);
    debug?.(traceOf(error));
    if (!(explained instanceof CliError)) {
      const where = options.debug ? '' : '; --debug shows where';
      terminal.err(`phoenat: unexpected: ${withoutSecrets(oneLine(explained))}${where}\n`);
      return 1;
    }
    terminal.err(`phoenat: ${withoutSecrets(explained.message)}\n`);
    return explained.exitCode;
  }
}

const showCursor = '\u001b[?25h';

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Rejects when the person ends the command; what is under way is left where it is. */
function interruption(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(new Interrupted());
    if (signal?.aborted === true) end();
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Ctrl-C at a question is told by the prompt itself. */
function isInterruption(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof Error && error.name === 'ExitPromptError');
}

function selfOf({ stack, region, profile }: GlobalOptions): string {
  return [
    'npx --no-install phoenat',
    ...(stack === defaultStack ? [] : [`--stack ${stack}`]),
    ...(region === undefined ? [] : [`--region ${region}`]),
    ...(profile === undefined ? [] : [`--profile ${profile}`]),
  ].join(' ');
}
