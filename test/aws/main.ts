import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import confirm from '@inquirer/confirm';
import { pricesFor } from '../../cli/cost/prices.ts';
import { refuseCommandLine } from '../../scripts/command-line.ts';
import { renderCost, upperBound } from './core/cost.ts';
import type { Journal } from './core/journal.ts';
import { objection } from './core/journal.ts';
import { isWell, type Measured } from './core/measured.ts';
import { namesOf, newRunName } from './core/names.ts';
import { type Options, parseOptions, usage } from './core/options.ts';
import { type Aws, openAws } from './shell/aws.ts';
import { beginJournal, openJournal, readJournals } from './shell/journal-file.ts';
import { measure, measuredUntil, type SoFar } from './shell/measure.ts';
import { isRunning } from './shell/processes.ts';
import { removeAll } from './shell/remove.ts';
import type { Rig } from './shell/rig.ts';
import { listenForEnd } from './shell/signals.ts';
import { writeReport } from './shell/write-report.ts';

const root = join(import.meta.dirname, '../..');
const minuteMs = 60_000;
/** Of the removal, beside the limit of what is measured: most of it Lambda's interfaces. */
const removalMinutes = 90;

const startedMs = Date.now();
const say = (text: string) => {
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  const minutes = String(Math.floor(seconds / 60)).padStart(3);
  process.stderr.write(`${minutes}:${String(seconds % 60).padStart(2, '0')}  ${text}\n`);
};

async function main(options: Options): Promise<number> {
  const journals = resolve(options.journals);
  if (options.cleanUp) return await cleanUp(options, journals);
  const aws = await connect(options);
  if (aws === undefined) return 3;
  if (aws.endpoint !== undefined && options.report === undefined) {
    return wrong(
      `AWS_ENDPOINT_URL is ${aws.endpoint}: name a file for the report with --report, what is not AWS is not the page's`,
    );
  }
  if (!(await mayBegin(aws, options, journals))) return 2;
  return await run(aws, options, journals);
}

async function connect(place: Pick<Options, 'profile' | 'region'>): Promise<Aws | undefined> {
  try {
    return await openAws(place);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`test:aws: AWS could not be asked: ${why}; give --profile and --region\n`);
    return undefined;
  }
}

function wrong(sentence: string): number {
  process.stderr.write(`test:aws: ${sentence}\n`);
  return 2;
}

/** Says where it goes and what it costs, and asks. */
async function mayBegin(aws: Aws, options: Options, journals: string): Promise<boolean> {
  const hours = (options.limitMinutes + removalMinutes) / 60;
  const prices = pricesFor(aws.region);
  const priced =
    prices.region === aws.region
      ? ''
      : ` (the prices are those of ${prices.region}: none are known for here)`;
  const open = readJournals(journals, say).filter(({ isClean }) => !isClean);
  process.stderr.write(
    [
      `This makes a VPC, a Phoenat stack and instances, lets instances die, measures, and removes what it made; what is left is named.`,
      `  account  ${aws.accountId}, as ${aws.caller}`,
      `  Region   ${aws.region}${aws.endpoint === undefined ? '' : `, but at ${aws.endpoint}, which is not AWS`}`,
      `  events   ${options.events.map(({ name }) => name).join(', ')}`,
      `  time     at most ${options.limitMinutes} min, and ${removalMinutes} min for the removal`,
      `  cost     at most, without free tiers${priced}; a few MB of data transfer are not counted:`,
      renderCost(upperBound(prices, hours, options.parameters)),
      ...open.map(
        ({ begin }) => `Not cleaned up yet: ${begin.run} of ${begin.at}; npm run test:aws -- --clean-up`,
      ),
      '',
    ].join('\n'),
  );
  if (options.yes) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    wrong('there is no terminal to ask at: nothing was done; --yes says yes');
    return false;
  }
  try {
    return await confirm({ message: 'Begin?', default: false }, { output: process.stderr });
  } catch {
    return false;
  }
}

async function run(aws: Aws, options: Options, journals: string): Promise<number> {
  const name = newRunName(randomBytes(8));
  const journal = beginJournal(journals, {
    run: name,
    accountId: aws.accountId,
    region: aws.region,
    ...(aws.profile === undefined ? {} : { profile: aws.profile }),
    ...(aws.endpoint === undefined ? {} : { endpoint: aws.endpoint }),
    host: hostname(),
    pid: process.pid,
    at: new Date().toISOString(),
  });
  const end = listenForEnd(say, options.limitMinutes * minuteMs);
  const base = { aws, names: namesOf(name, aws.accountId), journal, root, say, ...paceOf(aws) };
  say(`the run is ${name}; its journal is ${journal.file}`);
  const rig = { ...base, signal: end.work };
  const soFar: SoFar = { events: [] };
  let isGood = false;
  try {
    const measured = await measure(rig, options, soFar);
    isGood = isWell(measured);
    await hand(measured, options, options.report);
  } catch (error) {
    const reason: unknown = end.work.aborted ? end.work.reason : error;
    const why = reason instanceof Error ? reason.message : String(reason);
    say(`broken off: ${why}`);
    await handPart(rig, soFar, why, options);
  }
  const isRemoved = await removeSaying({ ...base, signal: end.beginRemoval(removalMinutes * minuteMs) });
  end.close();
  if (!isRemoved) return 1;
  return end.wasAsked() ? 130 : isGood ? 0 : 1;
}

