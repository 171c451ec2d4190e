import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measured } from '../core/measured.ts';
import { marks, renderMeasured, withMeasured } from '../core/render-measured.ts';

const page = 'docs/measured-on-aws.md';

/** Gives the file's name. Into the page, or into the file that was named, between its marks where it has any. */
export async function writeReport(
  root: string,
  given: string | undefined,
  measured: Measured,
): Promise<string> {
  const file = given ?? join(root, page);
  const text = await readIfThere(file);
  const hasMarks = text?.includes(marks.begin) === true;
  await writeFile(
    file,
    text !== undefined && hasMarks ? withMeasured(text, measured) : renderMeasured(measured),
  );
  return file;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
