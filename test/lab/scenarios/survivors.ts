import { type ConnectionKind, type ConnectionsResult, connectionKinds } from '../programs/protocol.ts';
import type { Section } from '../report.ts';

/** Of several holders of connections together. */
export function survivorsOf(
  results: readonly ConnectionsResult[],
  kinds: readonly ConnectionKind[] = connectionKinds,
) {
  const all = results.flatMap((result) => kinds.flatMap((kind) => result[kind] ?? []));
  return {
    total: all.reduce((count, kind) => count + kind.total, 0),
    survivors: all.reduce((count, kind) => count + kind.survivors, 0),
    longestStallMs: Math.max(0, ...all.map((kind) => kind.longestStallMs)),
  };
}

/** A row for each kind, a column for each run. */
export function showSurvivors(
  section: Section,
  title: string,
  runs: Readonly<Record<string, readonly ConnectionsResult[]>>,
): void {
  const kinds = connectionKinds.filter((kind) => survivorsOf(Object.values(runs).flat(), [kind]).total > 0);
  section.table(
    title,
    ['connection', ...Object.keys(runs)],
    kinds.map((kind) => [kind, ...Object.values(runs).map((results) => told(results, kind))]),
  );
}

function told(results: readonly ConnectionsResult[], kind: ConnectionKind): string {
  const { total, survivors, longestStallMs } = survivorsOf(results, [kind]);
  return `${survivors} of ${total}${survivors === 0 ? '' : `, ${longestStallMs} ms`}`;
}
