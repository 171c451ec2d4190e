import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedCall } from './recorded-call.ts';

/** Of calls that no policy can tell apart so many are judged; more would take long and say nothing. */
const maxAlike = 3;

export type Recording = {
  readonly calls: readonly RecordedCall[];
  /** How many there were, those included that are like others. */
  readonly total: number;
};

/** What the tests have left there: a file of JSON lines for each process. */
export async function readRecordedCalls(directory: string): Promise<Recording> {
  const names = await readdir(directory);
  const files = await Promise.all(names.toSorted().map((name) => readFile(join(directory, name), 'utf8')));
  const kept = new Map<string, RecordedCall[]>();
  let total = 0;
  for (const line of files.flatMap((file) => file.split('\n')).filter((one) => one !== '')) {
    const call: RecordedCall = JSON.parse(line);
    total += call.count;
    const alike = kept.get(call.kind) ?? [];
    if (alike.length < maxAlike) kept.set(call.kind, [...alike, call]);
  }
  return { calls: [...kept.values()].flat(), total };
}
