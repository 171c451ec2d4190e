import Table from 'cli-table3';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Terminal } from './session.ts';

export type Column = { readonly head: string; readonly align?: 'right' };

/** A table of columns and no lines, which survives being piped, grepped and pasted. */
export function plainTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { isColoured }: Pick<Terminal, 'isColoured'>,
): string {
  const table = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: noLines,
    style: {
      head: isColoured ? ['bold'] : [],
      border: [],
      compact: true,
      'padding-left': 0,
      'padding-right': 2,
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * The same, and where that is wider than the terminal a block for each row: a terminal breaks lines anywhere, in the
 * middle of an id too. The first `titleCells` cells head a block.
 */
export function fittingTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: Pick<Terminal, 'isColoured' | 'columns'>,
  titleCells: 1 | 2,
): string {
  const table = plainTable(columns, rows, look);
  const isTooWide = table.split('\n').some((line) => stringWidth(line) > look.columns);
  return isTooWide ? rows.map((cells) => block(columns, cells, titleCells)).join('\n\n') : table;
}

function block(columns: readonly Column[], cells: readonly string[], titleCells: number): string {
  const heads = columns.map(({ head }) => head);
  const width = Math.max(...heads.slice(titleCells).map((head) => head.length));
  const title = cells.slice(0, titleCells).join('  ').replaceAll('\n', ' ');
  const lines = cells.slice(titleCells).flatMap((cell, index) =>
    (cell === '' ? [] : cell.split('\n')).map((text, nth) => {
      const head = nth === 0 ? (heads[index + titleCells] ?? '') : '';
      return `  ${head.padEnd(width)}  ${text}`;
    }),
  );
  return [title, ...lines].join('\n');
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/** Breaks a text between its words, so that no line is wider than `width`; later lines begin with `indent`. */
export function wrap(text: string, width: number, indent: string): string {
  // Between a figure and its unit no line ends.
  const bound = text.replaceAll(/(?<=\d) (?=(?:ms|s|min|h|d)\b)/g, '\u00a0');
  return wrapAnsi(bound, width - indent.length)
    .replaceAll('\u00a0', ' ')
    .replaceAll('\n', `\n${indent}`);
}
