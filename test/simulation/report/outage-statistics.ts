import type { DurationMs } from '../../../shared/core/model/time.ts';
import type { BootImage } from '../schedule/schedule.ts';

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

/** Side by side: from the default image, which installs nftables first, and from one that brings it. */
export type OutagesByImage = Readonly<Record<Exclude<BootImage, 'lacks-packages'>, readonly OutageRow[]>>;

/** By nearest rank: each is one of the values. None of no values. */
export function percentiles(values: readonly number[], shares: readonly number[]): (number | undefined)[] {
  const sorted = values.toSorted((a, b) => a - b);
  return shares.map((share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]);
}

/** By kind, in the order in which the kinds first appear; percentiles over all schedules of the kind. */
export function summarise(samples: readonly OutageSample[]): OutageRow[] {
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const own = samples.filter((sample) => sample.kind === kind).toSorted((a, b) => a.outageMs - b.outageMs);
    const [medianMs = 0, p99Ms = 0] = percentiles(
      own.map(({ outageMs }) => outageMs),
      [0.5, 0.99],
    );
    const worst = own.at(-1);
    return {
      kind,
      schedules: own.length,
      offline: own.filter(({ outageMs }) => outageMs > 0).length,
      medianMs,
      p99Ms,
      worstMs: worst?.outageMs ?? 0,
      worstSeed: worst?.seed ?? 0,
    };
  });
}
