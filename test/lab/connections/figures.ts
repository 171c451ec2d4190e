import { type HeldKind, type HeldOutcome, heldKinds } from '../programs/held-protocol.ts';

/** How many of how many go on, and the longest stall of those. */
export type Survival = {
  readonly total: number;
  readonly goOn: number;
  readonly longestStallMs: number;
  /** Why the others ended, with their number. */
  readonly ends: Readonly<Record<string, number>>;
};

/** What came of the connections of one experiment, told apart by what became of their port at the first instance. */
export type CellFigures = {
  /** Kept, and no other client had the same. */
  readonly own: Readonly<Record<HeldKind, Survival>>;
  /** Kept, while another client's had to be changed for it. */
  readonly kept: Survival;
  readonly changed: Survival;
};

export function figuresOf(outcomes: readonly HeldOutcome[]): CellFigures {
  const timesUsed = new Map<number, number>();
  for (const { port } of outcomes) timesUsed.set(port, (timesUsed.get(port) ?? 0) + 1);
  const isKept = ({ port, seenPort }: HeldOutcome) => port === seenPort;
  const isShared = ({ port }: HeldOutcome) => (timesUsed.get(port) ?? 0) > 1;
  const own = outcomes.filter((one) => isKept(one) && !isShared(one));
  const ofKind = (kind: HeldKind) => survivalOf(own.filter((one) => one.kind === kind));
  return {
    own: {
      echo: ofKind('echo'),
      upload: ofKind('upload'),
      idle: ofKind('idle'),
      'long poll': ofKind('long poll'),
      stream: ofKind('stream'),
      download: ofKind('download'),
    },
    kept: survivalOf(outcomes.filter((one) => isKept(one) && isShared(one))),
    changed: survivalOf(outcomes.filter((one) => !isKept(one))),
  };
}

function survivalOf(outcomes: readonly HeldOutcome[]): Survival {
  const goOn = outcomes.filter((one) => one.goesOn);
  const ends: Record<string, number> = {};
  for (const { end } of outcomes) if (end !== undefined) ends[end] = (ends[end] ?? 0) + 1;
  return {
    total: outcomes.length,
    goOn: goOn.length,
    longestStallMs: Math.max(0, ...goOn.map((one) => one.longestStallMs)),
    ends,
  };
}

/** Several together. */
export function together(parts: readonly Survival[]): Survival {
  const ends: Record<string, number> = {};
  for (const [end, count] of parts.flatMap((part) => Object.entries(part.ends)))
    ends[end] = (ends[end] ?? 0) + count;
  return {
    total: parts.reduce((sum, { total }) => sum + total, 0),
    goOn: parts.reduce((sum, { goOn }) => sum + goOn, 0),
    longestStallMs: Math.max(0, ...parts.map(({ longestStallMs }) => longestStallMs)),
    ends,
  };
}

/** Of every port. */
export function allOf({ own, kept, changed }: CellFigures): Survival {
  return together([...heldKinds.map((kind) => own[kind]), kept, changed]);
}
