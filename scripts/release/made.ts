/** A file of a release. */
export type Made = { readonly name: string; readonly content: Uint8Array | string };

export function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
