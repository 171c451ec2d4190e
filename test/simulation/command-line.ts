import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { mistyped } from '../../shared/mistyped.ts';
import { goalsAbout, isGoalReached, measureGoals } from './goals/measure-goals.ts';
import { readKillers, writeKillers } from './mutants/killers.ts';
import { isKilled, type MutantOutcome } from './mutants/mutant-outcome.ts';
import { mutants } from './mutants/mutants.ts';
import { traceSchedule } from './play/play-schedule.ts';
import { faultsOf, type Replayed, replayRegressions } from './replay/replay-regressions.ts';
import {
  type OutageRow,
  type OutageSample,
  type OutagesByImage,
  percentiles,
  summarise,
} from './report/outage-statistics.ts';
import {
  renderFailure,
  renderGoals,
  renderMutants,
  renderOutages,
  renderRegressions,
  renderReplay,
  renderTally,
} from './report/render.ts';
import { writeGoals, writeMutants, writeOutages } from './report/write-reliability.ts';
import {
  type BootImage,
  type FaultKind,
  faultKinds,
  parseSchedule,
  ReplayFileError,
} from './schedule/schedule.ts';
import { addUp, type Search, type Tally } from './search.ts';
import { defaultWorkers, runTasks, type Task } from './workers/worker-pool.ts';

/** Where the command writes: results to one, progress and errors to the other. */
export type Output = { readonly out: (text: string) => void; readonly err: (text: string) => void };

/** 0: every invariant held. 1: one did not, or a mutant survived. 2: the command line or the file is wrong. */
export type ExitCode = 0 | 1 | 2;

type Options = {
  readonly schedules: number;
  readonly seed: number;
  readonly skip: number;
  readonly workers: number;
  readonly replay?: string;
  readonly trace?: true;
  readonly mutants?: true;
  readonly outages?: true;
  readonly goals?: true;
  readonly about?: string;
  readonly days?: number;
  readonly write?: true;
  readonly json?: true;
  readonly regressions: boolean;
  readonly probes: boolean;
  /** Only such stacks, or none. Absent: one in three. */
  readonly standIns?: boolean | undefined;
  readonly standby?: true;
  readonly lanes?: true;
};

/** Small enough to show progress, large enough to be worth a thread. */
const blockSize = 250;

export async function runSimulation(args: readonly string[], output: Output): Promise<ExitCode> {
  const program = commandLine(output);
  try {
    program.parse([...args], { from: 'user' });
    const options = program.opts<Options>();
    refuseIdleOptions(program, options);
    if (options.replay !== undefined) return await replay(options.replay, options, output);
    if (options.mutants) return await hunt(options, output);
    if (options.outages) return await measure(options, output);
    if (options.goals) return await reach(options, output);
    return await searchAll(options, output);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ReplayFileError) {
      output.err(mistyped('test:simulation', error.message, help));
      return 2;
    }
    throw error;
  }
}

