import type { DurationMs } from '../shared/core/model/time.ts';

export type Range = { readonly minMs: DurationMs; readonly maxMs: DurationMs };

/**
 * A seeded source of numbers. Each purpose draws from a stream of its own, so that one more draw for one purpose does
 * not shift the numbers of another.
 */
export class Random {
  readonly #seed: number;
  readonly #streams = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** At least 0 and less than 1. Mulberry32. */
  fraction(stream: string): number {
    const state = ((this.#streams.get(stream) ?? this.#seed ^ hash(stream)) + 0x6d2b79f5) | 0;
    this.#streams.set(stream, state);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Whole milliseconds, both ends included. */
  between(stream: string, range: Range): DurationMs {
    return range.minMs + Math.floor(this.fraction(stream) * (range.maxMs - range.minMs + 1));
  }

  chance(stream: string, probability: number): boolean {
    return this.fraction(stream) < probability;
  }

  hex(stream: string, digits: number): string {
    let text = '';
    while (text.length < digits) text += Math.floor(this.fraction(stream) * 16).toString(16);
    return text;
  }
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}
