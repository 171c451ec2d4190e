import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError, Option, type OutputConfiguration } from 'commander';
import picocolors from 'picocolors';
import { CommandLineError } from '../scripts/command-line.ts';
import { mistyped } from '../shared/mistyped.ts';
import { renderIntroduction } from './introduction.ts';
import { createPaint, type Paint } from './palette.ts';
import { type Listener, recordScenario } from './record-scenario.ts';
import type { Scenario } from './scenario.ts';
import { type DemoImage, demoImages, type ScenarioResult } from './scenario-result.ts';
import { findScenario, scenarios } from './scenarios.ts';
import { renderOverview, renderSummary } from './summary.ts';
import { widthFor } from './text.ts';
import { renderEntry } from './timeline-view.ts';

/** Where the demo writes. */
export type Output = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Of the terminal; absent where there is none. */
  readonly columns?: number;
};

/** 0: all went well. 1: a scenario did not end settled with egress everywhere. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2;

type Options = {
  readonly list?: true;
  /** Absent: the first one. */
  readonly scenario?: Scenario;
  readonly all?: true;
  readonly json?: true;
  readonly speed: 'instant' | 'real';
  readonly seed: number;
  readonly image: DemoImage;
  readonly color: boolean;
  readonly html?: string;
  readonly force?: true;
};

/** Runs the demo's command line, given without the program's name. What is mistyped ends in exit code 2. */
export async function runDemo(
  args: readonly string[],
  output: Output,
  record: typeof recordScenario = recordScenario,
): Promise<ExitCode> {
  const program = commandLine(output);
  try {
    program.parse([...args], { from: 'user' });
    const { force, html } = program.opts<Options>();
    if (force && html === undefined) program.error("error: option '--force' needs '--html <file>'");
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : 2;
    }
    throw error;
  }
  const options = program.opts<Options>();
  if (options.list) {
    output.out(list(options));
    return 0;
  }
  if (options.html !== undefined) {
    return await recordPage(options, options.html, output);
  }
  const results = options.all
    ? await recordAll(options, output, record)
    : [await recordOne(options, output, record)];
  return exitCodeFor(results);
}

export function exitCodeFor(results: readonly ScenarioResult[]): ExitCode {
  return results.every(({ ok }) => ok) ? 0 : 1;
}

function commandLine(output: Output): Command {
  return new Command('npm run demo --')
    .description(
      'Plays trouble with NAT instances: the real controller, woken by EventBridge documents, against a simulated EC2. Nothing is sent to AWS, and the times are simulated.',
    )
    .option('--list', 'name the scenarios')
    .addOption(
      new Option(
        '--scenario <name>',
        'play one of those that --list names (default: "terminated")',
      ).argParser(scenarioNamed),
    )
    .addOption(
      new Option('--all', 'play all and print one table, a line for each').conflicts(['scenario', 'speed']),
    )
    .addOption(new Option('--json', 'print JSON for machines').conflicts('speed'))
    .addOption(
      new Option('--speed <speed>', 'instant: everything is printed at once; real: as time passes')
        .choices(['instant', 'real'])
        .default('instant'),
    )
    .addOption(
      new Option('--seed <number>', 'another day: other ids, delays, and another moment of the trouble')
        .argParser(seed)
        .default(1),
    )
    .addOption(
      new Option(
        '--image <preset>',
        'what instances are launched from: al2023 installs nftables before it forwards, fck-nat brings it',
      )
        .choices(demoImages)
        .default('al2023'),
    )
    .addOption(
      new Option(
        '--html <file>',
        'write the recording as one page for a browser, which needs no server and no network',
      ).conflicts(['all', 'json', 'speed']),
    )
    .option('--force', 'with --html: replace the file if it is there')
    .option('--no-color', 'no colours; NO_COLOR does the same, FORCE_COLOR the opposite')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput(outputOf(output, 'npm run demo -- --help'));
}

/** Where a command of the demo writes, and how it says what was mistyped. */
export function outputOf({ out, err }: Output, help: string): OutputConfiguration {
  return {
    writeOut: out,
    writeErr: err,
    outputError: (text, write) => write(mistyped('demo', text, help)),
  };
}

