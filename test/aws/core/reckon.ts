import type { LogEntry } from './client-log.ts';

/** What the client saw of one event: from its mark to the next one, or to the log's end. */
export type Reckoning = {
  readonly name: string;
  /** On the client's clock. */
  readonly beganMs: number;
  readonly requests: number;
  readonly lost: number;
  /** After the mark; nothing where no request was lost. */
  readonly firstLostAfterMs: number | undefined;
  readonly lastLostAfterMs: number | undefined;
  /** Between the sending of two requests that were answered; half a second where none is lost. */
  readonly longestGapMs: number;
  /** Whether the last request of the time was answered. */
  readonly isOver: boolean;
  /** From which addresses the requests came, in the order in which they were first seen. */
  readonly addresses: readonly string[];
  readonly connections: Connections;
};

/** Those that were open when it began. */
export type Connections = {
  readonly open: number;
  /** Heard again after the last lost request; where none was lost, after the event's beginning. */
  readonly survived: number;
  /** Closed or reset. */
  readonly ended: number;
  /** Neither: nothing has come back, and nobody has said that it is over. */
  readonly silent: number;
};

type Mark = Extract<LogEntry, { kind: 'mark' }>;
type Request = Extract<LogEntry, { kind: 'ok' | 'lost' }>;

/** The client's word is for what it heard in the last five seconds; what is older proves nothing of now. */
const heardPeriodMs = 5_000;

/** One for each mark, in the order of time. */
export function reckonAll(log: readonly LogEntry[]): readonly Reckoning[] {
  const marks = log.filter((entry) => entry.kind === 'mark').toSorted((a, b) => a.atMs - b.atMs);
  return marks.map((mark, index) => reckon(log, mark, marks[index + 1]?.atMs ?? Number.POSITIVE_INFINITY));
}

function reckon(log: readonly LogEntry[], { name, atMs }: Mark, untilMs: number): Reckoning {
  const requests = log
    .filter((entry) => entry.kind === 'ok' || entry.kind === 'lost')
    .filter(({ sentMs }) => sentMs >= atMs && sentMs < untilMs)
    .toSorted((a, b) => a.sentMs - b.sentMs);
  const lost = requests.filter(({ kind }) => kind === 'lost');
  const answered = requests.filter(({ kind }) => kind === 'ok');
  const firstLost = lost[0];
  const lastLost = lost.at(-1);
  return {
    name,
    beganMs: atMs,
    requests: requests.length,
    lost: lost.length,
    firstLostAfterMs: firstLost === undefined ? undefined : firstLost.sentMs - atMs,
    lastLostAfterMs: lastLost === undefined ? undefined : lastLost.sentMs - atMs,
    longestGapMs: longestGapOf(requests, lastAnsweredBefore(log, atMs) ?? atMs),
    isOver: requests.at(-1)?.kind === 'ok',
    addresses: [...new Set(answered.flatMap((entry) => (entry.kind === 'ok' ? [entry.address] : [])))],
    connections: connectionsOf(log, atMs, untilMs, lastLost?.sentMs ?? atMs),
  };
}

function lastAnsweredBefore(log: readonly LogEntry[], atMs: number): number | undefined {
  const before = log.flatMap((entry) => (entry.kind === 'ok' && entry.sentMs < atMs ? [entry.sentMs] : []));
  return before.length === 0 ? undefined : before.reduce((a, b) => Math.max(a, b));
}

/** A gap that has not ended counts as far as it is known: to the last request that was sent. */
function longestGapOf(requests: readonly Request[], fromMs: number): number {
  let longest = 0;
  let last = fromMs;
  for (const { kind, sentMs } of requests) {
    longest = Math.max(longest, sentMs - last);
    if (kind === 'ok') last = sentMs;
  }
  return longest;
}

function connectionsOf(
  log: readonly LogEntry[],
  fromMs: number,
  untilMs: number,
  lastLostMs: number,
): Connections {
  const endOf = new Map(log.flatMap((entry) => (entry.kind === 'end' ? [[entry.id, entry.atMs]] : [])));
  const open = log.flatMap((entry) =>
    entry.kind === 'open' && entry.atMs < fromMs && (endOf.get(entry.id) ?? untilMs) >= fromMs
      ? [entry.id]
      : [],
  );
  const heard = new Set(
    log.flatMap((entry) =>
      entry.kind === 'heard' && entry.atMs >= lastLostMs + heardPeriodMs && entry.atMs < untilMs
        ? entry.ids
        : [],
    ),
  );
  const ended = open.filter((id) => (endOf.get(id) ?? untilMs) < untilMs);
  const survived = open.filter((id) => !ended.includes(id) && heard.has(id));
  return {
    open: open.length,
    survived: survived.length,
    ended: ended.length,
    silent: open.length - survived.length - ended.length,
  };
}
