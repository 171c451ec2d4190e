import { type Day, type Listener, recordScenario } from '../../demo/record-scenario.ts';
import type { Scenario } from '../../demo/scenario.ts';
import type { ScenarioResult } from '../../demo/scenario-result.ts';

type Recorded = {
  readonly result: ScenarioResult;
  readonly reports: readonly ((listener: Listener) => void)[];
};

const results = new Map<string, Promise<Recorded>>();

/** As `recordScenario` does, which is most of the work of these tests: a scenario that was run is only reported again. */
export async function recordOnce(scenario: Scenario, day: Day, listener?: Listener): Promise<ScenarioResult> {
  const key = JSON.stringify([scenario.name, day.seed, day.image ?? 'al2023']);
  const recorded = results.get(key) ?? listenAndRecord(scenario, day);
  results.set(key, recorded);
  const { result, reports } = await recorded;
  if (listener !== undefined) for (const report of reports) report(listener);
  return result;
}

async function listenAndRecord(scenario: Scenario, day: Day): Promise<Recorded> {
  const reports: ((listener: Listener) => void)[] = [];
  const result = await recordScenario(scenario, day, {
    onIntroduction: (introduction) => reports.push((listener) => listener.onIntroduction(introduction)),
    onEntries: (entries) => reports.push((listener) => listener.onEntries(entries)),
  });
  return { result, reports };
}
