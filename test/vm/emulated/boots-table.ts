import { markdownTable } from 'markdown-table';
import type { BootTime } from './boot-time.ts';

/** What came of the boots of one version on one image. */
export type Timed = {
  readonly name: string;
  readonly boots: readonly BootTime[];
  /** At most so much of the first row. */
  readonly goal?: number;
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

export const medianOf = ({ boots }: Timed) => median(boots.map(({ firstPacketS }) => firstPacketS));

/** Of the first row's median. */
export const shareOf = (one: Timed, rows: readonly Timed[]) => medianOf(one) / medianOf(rows[0] ?? one);

/** In the machine's own seconds since its kernel started; the first row is what the others are compared with. */
export function renderBoots(rows: readonly Timed[]): string {
  const count = Math.max(...rows.map(({ boots }) => boots.length));
  const told = ['address', 'rules', 'health'].filter((name) =>
    rows.some((row) => milestone(row, name) !== ''),
  );
  const lines = rows.map((row) => {
    const times = row.boots.map(({ firstPacketS }) => firstPacketS);
    return [
      row.name,
      medianOf(row).toFixed(1),
      `${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)}`,
      shareOf(row, rows).toFixed(2),
      row.goal === undefined ? '' : `${row.goal}`,
      ...told.map((name) => milestone(row, name)),
    ];
  });
  const head = ['', `first packet, median of ${count}`, 'all of them', 'of the first row', 'goal', ...told];
  return `${markdownTable([head, ...lines])}\n`;
}

function milestone({ boots }: Timed, name: string): string {
  const seconds = boots.flatMap(({ milestones }) => milestones[name] ?? []);
  return seconds.length === 0 ? '' : median(seconds).toFixed(1);
}