const examples = `
Examples:
  npm run demo                                     a NAT instance is terminated
  npm run demo -- --scenario forwarding-broken     it runs on, and forwards nothing
  npm run demo -- --scenario stopped --speed real  a minute, as it feels
  npm run demo -- --all                            every scenario, one line each
  npm run demo -- --all --image fck-nat            the same, with nothing to install at boot
  npm run demo -- --html failover.html             to watch it in a browser
  npm run demo -- --json | jq .outages             for machines

  npm run demo -- --serve                          a simulated account for the real commands; --serve --help`;

function scenarioNamed(name: string): Scenario {
  const scenario = findScenario(name);
  if (scenario === undefined) {
    const names = scenarios.map((known) => known.name).join(', ');
    throw new InvalidArgumentError(`The scenarios are: ${names}.`);
  }
  return scenario;
}

function seed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '') {
    throw new InvalidArgumentError('A seed is a whole number from 0 on.');
  }
  return value;
}

function list({ json }: Options): string {
  const columns = Math.max(...scenarios.map(({ name }) => name.length)) + 2;
  return json
    ? asJson(scenarios.map(({ name, title }) => ({ name, title })))
    : scenarios.map(({ name, title }) => `${name.padEnd(columns)}${title}\n`).join('');
}

/** A recording for a browser. */
async function recordPage(options: Options, file: string, output: Output): Promise<ExitCode> {
  const [first] = scenarios;
  // Loaded here: what makes pages takes longer to load than the demo to play.
  const { recordHistory } = await import('./playground/record-history.ts');
  const { playgroundPage } = await import('../scripts/playground-page.ts');
  const { writePage } = await import('../scripts/write-page.ts');
  const results: ScenarioResult[] = [];
  try {
    await writePage(file, options.force === true, async () => {
      const { result, history } = await recordHistory(options.scenario ?? first, options);
      results.push(result);
      return await playgroundPage(JSON.stringify(history));
    });
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    output.err(`demo: ${error.message}\n`);
    return 2;
  }
  for (const { scenario, seed } of results) {
    output.out(`${file}: ${scenario}, seed ${seed}; open it in a browser\n`);
  }
  return exitCodeFor(results);
}

async function recordAll(
  options: Options,
  output: Output,
  record: typeof recordScenario,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    results.push(await record(scenario, options));
  }
  output.out(
    options.json
      ? asJson(results)
      : asText(renderOverview(results, paintFor(options), widthFor(output.columns))),
  );
  return results;
}

async function recordOne(
  options: Options,
  output: Output,
  record: typeof recordScenario,
): Promise<ScenarioResult> {
  const [first] = scenarios;
  const scenario = options.scenario ?? first;
  if (options.json) {
    const result = await record(scenario, options);
    output.out(asJson(result));
    return result;
  }
  const paint = paintFor(options);
  const print = (lines: readonly string[]) => output.out(asText(lines));
  const width = widthFor(output.columns);
  const printer = createPrinter(options, { paint, width, print });
  const result = await record(scenario, options, printer);
  printer.onEntries(result.timeline);
  print(['', ...renderSummary(result, paint, width)]);
  return result;
}

/** Prints each entry once. */
function createPrinter(
  { speed }: Options,
  {
    paint,
    width,
    print,
  }: {
    readonly paint: Paint;
    readonly width: number;
    readonly print: (lines: readonly string[]) => void;
  },
): Listener {
  const printed = new Set<string>();
  return {
    onIntroduction: (introduction) => print([...renderIntroduction(introduction, paint, width), '']),
    onEntries: (entries) => {
      for (const entry of entries) {
        const key = JSON.stringify(entry);
        if (!printed.has(key)) {
          printed.add(key);
          print(renderEntry(entry, paint, width));
        }
      }
    },
    ...(speed === 'real' ? { pause: (durationMs: number) => sleep(durationMs) } : {}),
  };
}

function paintFor({ color }: Options): Paint {
  // It knows NO_COLOR, FORCE_COLOR, CI, dumb terminals and pipes.
  return createPaint(color && picocolors.isColorSupported);
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
