import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Journal, type JournalEntry, type RunBegin, readJournal, writeEntry } from '../core/journal.ts';
import type { RunName } from '../core/names.ts';

/** On the disk before what it tells of is asked for: `fsync`, since the machine may die too. */
export type JournalFile = {
  readonly file: string;
  write(entry: JournalEntry): void;
};

export function beginJournal(directory: string, begin: RunBegin): JournalFile {
  mkdirSync(directory, { recursive: true });
  const journal = openJournal(directory, begin.run);
  journal.write({ kind: 'begin', ...begin });
  return journal;
}

/** Of a run that has begun, to go on with. */
export function openJournal(directory: string, run: RunName): JournalFile {
  const file = join(directory, `${run}.jsonl`);
  return {
    file,
    write: (entry) => {
      const descriptor = openSync(file, 'a');
      try {
        writeSync(descriptor, writeEntry(entry));
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

/** All that are there, the clean ones too. A file that is no journal is named to `complain`, and left alone. */
export function readJournals(directory: string, complain: (text: string) => void): readonly Journal[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  } catch {
    return [];
  }
  return names.toSorted().flatMap((name) => {
    try {
      return [readJournal(readFileSync(join(directory, name), 'utf8'))];
    } catch (error) {
      complain(`${join(directory, name)} is no journal: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  });
}
