import { readFileSync } from 'node:fs';
import { zoneLetters } from '../shared/config/zone-letters.ts';
import { writeOrCheck } from './write-or-check.ts';

const usage = `Writes what template.yaml has of zones c to f, from what it has of zone b: npm run template:zones -- [--check]

  --check   writes nothing; fails if template.yaml is not what would be written
  --help    this text`;

const templateFile = new URL('../template.yaml', import.meta.url);

/** Zone a is always there and zone b is written by hand: all others are as that. */
const [, , ...copied] = zoneLetters;
const patternMark = ` # and so for zones ${copied.at(0)} to ${copied.at(-1)}`;
const copyMark = ' # as zone b';

/** A line and those that belong to it, which are indented further; `isApart`: after an empty line. */
type Block = { readonly lines: readonly string[]; readonly isApart: boolean };

/**
 * The template with the other zones as zone b. A block whose first line is marked as a pattern is followed by its copies,
 * each marked as one; patterns that follow one another are copied together, so that a zone's parameters stay together.
 */
export function withAllZones(template: string): string {
  const blocks = blocksOf(template.split('\n')).filter(
    ({ lines: [first = ''] }) => !first.endsWith(copyMark),
  );
  const written = blocks.flatMap((block, index) => {
    const isLast = isPattern(block) && !isPattern(blocks[index + 1]);
    return isLast ? [block, ...copiesOf(patternsUpTo(index, blocks))] : [block];
  });
  return written.flatMap(({ lines, isApart }) => (isApart ? ['', ...lines] : lines)).join('\n');
}

/** A pattern or a copy as a whole, every other line by itself. */
function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let isApart = false;
  for (let at = 0; at < lines.length; ) {
    const first = lines[at] ?? '';
    if (first === '' && at < lines.length - 1) {
      isApart = true;
      at += 1;
      continue;
    }
    const isMarked = first.endsWith(patternMark) || first.endsWith(copyMark);
    const end = isMarked ? endOf(at, lines) : at + 1;
    blocks.push({ lines: lines.slice(at, end), isApart });
    isApart = false;
    at = end;
  }
  return blocks;
}

function endOf(start: number, lines: readonly string[]): number {
  const depth = indentOf(lines[start] ?? '');
  const length = lines.slice(start + 1).findIndex((line) => line === '' || indentOf(line) <= depth);
  return length < 0 ? lines.length : start + 1 + length;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function isPattern(block: Block | undefined): boolean {
  return block?.lines[0]?.endsWith(patternMark) === true;
}

function patternsUpTo(index: number, blocks: readonly Block[]): readonly Block[] {
  const before = blocks.slice(0, index).findLastIndex((block) => !isPattern(block));
  return blocks.slice(before + 1, index + 1);
}

function copiesOf(patterns: readonly Block[]): Block[] {
  return copied.flatMap((letter) =>
    patterns.map(({ lines, isApart }) => ({ lines: lines.map((line) => asZone(letter, line)), isApart })),
  );
}

function asZone(letter: string, line: string): string {
  return line.endsWith(patternMark)
    ? `${named(letter, line.slice(0, -patternMark.length))}${copyMark}`
    : named(letter, line);
}

/** In names the letter is a capital and stands behind what is the zone's; elsewhere it stands by itself. */
function named(letter: string, line: string): string {
  return line
    .replaceAll(/(?<=Zone|Probe|AllocatesFor|Address)B(?![a-z])/g, letter.toUpperCase())
    .replaceAll(/\bb\b/g, letter);
}

if (import.meta.main) {
  await writeOrCheck({ usage, madeFrom: 'it says of zone b', script: 'template:zones' }, async () => [
    { file: templateFile, text: withAllZones(readFileSync(templateFile, 'utf8')) },
  ]);
}
