import { secondMs } from '../../../shared/core/model/time.ts';

/**
 * Who carries the connections on after a sudden death. A copy takes a neighbour: where there is none, nobody is left who
 * could have one.
 */
export const successors = ['new', 'neighbour', 'copy'] as const;
export type Successor = (typeof successors)[number];

/** The parameter `KeepConnections`. */
export const keeps = ['senders', 'all'] as const;
export type Keep = (typeof keeps)[number];

/**
 * The security groups that are modelled: none, those of the clients, or those of the NAT instances too. A group without an
 * inbound rule lets in what answers something that the same interface has sent.
 */
export const groups = ['open', 'clients', 'instances'] as const;
export type Groups = (typeof groups)[number];

export const outagesMs = [2, 5, 27, 60].map((seconds) => seconds * secondMs);
export const clientCounts = [4, 40] as const;

/** One experiment: connections of so many clients, and a sudden death. */
export type Cell = {
  readonly successor: Successor;
  readonly keep: Keep;
  readonly outageMs: number;
  readonly clients: number;
  readonly groups: Groups;
};

/** In the order of the table. */
export function allCells(): readonly Cell[] {
  const cells = keeps.flatMap((keep) =>
    successors.flatMap((successor) =>
      outagesMs.flatMap((outageMs) =>
        clientCounts.flatMap((clients) =>
          groups.map((kind): Cell => ({ successor, keep, outageMs, clients, groups: kind })),
        ),
      ),
    ),
  );
  return cells.filter(isOfItsOwn);
}

/** A NAT instance's group knows nothing of how many clients there are, and little of how long an outage was. */
function isOfItsOwn({ groups: kind, clients, outageMs }: Cell): boolean {
  return kind !== 'instances' || (clients === 4 && (outageMs === 2 * secondMs || outageMs === 27 * secondMs));
}

/** As the command line names it. */
export function nameOf({ successor, keep, outageMs, clients, groups: kind }: Cell): string {
  return [successor, keep, `${outageMs / secondMs}s`, clients, kind].join('/');
}

/** Whether a cell's name has all these words, which commas or strokes separate. */
export function hasWords(name: string, words: string): boolean {
  const own = name.split('/');
  return words.split(/[,/]/).every((word) => own.includes(word));
}

/** All that have the words of one of these; all where there are none. */
export function cellsOf(cells: readonly Cell[], only: readonly string[]): readonly Cell[] {
  if (only.length === 0) return cells;
  return cells.filter((cell) => only.some((words) => hasWords(nameOf(cell), words)));
}
