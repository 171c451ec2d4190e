/** What the lab and its programs in the namespaces say to each other, as JSON. */
export type WebFiles = { readonly keyFile: string; readonly certificateFile: string };
/** Without `web` that is served by somebody else. */
export type InternetArgument = { readonly web?: WebFiles };

/** The first line that a client of the download server sends. */
export type StreamOrder = { readonly everyMs: number; readonly bytes: number };

export type RequestsArgument = { readonly everyMs: number; readonly patienceMs: number };

export type RequestsResult = {
  readonly sent: number;
  /** Not answered within the client's patience, or refused. */
  readonly lost: number;
  /** The longest time between two answers. */
  readonly longestStallMs: number;
  /** The addresses that the server saw. */
  readonly seen: readonly string[];
};

/** What the probe's process is started with, and one invocation of it with what came of it. */
export type ProbeProcessArgument = {
  readonly targets: readonly string[];
  /** What every name is resolved to. */
  readonly address: string;
  readonly certificateFile: string;
};
export type ProbeOrder = { readonly id: number; readonly payload: string };
export type ProbeReply = { readonly id: number; readonly payload: string; readonly functionError?: string };

/** Each connection gets a process of this command, which finds it at its standard input and output. */
export type SocketArgument = { readonly port: number; readonly command: readonly string[] };

/** What the metadata service tells, by the path; what an interface has, by its last part. */
export type Metadata = Readonly<Record<string, string>>;

/** One entry of PutEvents, in the words of its API; `Detail` is JSON. */
export type PutEntry = { readonly Source: string; readonly DetailType: string; readonly Detail: string };

export const connectionKinds = ['echo', 'upload', 'download', 'stream', 'keepalive', 'idle'] as const;
export type ConnectionKind = (typeof connectionKinds)[number];

export type ConnectionsArgument = {
  /** How many of each kind; absent: none. */
  readonly counts: Readonly<Partial<Record<ConnectionKind, number>>>;
  readonly echoEveryMs: number;
  /** How long after the end every connection is waited for. */
  readonly graceMs: number;
  /** The connections come from ports in a row, beginning here; absent: from where the kernel likes. */
  readonly firstPort?: number;
};

export type KindResult = {
  readonly total: number;
  /** Got something through after everything was over. */
  readonly survivors: number;
  /** The longest silence of a survivor that expected something. */
  readonly longestStallMs: number;
  /** Why the others ended, with their number; `silent`: no error, and nothing came any more. */
  readonly ends: Readonly<Record<string, number>>;
};

export type ConnectionsResult = Readonly<Partial<Record<ConnectionKind, KindResult>>>;
