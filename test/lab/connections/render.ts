import { cpus } from 'node:os';
import { markdownTable } from 'markdown-table';
import { secondMs } from '../../../shared/core/model/time.ts';
import { heldKinds } from '../programs/held-protocol.ts';
import { type Cell, nameOf } from './cells.ts';
import { type CellFigures, type Survival, together } from './figures.ts';
import { judge } from './goals.ts';
import { heldInAll, heldInPairs } from './mix.ts';

export type CellOutcome =
  | { readonly kind: 'played'; readonly cell: Cell; readonly figures: CellFigures }
  | { readonly kind: 'failed'; readonly cell: Cell; readonly why: string };
type Played = Extract<CellOutcome, { kind: 'played' }>;

const head = [
  'carried on by, in the lab',
  '`KeepConnections`',
  'outage',
  'clients',
  'security groups',
  ...heldKinds,
  'two had the port: kept',
  'changed',
  'to be reached',
];

/** On what the figures rest. */
export type Basis = { readonly atOnce: number; readonly load: number };

/** In Markdown. Cells that differ in nothing but the clients and their groups are one row. */
export function renderCells(outcomes: readonly CellOutcome[], basis: Basis): string {
  const rows = merge(outcomes.map((outcome) => [outcome])).map(rowOf);
  return `${inWords(basis)}\n\n${markdownTable([head, ...rows].map((cells) => [...cells]))}\n`;
}

function inWords({ atOnce, load }: Basis): string {
  return [
    `${heldInAll} connections in each experiment, ${heldInPairs} of them in pairs of two clients with the same port;`,
    'the columns of the kinds are of the others. The longest stall is of those that go on.',
    'A row of several numbers of clients, or with and without security groups, is as many experiments that came to the same.',
    `${atOnce} at once; a machine with ${cpus().length} processors, load ${load.toFixed(1)} when it began.`,
  ].join('\n');
}

type Row = readonly CellOutcome[];

function merge(rows: readonly Row[]): readonly Row[] {
  const byGroups = mergeWhere(
    rows,
    (one, other) =>
      one.clients === other.clients && one.groups !== 'instances' && other.groups !== 'instances',
  );
  return mergeWhere(byGroups, (one, other) => one.clients !== other.clients);
}

function mergeWhere(rows: readonly Row[], mayMerge: (one: Cell, other: Cell) => boolean): readonly Row[] {
  const merged: Row[] = [];
  for (const row of rows) {
    const index = merged.findIndex((other) => isSameRow(other, row, mayMerge));
    if (index === -1) merged.push(row);
    else merged[index] = [...(merged[index] ?? []), ...row];
  }
  return merged;
}

function isSameRow(one: Row, other: Row, mayMerge: (one: Cell, other: Cell) => boolean): boolean {
  const [[first], [second]] = [one, other];
  if (first?.kind !== 'played' || second?.kind !== 'played') return false;
  const { successor, keep, outageMs } = first.cell;
  return (
    mayMerge(first.cell, second.cell) &&
    one.length === other.length &&
    successor === second.cell.successor &&
    keep === second.cell.keep &&
    outageMs === second.cell.outageMs &&
    heldKinds.every((kind) => isAlike(first.figures.own[kind], second.figures.own[kind]))
  );
}

/** All, or none: what is in between is told by itself. */
function isAlike(one: Survival, other: Survival): boolean {
  return (isAll(one) && isAll(other)) || (one.goOn === 0 && other.goOn === 0);
}

function isAll({ goOn, total }: Survival): boolean {
  return goOn === total;
}

const carriers: Readonly<Record<Cell['successor'], string>> = {
  new: 'a new instance',
  neighbour: 'the neighbour',
  copy: 'the neighbour, with a copy',
};

const groupWords: Readonly<Record<Cell['groups'], string>> = {
  open: 'none',
  clients: 'clients',
  instances: 'clients, instances',
};

function rowOf(row: Row): readonly string[] {
  const [first] = row;
  if (first === undefined) return [];
  const { successor, keep, outageMs } = first.cell;
  const words = (of: (cell: Cell) => string) => [...new Set(row.map(({ cell }) => of(cell)))];
  const start = [
    carriers[successor],
    keep,
    `${outageMs / secondMs} s`,
    words((cell) => `${cell.clients}`).join(', '),
    words((cell) => groupWords[cell.groups]).join('; '),
  ];
  if (first.kind === 'failed') {
    const empty = Array.from({ length: head.length - start.length - 1 }, () => '');
    return [...start, `did not come to its end: ${first.why}`, ...empty];
  }
  const played = row.filter((outcome) => outcome.kind === 'played');
  const columns = [
    ...heldKinds.map((kind) => (figures: CellFigures) => figures.own[kind]),
    (figures: CellFigures) => figures.kept,
    (figures: CellFigures) => figures.changed,
  ];
  const told = columns.map((column) => inBrief(together(played.map(({ figures }) => column(figures)))));
  return [...start, ...told, verdictOf(played)];
}

function verdictOf(played: readonly Played[]): string {
  const verdicts = played.flatMap(({ cell, figures }) => judge(cell, figures) ?? []);
  const missed = verdicts.find(({ ok }) => !ok);
  if (missed !== undefined) return `missed: ${missed.says}`;
  return verdicts.length === 0 ? '' : `reached: ${verdicts[0]?.says}`;
}

function inBrief(survival: Survival): string {
  const { goOn, total, longestStallMs } = survival;
  if (goOn === 0) return 'none';
  return `${isAll(survival) ? 'all' : `${goOn} of ${total}`}, ${(longestStallMs / secondMs).toFixed(1)} s`;
}

/** For whoever watches it being played. */
export function inOneLine(outcome: CellOutcome): string {
  const name = nameOf(outcome.cell);
  if (outcome.kind === 'failed') return `${name}: did not come to its end: ${outcome.why}`;
  const { own, kept, changed } = outcome.figures;
  const kinds = heldKinds.map((kind) => `${kind} ${inBrief(own[kind])}`);
  return `${name}: ${kinds.join('; ')}; of pairs kept ${inBrief(kept)}, changed ${inBrief(changed)}`;
}
