/** What the client has written down; see programs/client.py. Times are milliseconds of its one clock. */
export type LogEntry =
  | { readonly kind: 'ok'; readonly sentMs: number; readonly tookMs: number; readonly address: string }
  | { readonly kind: 'lost'; readonly sentMs: number; readonly tookMs: number; readonly why: string }
  | { readonly kind: 'open'; readonly atMs: number; readonly id: number }
  | { readonly kind: 'end'; readonly atMs: number; readonly id: number; readonly why: string }
  | { readonly kind: 'heard'; readonly atMs: number; readonly ids: readonly number[] }
  | { readonly kind: 'mark'; readonly atMs: number; readonly name: string };

/** @throws Error that names the line: a log that is not understood must not be counted. */
export function parseClientLog(text: string): readonly LogEntry[] {
  return text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    const entry = parseLine(line.split(' '));
    if (entry === undefined) {
      throw new Error(`line ${index + 1} of the client's log is not understood: ${JSON.stringify(line)}`);
    }
    return [entry];
  });
}

function parseLine([kind = '', at, second = '', third = '']: readonly string[]): LogEntry | undefined {
  const atMs = wholeNumber(at);
  if (atMs === undefined) return undefined;
  switch (kind) {
    case 'ok':
    case 'lost':
      return parseRequest(kind, atMs, wholeNumber(second), third);
    case 'open':
    case 'end':
      return parseConnection(kind, atMs, wholeNumber(second), third);
    case 'heard': {
      const ids = second.split(',').map(wholeNumber);
      const known = ids.filter((id) => id !== undefined);
      return known.length === ids.length ? { kind, atMs, ids: known } : undefined;
    }
    case 'mark':
      return second === '' ? undefined : { kind, atMs, name: second };
    default:
      return undefined;
  }
}

function parseRequest(
  kind: 'ok' | 'lost',
  sentMs: number,
  tookMs: number | undefined,
  text: string,
): LogEntry | undefined {
  if (tookMs === undefined || text === '') return undefined;
  return kind === 'ok' ? { kind, sentMs, tookMs, address: text } : { kind, sentMs, tookMs, why: text };
}

function parseConnection(
  kind: 'open' | 'end',
  atMs: number,
  id: number | undefined,
  why: string,
): LogEntry | undefined {
  if (id === undefined) return undefined;
  if (kind === 'open') return { kind, atMs, id };
  return why === '' ? undefined : { kind, atMs, id, why };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
