import { readFileSync, writeFileSync } from 'node:fs';

type Marks = readonly [string, string];
const labMarks: Marks = ['<!-- lab: from `npm run test:lab -- --table --write` -->', '<!-- /lab -->'];
export const survivorMarks: Marks = [
  '<!-- survivors: from `npm run test:lab -- --survivors --write` -->',
  '<!-- /survivors -->',
];

/** Where in the project a table goes, between two marks. */
export type Place = 'README.md' | 'docs/reliability.md' | 'docs/nat-instance.md';

/** @throws Error if the page has lost the marks. */
export function writeTable(place: Place, text: string, marks = labMarks): void {
  const page = new URL(`../../../${place}`, import.meta.url);
  writeFileSync(page, putBetweenMarks(readFileSync(page, 'utf8'), text, place, marks));
}

/** `name`: of the page. */
export function putBetweenMarks(
  page: string,
  text: string,
  name: string,
  [begin, end]: Marks = labMarks,
): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${name} has no part between ${begin} and ${end}`);
  }
  return `${before}${begin}\n\n${text}\n${end}${after}`;
}
