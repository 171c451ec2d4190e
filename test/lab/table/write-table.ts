import { readFileSync, writeFileSync } from 'node:fs';

const labMarks = ['<!-- lab: from `npm run test:lab -- --table --write` -->', '<!-- /lab -->'] as const;

/** Where in the project a table goes, between two marks. */
export type Place = 'README.md' | 'docs/reliability.md';

/** @throws Error if the page has lost the marks. */
export function writeTable(place: Place, text: string): void {
  const page = new URL(`../../../${place}`, import.meta.url);
  writeFileSync(page, putBetweenMarks(readFileSync(page, 'utf8'), text, place));
}

/** `name`: of the page. */
export function putBetweenMarks(
  page: string,
  text: string,
  name: string,
  [begin, end]: readonly [string, string] = labMarks,
): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${name} has no part between ${begin} and ${end}`);
  }
  return `${before}${begin}\n\n${text}\n${end}${after}`;
}
