import { readFileSync } from 'node:fs';
import { recordScenario } from '../../demo/record-scenario.ts';
import type { ScenarioResult } from '../../demo/scenario-result.ts';
import { findScenario } from '../../demo/scenarios.ts';
import { parseTemplate } from '../parse-template.ts';
import { drawArchitecture } from './architecture.ts';
import { drawDashboard } from './dashboard.ts';
import { recordIncident } from './dashboard-incident.ts';
import { drawDemo } from './demo.ts';
import { drawHealths } from './healths.ts';
import { seenChanges } from './seen-healths.ts';
import { drawSequence } from './sequence.ts';
import { drawStandIn } from './stand-in.ts';
import { drawVerdict } from './verdict.ts';

type Picture = {
  readonly name: string;
  /** Whether it is drawn from recordings, which take seconds. */
  readonly isRecorded: boolean;
  readonly draw: () => Promise<string>;
};

const recordings = new Map<string, Promise<ScenarioResult>>();

function recorded(name: string): Promise<ScenarioResult> {
  const known = recordings.get(name);
  if (known !== undefined) return known;
  const scenario = findScenario(name);
  if (scenario === undefined) throw new Error(`the demo has no scenario ${name}`);
  const recording = recordScenario(scenario, { seed: 1 });
  recordings.set(name, recording);
  return recording;
}

function still(name: string, draw: () => string): Picture {
  return { name, isRecorded: false, draw: async () => draw() };
}

function ofScenario(name: string, scenario: string, draw: (result: ScenarioResult) => string): Picture {
  return { name, isRecorded: true, draw: async () => draw(await recorded(scenario)) };
}

function template(): unknown {
  return parseTemplate(readFileSync(new URL('../../template.yaml', import.meta.url), 'utf8'));
}

export const pictures: readonly Picture[] = [
  still('architecture', drawArchitecture),
  {
    name: 'dashboard',
    isRecorded: true,
    draw: async () => drawDashboard(template(), await recordIncident()),
  },
  { name: 'healths', isRecorded: true, draw: async () => drawHealths(await seenChanges()) },
  still('verdict', drawVerdict),
  ofScenario('failover', 'terminated', (result) =>
    drawSequence({ title: 'An instance is terminated: who calls what, when', result }),
  ),
  ofScenario('cutover', 'rebuild', (result) =>
    drawSequence({ title: 'A planned replacement: who calls what, when', result }),
  ),
  ofScenario('demo', 'terminated', drawDemo),
  ofScenario('stand-in', 'terminated', drawStandIn),
];
