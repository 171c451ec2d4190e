import { spawnSync } from 'node:child_process';
import { CommandLineError, parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { LabReport } from '../lab/report.ts';
import { playSideBySide } from '../lab/side-by-side.ts';
import { boots, flowTable, noFlowTable, swap } from './boots.ts';
import type { Case } from './case.ts';
import { comingHome } from './coming-home.ts';
import { connections } from './connections.ts';
import { extras } from './extras.ts';
import { failingTwice, givingUp, goingOn, noRepository } from './failures.ts';
import { guard, guardCost, guardGivesUp } from './guard.ts';
import { handOver } from './hand-over.ts';
import { health } from './health.ts';
import { neighbour } from './neighbour.ts';
import { ownImage } from './own-image.ts';
import { noPaging, paging } from './paging.ts';
import { judgeMachine } from './requirements.ts';
import { Stage } from './stage.ts';
import { units } from './units.ts';
import { watch } from './watch.ts';

// The NAT instance's units under a real systemd, in namespaces: what ships, from the user data, booted and rebooted.

const cases: readonly Case[] = [
  units,
  ...boots,
  flowTable,
  noFlowTable,
  swap,
  failingTwice,
  givingUp,
  noRepository,
  goingOn,
  guard,
  guardGivesUp,
  guardCost,
  health,
  handOver,
  connections,
  extras,
  neighbour,
  comingHome,
  watch,
  paging,
  noPaging,
  ownImage,
];
/** They mostly wait. */
const casesAtOnce = 3;
const isCi = (process.env['CI'] ?? '') !== '';
const inside = 'PHOENAT_SYSTEMD_INSIDE';

const usage = `The NAT instance's units under a real systemd (root on Linux): npm run test:systemd -- [options]

  --case NAME    play this one; may be given several times (default: all)
  --json         the result for machines
  --help         this text

Cases:
${cases.map(({ name, about }) => `  ${name.padEnd(14)} ${about}\n`).join('')}`;

/** Exit codes: 0 all held or skipped; 1 a check failed or the machine lacks something; 2 the command line is wrong. */
async function main(): Promise<number> {
  const wanted = readCommandLine({ script: 'test:systemd', usage }, read);
  const fitness = await judgeMachine();
  if (fitness.kind !== 'fit') {
    process.stdout.write(`test:systemd  skipped: ${fitness.why}\n`);
    return fitness.kind === 'missing' && isCi ? 1 : 0;
  }
  return process.env[inside] === undefined ? enter() : playAll(wanted.names, wanted.json);
}

/** In a mount namespace, which takes everything that is mounted here with it, however this ends. */
function enter(): number {
  const command = ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [inside]: '1' };
  return spawnSync('unshare', command, { env, stdio: 'inherit' }).status ?? 1;
}

async function playAll(names: readonly string[], json: boolean): Promise<number> {
  const startedAt = performance.now();
  const report = new LabReport((text) => {
    if (!json) process.stdout.write(text);
  });
  const stages: Stage[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      Promise.all(stages.map((stage) => stage.clear())).finally(() => process.exit(130));
    });
  }
  const wanted = cases.filter(({ name }) => names.length === 0 || names.includes(name));
  await playSideBySide(wanted, casesAtOnce, report, async ({ name, play }, part) => {
    const section = part.section(name);
    const beganAt = performance.now();
    const stage = await Stage.set();
    stages.push(stage);
    try {
      await play(stage, section);
    } catch (error) {
      section.check('the case comes to its end', false, errorMessage(error));
    } finally {
      await stage.clear();
      await stage.strike();
      section.note(`${secondsSince(beganAt)} s`);
    }
  });
  const seconds = secondsSince(startedAt);
  const { ok, checks } = report;
  const held = checks.filter((check) => check.ok).length;
  if (json) process.stdout.write(`${JSON.stringify({ ok, seconds, checks }, undefined, 2)}\n`);
  else process.stdout.write(`\n${held} of ${checks.length} checks hold (${seconds} s)\n`);
  return ok ? 0 : 1;
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1_000);
}

type Wanted = { readonly names: readonly string[]; readonly json: boolean };

function read(args: string[]): Wanted {
  const { values } = parseOptions({
    args,
    options: {
      case: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const known = cases.map(({ name }) => name);
  const unknown = values.case.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandLineError(`there is no case "${unknown}": ${known.join(', ')}`);
  }
  return { names: values.case, json: values.json };
}

process.exit(await main());