async function hand(measured: Measured, options: Options, file: string | undefined): Promise<void> {
  say(`written: ${await writeReport(root, file, measured)}`);
  if (options.json) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
}

/** Beside the journal where no file was named: the page keeps the last whole run. What fails here keeps nothing from being removed. */
async function handPart(rig: Rig, soFar: SoFar, why: string, options: Options): Promise<void> {
  try {
    const part = await measuredUntil(rig, soFar, why);
    if (part === undefined) say('no event was begun: there is nothing to report');
    else await hand(part, options, options.report ?? rig.journal.file.replace(/\.jsonl$/, '.md'));
  } catch (error) {
    say(`what was measured could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

/** A cloud on this machine is never slow to say what is gone. */
function paceOf({ endpoint }: Aws): Pick<Rig, 'pollMs' | 'lastLookMs' | 'inUseMs'> {
  return endpoint === undefined
    ? { pollMs: 5_000, lastLookMs: 3 * minuteMs, inUseMs: 5 * minuteMs }
    : { pollMs: 500, lastLookMs: 15_000, inUseMs: 15_000 };
}

/** Gives whether nothing is left. */
async function removeSaying(rig: Rig): Promise<boolean> {
  const { names, aws, say: tell } = rig;
  const again = `npm run test:aws -- --clean-up --run ${names.run} --region ${aws.region}${aws.profile === undefined ? '' : ` --profile ${aws.profile}`}`;
  try {
    tell(`removing everything of ${names.run}`);
    const left = await removeAll(rig);
    tell(left.length === 0 ? 'nothing is left' : `LEFT, and billed as long as it is there:`);
    for (const what of left) tell(`  ${what}`);
    if (left.length > 0) tell(`again: ${again}`);
    return left.length === 0;
  } catch (error) {
    const reason: unknown = rig.signal.aborted ? rig.signal.reason : error;
    tell(
      `THE REMOVAL HAS NOT ENDED (${reason instanceof Error ? reason.message : reason}). To go on: ${again}`,
    );
    return false;
  }
}

async function cleanUp(options: Options, journals: string): Promise<number> {
  const all = readJournals(journals, say);
  const wanted = all.filter(({ begin, isClean }) =>
    options.run === undefined ? !isClean : begin.run === options.run,
  );
  if (options.run !== undefined && wanted.length === 0) return await cleanUpUnknown(options, journals);
  if (wanted.length === 0) {
    say(
      `nothing to clean up: no journal in ${journals} is open. A run without its journal: --run NAME --region REGION`,
    );
    return 0;
  }
  const codes: number[] = [];
  for (const journal of wanted) codes.push(await cleanUpOne(options, journals, journal));
  return Math.max(...codes);
}

async function cleanUpOne(options: Options, journals: string, journal: Journal): Promise<number> {
  const { begin } = journal;
  const profile = options.profile ?? begin.profile;
  const aws = await connect({
    region: options.region ?? begin.region,
    ...(profile === undefined ? {} : { profile }),
  });
  if (aws === undefined) return 3;
  const no = objection(journal, { ...aws, host: hostname(), runs: isRunning });
  if (no !== undefined) return wrong(no);
  return await removeRun(aws, begin.run, journals);
}

/** By its name and its tag alone. */
async function cleanUpUnknown(options: Options, journals: string): Promise<number> {
  const aws = await connect(options);
  if (aws === undefined || options.run === undefined) return 3;
  say(
    `${options.run} has no journal in ${journals}: looking for it in the account ${aws.accountId}, ${aws.region}`,
  );
  beginJournal(journals, {
    run: options.run,
    accountId: aws.accountId,
    region: aws.region,
    ...(aws.endpoint === undefined ? {} : { endpoint: aws.endpoint }),
    host: hostname(),
    pid: process.pid,
    at: new Date().toISOString(),
  });
  return await removeRun(aws, options.run, journals);
}

async function removeRun(aws: Aws, name: Journal['begin']['run'], journals: string): Promise<number> {
  const end = listenForEnd(say, minuteMs);
  const rig = {
    aws,
    names: namesOf(name, aws.accountId),
    journal: openJournal(journals, name),
    root,
    say,
    ...paceOf(aws),
    signal: end.beginRemoval(removalMinutes * minuteMs),
  };
  const isRemoved = await removeSaying(rig);
  end.close();
  return isRemoved ? 0 : 1;
}

function parsed(): Options | 'help' | string {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const options = parsed();
if (options === 'help') console.log(usage);
else
  process.exitCode =
    typeof options === 'string' ? refuseCommandLine('test:aws', options) : await main(options);
