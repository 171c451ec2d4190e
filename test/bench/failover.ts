import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Table from 'cli-table3';
import { parseOptions, readCommandLine, wholeNumber } from '../../scripts/command-line.ts';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { startMotoServer } from '../moto/moto-server.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { type Account, measureOnce, type Variant } from './failover/measure.ts';
import type { Failover } from './failover/round-trips.ts';

const usage = `How long the built controller takes from the event of a terminated instance to the last cutover answer, and how many calls
one after the other that is, in front of moto with the same delay for each call: npm run bench:failover -- [options]

  --runs N     runs of each row, interleaved (default 15)
  --delay MS   what each call takes on its way (default 50)
  --json       every run's figures, for machines
  --help       this text

Round trips are what counts on AWS; the milliseconds hold for this machine.`;

const variants: readonly Variant[] = [
  { name: 'warm, 1 zone, 1 table', letters: ['a'], privateSubnets: 1, isWarm: true },
  { name: 'warm, 3 zones, 10 tables each', letters: ['a', 'b', 'c'], privateSubnets: 10, isWarm: true },
  { name: 'warm, 6 zones, 10 tables each', letters: zoneLetters, privateSubnets: 10, isWarm: true },
  { name: 'cold, 1 zone, 1 table', letters: ['a'], privateSubnets: 1, isWarm: false },
  {
    name: 'warm, SpareInterface=off',
    letters: ['a'],
    privateSubnets: 1,
    isWarm: true,
    with: 'SpareInterface=off',
  },
  {
    name: 'warm, 2 zones, StandIn=on',
    letters: ['a', 'b'],
    privateSubnets: 1,
    isWarm: true,
    with: 'StandIn=on',
  },
];

type Row = { readonly name: string; readonly runs: readonly Failover[] };

const root = join(import.meta.dirname, '../..');
/** Beside the figures, which are for machines too. */
const say = (line: string) => {
  console.error(`bench:failover  ${line}`);
};

function read(args: string[]) {
  const { values } = parseOptions({
    args,
    options: {
      runs: { type: 'string', default: '15' },
      delay: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    runs: wholeNumber('--runs', values.runs, 1),
    // Without any delay calls in a row could not be told from calls side by side.
    delayMs: wholeNumber('--delay', values.delay, 20, 1_000),
    json: values.json,
  };
}

async function main(): Promise<void> {
  const { runs, delayMs, json } = readCommandLine({ script: 'bench:failover', usage }, read);
  const rows = await inFrontOfMoto((endpoint) => measureAll(runs, { endpoint, delayMs }));
  if (json) {
    console.log(JSON.stringify({ node: process.version, delayMs, rows }));
  } else {
    console.log(`Node.js ${process.version}, ${delayMs} ms for each call; medians of ${runs}, interleaved`);
    console.log(`${tableOf(rows, delayMs)}`);
  }
}

async function inFrontOfMoto<T>(measure: (endpoint: string) => Promise<T>): Promise<T> {
  const directory = join(root, '.venv/moto');
  const requirementsFile = join(import.meta.dirname, '../moto/requirements.txt');
  const programs = await preparePythonEnvironment({ directory, requirementsFile, tool: 'moto', say });
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) {
    throw new SetUpError(`the functions could not be built: ${built.stderr}`);
  }
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'moto',
    AWS_SECRET_ACCESS_KEY: 'moto',
  });
  const server = await startMotoServer(programs, join(directory, 'bench.log'));
  try {
    return await measure(server.endpoint);
  } finally {
    await server.stop();
  }
}

/** Interleaved, so that whatever else the machine does falls on every row alike. */
async function measureAll(runs: number, account: Account): Promise<Row[]> {
  const rows = variants.map((variant) => ({ variant, runs: [] as Failover[] }));
  for (let round = 1; round <= runs; round += 1) {
    for (const row of rows) {
      row.runs.push(await measureOnce(row.variant, account));
    }
    say(`${round} of ${runs}`);
  }
  return rows.map(({ variant, runs }) => ({ name: variant.name, runs }));
}

function tableOf(rows: readonly Row[], delayMs: number): Table.Table {
  const table = new Table({
    head: [
      'event to …',
      'last cutover answer',
      '= ms',
      'ms ÷ delay',
      'launch asked, ms',
      'answered',
      'calls',
    ],
    style: { head: [], border: [] },
  });
  for (const { name, runs } of rows) {
    const of = (figure: (run: Failover) => number) => median(runs.map(figure));
    const ms = of(({ cutover }) => cutover.ms);
    table.push([
      name,
      `${of(({ cutover }) => cutover.roundTrips)} round trips`,
      Math.round(ms),
      (ms / delayMs).toFixed(1),
      Math.round(of(({ launch }) => launch.ms)),
      `${of(({ launch }) => launch.roundTrips)} round trips`,
      of(({ calls }) => calls),
    ]);
  }
  return table;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