function commandLine(output: Output): Command {
  return new Command('npm run test:simulation --')
    .description(
      'Plays thousands of drawn schedules of faults: the real controller against a simulated EC2 in which everything goes wrong, drawn from a seed. After every call that changes the account, the invariants are checked.',
    )
    .addOption(
      new Option('--schedules <number>', 'how many schedules')
        .argParser(wholeNumber(1, 10_000_000))
        .default(2_000),
    )
    .addOption(
      new Option('--seed <number>', 'which schedules; `new` draws a seed and prints it')
        .argParser(seedFrom)
        .default(1),
    )
    .addOption(
      new Option('--skip <number>', `leave out the first so many of these, in blocks of ${blockSize}`)
        .argParser(wholeNumber(0))
        .default(0),
    )
    .addOption(
      new Option('--replay <file>', 'play one schedule from a file').conflicts([
        'mutants',
        'outages',
        'schedules',
        'seed',
        'skip',
        'workers',
        'regressions',
      ]),
    )
    .option('--trace', 'with --replay: every fault, call and outage, line by line')
    .addOption(
      new Option(
        '--mutants',
        'controllers that are broken on purpose must be noticed: killed, in the words of mutation testing',
      ).conflicts(['outages', 'schedules', 'skip', 'regressions']),
    )
    .addOption(
      new Option('--outages', 'how long each kind of fault keeps a private subnet offline').conflicts([
        'skip',
        'regressions',
      ]),
    )
    .addOption(
      new Option('--goals', 'what Phoenat is to reach, and what it reaches: one table').conflicts([
        'mutants',
        'outages',
        'schedules',
        'skip',
        'workers',
        'regressions',
      ]),
    )
    .option('--about <words>', 'with --goals: only what is described in these words')
    .addOption(
      new Option(
        '--days <number>',
        'with --goals: each on so many days, and not on as many as it has',
      ).argParser(wholeNumber(1, 10_000)),
    )
    .option('--write', 'with --mutants, --outages and --goals: write tables and chart into docs/')
    .addOption(
      new Option('--workers <number>', 'how many threads')
        .argParser(wholeNumber(1, 256))
        .default(defaultWorkers),
    )
    .option('--no-regressions', 'only what is drawn, not first what former searches have found')
    .addOption(
      new Option('--no-probes', 'draw stacks without probes only').conflicts([
        'replay',
        'mutants',
        'outages',
        'goals',
      ]),
    )
    .addOption(
      new Option(
        '--stand-ins',
        'draw only stacks whose zones stand in for one another, and trouble in neighbouring zones',
      ).conflicts(['replay', 'mutants', 'outages', 'goals']),
    )
    .addOption(
      new Option('--no-stand-ins', 'draw no stacks whose zones stand in for one another').conflicts([
        'replay',
        'mutants',
        'outages',
        'goals',
      ]),
    )
    .addOption(
      new Option('--standby', 'draw only stacks of one zone with a standby, and trouble in both').conflicts([
        'standIns',
        'replay',
        'mutants',
        'outages',
        'goals',
      ]),
    )
    .addOption(
      new Option(
        '--lanes',
        'draw only stacks of four to six zones, several of them in one Availability Zone',
      ).conflicts(['standby', 'standIns', 'replay', 'mutants', 'outages', 'goals']),
    )
    .option('--json', 'print JSON for machines')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: output.out,
      writeErr: output.err,
      outputError: (text, write) => write(mistyped('test:simulation', text, help)),
    });
}

const help = 'npm run test:simulation -- --help';

/** An option that would change nothing was meant to. */
function refuseIdleOptions(
  program: Command,
  { replay, trace, mutants, outages, goals, about, days, write, skip, schedules }: Options,
): void {
  const isChosen = about !== undefined || days !== undefined;
  if (isChosen && !goals) program.error("error: options '--about' and '--days' need '--goals'");
  if (isChosen && write) program.error("error: '--write' is for all goals, on their own days");
  if (goals && goalsAbout(about).length === 0)
    program.error(`error: no goal is described in the words of '--about ${about}'`);
  if (trace && replay === undefined) program.error("error: option '--trace' needs '--replay <file>'");
  if (skip > 0 && skip >= schedules)
    program.error(`error: '--skip ${skip}' leaves nothing of '--schedules ${schedules}'`);
  if (write && !mutants && !outages && !goals)
    program.error("error: option '--write' needs '--mutants', '--outages' or '--goals'");
}

const examples = `
Examples:
  npm run test:simulation                                        2,000 schedules
  npm run test:simulation -- --schedules 100000 --seed 7         a night's worth
  npm run test:simulation -- --seed new                          schedules that nobody has played
  npm run test:simulation -- --no-probes                         stacks that can only go by what EC2 tells
  npm run test:simulation -- --replay simulation-failure.json --trace
  npm run test:simulation -- --mutants
  npm run test:simulation -- --goals
  npm run test:simulation -- --goals --about hangs --days 300
  npm run test:simulation -- --outages --write`;

