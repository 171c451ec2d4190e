/** What the programs of the table of connections say to each other and to the lab, as JSON. */
export const heldKinds = ['echo', 'upload', 'idle', 'long poll', 'stream', 'download'] as const;
export type HeldKind = (typeof heldKinds)[number];

/** Whose client says nothing more until it has received something. */
export const listeningKinds: readonly HeldKind[] = ['long poll', 'stream', 'download'];

/** A connection that a client holds: from that address and port, always to the same server. */
export type Held = {
  readonly kind: HeldKind;
  readonly client: string;
  readonly port: number;
  /** How long after the outage it is waited for. */
  readonly graceMs: number;
};

export type HeldClientsArgument = { readonly connections: readonly Held[] };

/** The first line that a client sends, and what the server answers to it before anything else. */
export type HeldOrder = Pick<Held, 'kind' | 'graceMs'>;
export type HeldGreeting = { readonly port: number };

export type HeldOutcome = Omit<Held, 'graceMs'> & {
  /** The port that the server saw. */
  readonly seenPort: number;
  /** Something came through it after the order to end. */
  readonly goesOn: boolean;
  /** The longest time that it waited for something that was due; of one that is lost, until it was lost. */
  readonly longestStallMs: number;
  /** Why it does not go on: an error, or `silent`. */
  readonly end?: string;
};

/** What came through an upload: only its receiver sees it. By the port that the server sees. */
export type UploadOutcome = Pick<HeldOutcome, 'goesOn' | 'longestStallMs'> & { readonly port: number };
export type HeldServerResult = { readonly uploads: readonly UploadOutcome[] };

export type HeldClientsResult = { readonly outcomes: readonly HeldOutcome[] };

/** Milliseconds of a clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
