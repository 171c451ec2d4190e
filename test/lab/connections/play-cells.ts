import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../../shared/core/model/error-message.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import { Lab } from '../network/lab.ts';
import { removeLeftovers, removeOwn } from '../network/namespaces.ts';
import type { SurvivorsOptions } from '../options.ts';
import { survivorMarks, writeTable } from '../table/write-table.ts';
import { allCells, type Cell, cellsOf, nameOf } from './cells.ts';
import { playCell } from './play-cell.ts';
import { type CellOutcome, inOneLine, renderCells } from './render.ts';

/** What setting up and taking down may take beside the outage and what comes of it, on a machine with much to do. */
const patienceMs = 120 * secondMs;

/**
 * Between two starts. TCP's tries come at the same times after each death: in two experiments at once, bursts of copies would
 * come at once too, and they share the machine's backlog of packets.
 */
const startsApartMs = 3 * secondMs;

export const cellNames: readonly string[] = allCells().map(nameOf);

/**
 * Plays the cells, several side by side: an outage is mostly a wait. Each is a process of its own, with namespaces of its
 * own. One that fails does not keep the others from being played.
 */
export async function playCells(
  options: SurvivorsOptions,
  progress: NodeJS.WritableStream,
): Promise<boolean> {
  const { only, atOnce, json, write, filesDir } = options;
  const cells = cellsOf(allCells(), only);
  const before = loadavg()[0] ?? 0;
  await removeLeftovers();
  const startedAt = performance.now();
  const outcomes: (CellOutcome | undefined)[] = cells.map(() => undefined);
  // The longest first, so that none is left over at the end.
  const queue = [...cells.entries()].toSorted(([, one], [, other]) => other.outageMs - one.outageMs);
  let done = 0;
  let startsAt = startedAt;
  const playNext = async (): Promise<void> => {
    const next = queue.shift();
    if (next === undefined) return;
    const [index, cell] = next;
    const waitMs = Math.max(0, startsAt - performance.now());
    startsAt = performance.now() + waitMs + startsApartMs;
    await sleep(waitMs);
    const first = await playApart(cell, filesDir);
    // On a machine with much to do, a boot may be too late for a short outage: once more, and that is its outcome.
    const outcome = first.kind === 'played' ? first : await playApart(cell, filesDir);
    outcomes[index] = outcome;
    done += 1;
    const load = (loadavg()[0] ?? 0).toFixed(1);
    const at = Math.round((performance.now() - startedAt) / secondMs);
    progress.write(`${done} of ${cells.length} after ${at} s, load ${load}  ${inOneLine(outcome)}\n`);
    await playNext();
  };
  await Promise.all(Array.from({ length: atOnce }, playNext));
  const played = outcomes.flatMap((outcome) => outcome ?? []);
  const text = renderCells(played, { atOnce, load: before });
  if (json) process.stdout.write(`${JSON.stringify({ text, outcomes: played }, undefined, 2)}\n`);
  else process.stdout.write(`\n${text}`);
  const ok = played.every(({ kind }) => kind === 'played');
  if (write) writeTable('docs/nat-instance.md', text, survivorMarks);
  return ok;
}

/** In this process: what `playApart` starts. It prints the figures as JSON. */
export async function playHere(name: string, filesDir: string): Promise<boolean> {
  const cell = allCells().find((one) => nameOf(one) === name);
  if (cell === undefined) return false;
  try {
    const figures = await playCell(await Lab.build(filesDir), cell);
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return true;
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    return false;
  } finally {
    await removeOwn();
  }
}

const underWay = new Set<AbortController>();

/** Ends those that are being played; each takes its namespaces down. */
export function endCells(): void {
  for (const one of underWay) one.abort();
}

function playApart(cell: Cell, filesDir: string): Promise<CellOutcome> {
  return new Promise((resolve) => {
    const main = process.argv[1] ?? '';
    const command = [main, '--survivors', '--cell', nameOf(cell), '--nat-files', filesDir];
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), patienceMs + 4.5 * cell.outageMs);
    underWay.add(controller);
    const child = spawn(process.execPath, command, { stdio: 'pipe', signal: controller.signal });
    let [said, errors] = ['', ''];
    child.stdout.on('data', (text) => {
      said += String(text);
    });
    child.stderr.on('data', (text) => {
      errors += String(text);
    });
    child.on('error', (error) => {
      errors += controller.signal.aborted ? 'it did not come to its end in time' : error.message;
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      underWay.delete(controller);
      if (code === 0) resolve({ kind: 'played', cell, figures: JSON.parse(said) });
      else resolve({ kind: 'failed', cell, why: errors.trim() || `ended with ${code}` });
    });
  });
}