function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < min || text.trim() === '') {
      throw new InvalidArgumentError(`It must be a whole number from ${min} on.`);
    }
    if (value > max) throw new InvalidArgumentError(`It must be ${max} at most.`);
    return value;
  };
}

const maxSeed = 2 ** 32 - 1;

/** One that nobody has chosen finds what the fixed one cannot; it is printed, so that anybody can play it again. */
function seedFrom(text: string): number {
  return text === 'new' ? randomInt(maxSeed) : wholeNumber(0, maxSeed)(text);
}

const failureFile = 'simulation-failure.json';

async function searchAll(options: Options, output: Output): Promise<ExitCode> {
  output.err(`seed ${options.seed}\n`);
  // What is carried on has played them.
  if (options.regressions && options.skip === 0 && !(await replayAll(options, output))) return 1;
  return searchDrawn(options, output);
}

/** Whether all of what was found once is as it should be. */
async function replayAll({ workers, json }: Options, output: Output): Promise<boolean> {
  const replayed = await replayRegressions(workers);
  const failed = replayed.filter((one) => faultsOf(one).length > 0);
  if (failed.length === 0) output.err(`${replayed.length} regressions\n`);
  else output.out(json ? asJson({ regressions: failed.map(asFailure) }) : renderRegressions(failed));
  return failed.length === 0;
}

function asFailure(replayed: Replayed): object {
  return { name: replayed.name, faults: faultsOf(replayed) };
}

async function searchDrawn(
  { schedules, seed, skip, workers, json, probes, standIns: mayStandIn, standby, lanes }: Options,
  output: Output,
): Promise<ExitCode> {
  const startedAt = performance.now();
  const standIns = standby === true ? 'standby' : lanes === true ? 'lanes' : mayStandIn;
  const skipped = Math.floor(skip / blockSize);
  const tasks = blocks({ schedules, seed, probes, standIns }).slice(skipped);
  let played = Math.min(schedules, skipped * blockSize);
  const tallies = await runTasks<'search'>(tasks, workers, (tally) => {
    played += tally.schedules;
    output.err(`${played} of ${schedules} schedules\n`);
    return tally.failure === undefined ? 'go on' : 'enough';
  });
  const tally = addUp(tallies);
  const seconds = (performance.now() - startedAt) / 1_000;
  output.out(json ? asJson({ ...summary(tally), seconds }) : renderTally(tally, { seed, seconds, workers }));
  if (tally.failure === undefined) return 0;
  writeFileSync(failureFile, asJson(tally.failure.schedule));
  const told = renderFailure(tally.failure, {
    seed,
    schedules,
    file: failureFile,
    drawn: [...(probes ? [] : ['--no-probes']), ...(standIns === undefined ? [] : [optionFor(standIns)])],
  });
  if (json) output.err(told);
  else output.out(told);
  return 1;
}

function optionFor(standIns: boolean | 'standby' | 'lanes'): string {
  return typeof standIns === 'string' ? `--${standIns}` : standIns ? '--stand-ins' : '--no-stand-ins';
}

/** The blocks of one seed are the same for any number of schedules and workers. */
function blocks({
  schedules,
  seed,
  probes,
  standIns,
}: Pick<Options, 'schedules' | 'seed' | 'probes'> & Pick<Search, 'standIns'>): Extract<
  Task,
  { kind: 'search' }
>[] {
  return Array.from({ length: Math.ceil(schedules / blockSize) }, (_, nth) => ({
    kind: 'search' as const,
    seed: (Math.imul(seed, 1_000_003) + nth) | 0,
    schedules: Math.min(blockSize, schedules - nth * blockSize),
    probes,
    standIns,
  }));
}

function summary({ settledAfterMs, ...rest }: Tally): object {
  const [median, p99, worst] = percentiles(settledAfterMs, [0.5, 0.99, 1]);
  return { ...rest, settledAfterMs: { median, p99, worst } };
}

