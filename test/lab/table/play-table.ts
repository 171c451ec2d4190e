import { loadavg } from 'node:os';
import { errorMessage } from '../../../shared/core/model/error-message.ts';
import { fullPace, type Pace, quickPace } from '../harness/live-harness.ts';
import { Lab } from '../network/lab.ts';
import { removeLeftovers, removeOwn } from '../network/namespaces.ts';
import type { TableOptions } from '../options.ts';
import { type LabEvent, labEvents } from './events.ts';
import { playEvent } from './play-event.ts';
import { type RowOutcome, renderBrief, renderTable, rowOf } from './render.ts';
import { type Setup, setups } from './setups.ts';
import { writeTable } from './write-table.ts';

type Row = { readonly setup: Setup; readonly event: LabEvent };

const rows: readonly Row[] = setups.flatMap((setup) =>
  labEvents.flatMap((event) =>
    (event.setups ?? ['one', 'neighbour']).includes(setup.name) ? [{ setup, event }] : [],
  ),
);

const nameOf = ({ setup, event }: Row) => `${setup.name}/${event.name}`;

export const rowNames: readonly string[] = rows.map(nameOf);

/** Plays every event in every setup, one after the other; a row that fails does not keep the others from being played. */
export async function playTable(options: TableOptions, progress: NodeJS.WritableStream): Promise<boolean> {
  const wanted = rows.filter((row) => options.rows.length === 0 || options.rows.includes(nameOf(row)));
  const before = loadavg()[0] ?? 0;
  const outcomes: RowOutcome[] = [];
  await removeLeftovers();
  for (const [index, row] of wanted.entries()) {
    const startedAt = performance.now();
    const played = await play(row, options);
    outcomes.push(...played);
    const took = Math.round((performance.now() - startedAt) / 1_000);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    progress.write(`${index + 1} of ${wanted.length}  ${nameOf(row)}  (${took} s, load ${load})\n`);
    for (const outcome of played) progress.write(`    ${rowOf(outcome).join('  |  ')}\n`);
  }
  const pace = paceOf(options);
  const basis = { connections: options.connections, pace: pace.about, load: before };
  const text = renderTable(outcomes, basis);
  if (options.json) process.stdout.write(`${JSON.stringify({ text, outcomes }, undefined, 2)}\n`);
  else process.stdout.write(`\n${text}`);
  const ok = outcomes.every(({ kind }) => kind === 'played');
  if (options.write) {
    writeTable('docs/reliability.md', text);
    writeTable('README.md', renderBrief(outcomes));
  }
  return ok;
}

async function play({ setup, event }: Row, options: TableOptions): Promise<readonly RowOutcome[]> {
  try {
    const lab = await Lab.build(options.filesDir);
    const { connections } = options;
    const played = await playEvent(lab, event, setup, { pace: paceOf(options), connections });
    return played.map((figures) => ({ kind: 'played', figures }));
  } catch (error) {
    return [{ kind: 'failed', setup: setup.name, says: event.says, why: errorMessage(error) }];
  } finally {
    await removeOwn();
  }
}

function paceOf({ quick }: TableOptions): Pace {
  return quick ? quickPace : fullPace;
}
