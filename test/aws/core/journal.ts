import { parseRunName, type RunName } from './names.ts';

/** The first line: whose run it is. */
export type RunBegin = {
  readonly run: RunName;
  readonly accountId: string;
  readonly region: string;
  readonly profile?: string;
  /** Where it is not AWS that is asked. */
  readonly endpoint?: string;
  readonly host: string;
  readonly pid: number;
  readonly at: string;
};

/** A line before and after each thing that is made: what was begun may be there, whatever became of the process. */
export type JournalEntry =
  | ({ readonly kind: 'begin' } & RunBegin)
  | { readonly kind: 'making' | 'removed'; readonly what: 'stack' | 'bucket'; readonly name: string }
  | { readonly kind: 'clean' };

export type Journal = {
  readonly begin: RunBegin;
  /** Made, as far as is known, and not removed. */
  readonly open: readonly string[];
  /** Nothing was left at the last look. */
  readonly isClean: boolean;
};

export function writeEntry(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** @throws Error where it is no journal; a last line that was cut off in writing is left out. */
export function readJournal(text: string): Journal {
  const lines = text.split('\n');
  // A process that dies while it writes leaves a line without an end.
  const entries = lines.slice(0, -1).map((line) => JSON.parse(line) as unknown as JournalEntry);
  const [begin, ...rest] = entries;
  if (begin?.kind !== 'begin' || parseRunName(begin.run) === undefined) {
    throw new Error('it does not begin with the name of a run');
  }
  const open = new Set<string>();
  for (const entry of rest) {
    if (entry.kind === 'making') open.add(entry.name);
    if (entry.kind === 'removed') open.delete(entry.name);
  }
  const { kind: _, ...run } = begin;
  return { begin: run, open: [...open], isClean: rest.some(({ kind }) => kind === 'clean') };
}

/** What speaks against cleaning up after this run from here; nothing where it may be done. */
export function objection(
  { begin }: Journal,
  here: {
    readonly accountId: string;
    readonly region: string;
    readonly endpoint?: string | undefined;
    readonly host: string;
    readonly runs: (pid: number) => boolean;
  },
): string | undefined {
  if (begin.endpoint !== here.endpoint) {
    return `${begin.run} is ${begin.endpoint === undefined ? 'on AWS' : `at ${begin.endpoint}`}, and AWS_ENDPOINT_URL is ${here.endpoint ?? 'not set'}`;
  }
  if (begin.accountId !== here.accountId) {
    return `${begin.run} is in the account ${begin.accountId}, and these are credentials of ${here.accountId}`;
  }
  if (begin.region !== here.region) {
    return `${begin.run} is in ${begin.region}, not in ${here.region}: add --region ${begin.region}`;
  }
  if (begin.host === here.host && here.runs(begin.pid)) {
    return `${begin.run} is still at work here, as process ${begin.pid}: end it with Ctrl-C or kill, and it cleans up`;
  }
  return undefined;
}
