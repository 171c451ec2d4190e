import { secondMs } from '../../../shared/core/model/time.ts';
import type { Cell } from './cells.ts';
import { allOf, type CellFigures, type Survival, together } from './figures.ts';

export type Verdict = { readonly ok: boolean; readonly says: string };

/** What is to be reached in a cell, and whether it is; undefined where nothing was asked for. */
export function judge(cell: Cell, figures: CellFigures): Verdict | undefined {
  if (cell.successor === 'copy') {
    const all = allOf(figures);
    return { ok: isNearlyAll(all), says: `99 % of all (${percentOf(all)})` };
  }
  const { echo, upload, idle, stream, download } = figures.own;
  const sending = together([echo, upload, idle]);
  const allSend = { ok: sending.goOn === sending.total, says: 'all that send' };
  if (cell.keep === 'senders' || cell.outageMs !== 27 * secondMs || cell.clients !== 4) return allSend;
  const says = `all that send, 99 % of streams (${percentOf(stream)}) and downloads (${percentOf(download)})`;
  return { ok: allSend.ok && isNearlyAll(stream) && isNearlyAll(download), says };
}

function isNearlyAll({ goOn, total }: Survival): boolean {
  return total > 0 && goOn >= 0.99 * total;
}

function percentOf({ goOn, total }: Survival): string {
  return `${(Math.floor((1_000 * goOn) / Math.max(1, total)) / 10).toString()} %`;
}
