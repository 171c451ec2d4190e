import { createHash } from 'node:crypto';
import { type Zippable, zipSync } from 'fflate';

export type ArchivedFile = { readonly name: string; readonly content: Uint8Array };

/**
 * A zip archive whose bytes say nothing but its files: in the order of their names, with one time and one mode. Not
 * packed by Node.js's zlib, whose bytes differ from one kind of processor to another.
 */
export function archive(files: readonly ArchivedFile[]): Uint8Array {
  const readableByAll = { os: 3, attrs: 0o644 << 16, level: 9 } as const;
  const sorted: Zippable = {};
  for (const { name, content } of files.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    // The first moment that a zip archive can name, in whatever time zone it is made.
    sorted[name] = [content, { ...readableByAll, mtime: new Date(1980, 0, 1) }];
  }
  return zipSync(sorted);
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
