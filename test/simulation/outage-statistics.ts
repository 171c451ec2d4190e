import type { DurationMs } from '../../shared/core/time.ts';

/** What one schedule with one fault cost the private subnet that was offline most, all its outages together; 0: none. */
export type OutageSample = { readonly kind: string; readonly seed: number; readonly outageMs: DurationMs };

export type OutageRow = {
  readonly kind: string;
  readonly schedules: number;
  /** Schedules with an outage. */
  readonly offline: number;
  readonly medianMs: DurationMs;
  readonly p99Ms: DurationMs;
  readonly worstMs: DurationMs;
  readonly worstSeed: number;
};

/** By kind, in the order in which the kinds first appear; percentiles by nearest rank, over all schedules of the kind. */
export function summarise(samples: readonly OutageSample[]): OutageRow[] {
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const own = samples.filter((sample) => sample.kind === kind).toSorted((a, b) => a.outageMs - b.outageMs);
    const at = (share: number) => own[Math.max(0, Math.ceil(own.length * share) - 1)];
    const worst = own.at(-1);
    return {
      kind,
      schedules: own.length,
      offline: own.filter(({ outageMs }) => outageMs > 0).length,
      medianMs: at(0.5)?.outageMs ?? 0,
      p99Ms: at(0.99)?.outageMs ?? 0,
      worstMs: worst?.outageMs ?? 0,
      worstSeed: worst?.seed ?? 0,
    };
  });
}
