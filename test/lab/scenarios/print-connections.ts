import type { ConnectionsResult } from '../programs/protocol.ts';
import type { Section } from '../report.ts';

/** What became of the connections that were held through one event, by the host that held them. */
export type HeldThrough = { readonly name: string; readonly results: ReadonlyMap<string, ConnectionsResult> };

/** Prints survivors and stalls; connections that send on their own must all have gone on. */
export function printConnections(section: Section, events: readonly HeldThrough[]): void {
  const rows = events.flatMap(({ name, results }) =>
    [...results].flatMap(([host, result]) =>
      Object.entries(result).map(([kind, { total, survivors, longestStallMs, ends }]) => [
        name,
        host,
        kind,
        `${survivors} of ${total}`,
        survivors === 0 ? '' : `${longestStallMs} ms`,
        Object.entries(ends)
          .map(([end, count]) => `${count} ${end}`)
          .join(', '),
      ]),
    ),
  );
  const head = ['event', 'host', 'connection', 'survived', 'longest stall', 'the others'];
  section.table('Connections held meanwhile', head, rows);
  for (const { name, results } of events) {
    for (const [host, result] of results) {
      const kinds = [result.echo, result.upload, result.idle].flatMap((kind) => kind ?? []);
      const lost = kinds.reduce((sum, { total, survivors }) => sum + total - survivors, 0);
      const figure = kinds.map(({ total, survivors }) => `${survivors} of ${total}`).join(', ');
      section.check(
        `${name}, host ${host}: echo, upload and idle go on`,
        lost === 0 && kinds.length > 0,
        figure,
      );
    }
  }
}
