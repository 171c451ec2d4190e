import { recordScenario } from '../../demo/record-scenario.ts';
import type { Scenario } from '../../demo/scenario.ts';
import { scenarios } from '../../demo/scenarios.ts';
import type { Health } from '../../shared/core/diagnose/diagnose.ts';
import { type DurationMs, secondMs } from '../../shared/core/model/time.ts';
import type { Harness } from '../../simulator/harness/harness.ts';

/** A zone was in one state, and at the next look in the other. */
export type SeenChange = {
  readonly from: Health;
  readonly to: Health;
  /** In how many scenarios. */
  readonly scenarios: number;
};

export const asksEveryMs: DurationMs = secondMs / 2;

/** What the real controller says of each zone, asked for its status again and again while a scenario runs. The most frequent first. */
export async function seenChanges(): Promise<SeenChange[]> {
  const seen: string[] = [];
  for (const scenario of scenarios) seen.push(...(await changesIn(scenario)));
  const counted = Map.groupBy(seen, (change) => change);
  return [...counted]
    .map(([change, times]) => {
      const { from, to }: { from: Health; to: Health } = JSON.parse(change);
      return { from, to, scenarios: times.length };
    })
    .toSorted((a, b) => b.scenarios - a.scenarios || nameOf(a).localeCompare(nameOf(b)));
}

export function nameOf({ from, to }: Pick<SeenChange, 'from' | 'to'>): string {
  return `${from} → ${to}`;
}

async function changesIn(scenario: Scenario): Promise<ReadonlySet<string>> {
  const changes = new Set<string>();
  const watch = { isOver: false };
  await recordScenario(
    scenario,
    { seed: 1 },
    {
      onRecording: ({ harness }) => void ask(harness, changes, watch),
      onIntroduction: () => undefined,
      onEntries: () => undefined,
    },
  );
  watch.isOver = true;
  return changes;
}

async function ask(
  harness: Harness,
  changes: Set<string>,
  watch: { readonly isOver: boolean },
): Promise<void> {
  const last = new Map<string, Health>();
  while (!watch.isOver) {
    // A run may die or be refused, as the scenario has it: then there is no word.
    const report = await harness.start({ action: 'status' }).catch(() => undefined);
    for (const { zone, health } of report?.zones ?? []) {
      const from = last.get(zone);
      if (from !== undefined && from !== health) changes.add(JSON.stringify({ from, to: health }));
      last.set(zone, health);
    }
    await harness.clock.sleep(asksEveryMs);
  }
}
