import { type Day, type Listener, recordScenario } from '../record-scenario.ts';
import type { Recording } from '../recording.ts';
import type { Scenario } from '../scenario.ts';
import type { ScenarioResult } from '../scenario-result.ts';
import type { History } from './history.ts';
import { historyOf, StateNotes } from './history-of.ts';

/** Plays a scenario to its end and gives, beside its result, what a page shows of it. */
export async function recordHistory(
  scenario: Scenario,
  day: Day,
): Promise<{ readonly result: ScenarioResult; readonly history: History }> {
  let noted: { readonly recording: Recording; readonly notes: StateNotes } | undefined;
  const listener: Listener = {
    onRecording: (recording) => {
      noted = { recording, notes: new StateNotes(recording) };
    },
    onIntroduction: () => undefined,
    onEntries: () => undefined,
  };
  const result = await recordScenario(scenario, { ...day, keepsAnswers: true }, listener);
  if (noted === undefined) throw new Error(`${scenario.name} was not recorded`);
  const { title, prepared, trouble, expected, timeline } = result;
  return {
    result,
    history: historyOf(noted.recording, noted.notes, {
      title: `${title} ${prepared} Expected: ${expected}`,
      trouble,
      timeline,
    }),
  };
}