async function replay(file: string, { trace, json }: Options, output: Output): Promise<ExitCode> {
  const schedule = parseSchedule(readFile(file), file);
  const { trace: lines, verdict } = await traceSchedule(schedule);
  if (json) {
    output.out(asJson(trace ? { ...verdict, trace: lines } : verdict));
  } else {
    if (trace) output.out(`${lines.join('\n')}\n`);
    output.out(renderReplay(schedule, verdict));
  }
  return verdict.violation === undefined ? 0 : 1;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ReplayFileError(errorMessage(error));
  }
}

/** As many schedules as a mutant may need; one that outlives them has survived. */
const maxForMutant = 3_000;

async function hunt({ seed, workers, write, json }: Options, output: Output): Promise<ExitCode> {
  // What is written says how many schedules it takes to find one, so nothing is known beforehand.
  const known = write ? {} : readKillers(seed);
  const tasks = mutants.map(({ name }) => ({
    kind: 'mutant' as const,
    name,
    seed,
    schedules: maxForMutant,
    firstNth: known[name],
  }));
  const tallies = await runTasks<'mutant'>(tasks, workers, (tally, nth) => {
    const { name = '', firstNth } = tasks[nth] ?? {};
    const isAsKnown = mutants[nth]?.isKept === true || tally.failure?.nth === firstNth;
    const hint = isAsKnown ? '' : ': not by the schedule in killers.json, which --write renews';
    output.err(`mutant ${name}${write ? '' : hint}\n`);
    return 'go on';
  });
  const outcomes = mutants.flatMap((mutant, nth): MutantOutcome[] => {
    const tally = tallies[nth];
    return tally === undefined ? [] : [{ mutant, tally }];
  });
  output.out(
    json
      ? asJson(outcomes.map(({ mutant, tally }) => ({ ...mutant, ...summary(tally) })))
      : renderMutants(outcomes),
  );
  if (write) {
    writeMutants(outcomes);
    writeKillers(seed, outcomes);
  }
  return outcomes.every(isKilled) ? 0 : 1;
}

/** Nobody is offline because of these; and while a zone is paused, how long is for whoever paused it to say. */
const costsNothing: readonly FaultKind[] = ['pause', 'resume', 'restore'];

async function measure(
  { seed, schedules, workers, write, json }: Options,
  output: Output,
): Promise<ExitCode> {
  const kinds = faultKinds.filter((kind) => !costsNothing.includes(kind));
  const perKind = Math.max(1, Math.ceil(schedules / kinds.length));
  const rowsWith = async (image: BootImage): Promise<readonly OutageRow[]> => {
    const tasks = kinds.map((fault) => ({
      kind: 'outages' as const,
      fault,
      image,
      seed,
      schedules: perKind,
    }));
    const samples: (readonly OutageSample[])[] = await runTasks<'outages'>(
      tasks,
      workers,
      (_samples, nth) => {
        output.err(`${nth + 1} of ${tasks.length}, image ${image}: ${tasks[nth]?.fault}\n`);
        return 'go on';
      },
    );
    return summarise(samples.flat());
  };
  const rows: OutagesByImage = {
    'rules-first': await rowsWith('rules-first'),
    'has-everything': await rowsWith('has-everything'),
  };
  output.out(json ? asJson(rows) : renderOutages(rows));
  if (write) writeOutages(rows, { seed, perKind });
  return 0;
}

async function reach({ seed, about, days, write, json }: Options, output: Output): Promise<ExitCode> {
  const chosen = { ...(about === undefined ? {} : { about }), ...(days === undefined ? {} : { days }) };
  const outcomes = await measureGoals(seed, ({ goal }) => output.err(`${goal.what}\n`), chosen);
  output.out(json ? asJson(outcomes) : renderGoals(outcomes));
  if (write) writeGoals(outcomes);
  return outcomes.every(isGoalReached) ? 0 : 1;
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
