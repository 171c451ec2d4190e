import type { CallRecord } from '../../simulator/ec2/client.ts';
import { recordedCalls } from '../calls.ts';
import { outagesIn } from '../outages.ts';
import type { Recording } from '../recording.ts';
import type { TimelineEntry } from '../scenario-result.ts';
import { buildTimeline, readRecording } from '../timeline.ts';
import { linesOf } from '../timeline-view.ts';
import type { History, LineAt, PlayedCall, PlayedOutage, StateAt } from './history.ts';
import { vpcStateOf } from './vpc-state.ts';

/** Notes each state of a recording's Region from now on. */
export class StateNotes {
  readonly states: StateAt[] = [];
  readonly #recording: Recording;
  #last = '';

  constructor(recording: Recording) {
    this.#recording = recording;
    recording.harness.sim.region.store.onChange(() => this.#note());
    this.#note();
  }

  #note(): void {
    const { harness } = this.#recording;
    const state = vpcStateOf(harness);
    const text = JSON.stringify(state);
    if (text === this.#last) return;
    this.#last = text;
    const atMs = this.#recording.since(harness.clock.now());
    // Changes of the same instant are steps of one: the last one is what remains.
    if (this.states.at(-1)?.atMs === atMs) this.states.pop();
    this.states.push({ atMs, state });
  }
}

/** What has happened in a recording so far, or until it ended, for a page to show. */
export function historyOf(
  recording: Recording,
  { states }: StateNotes,
  told: { readonly title: string; readonly trouble: string; readonly timeline?: readonly TimelineEntry[] },
): History {
  const { harness } = recording;
  const recorded = readRecording(recording);
  const entries = told.timeline ?? buildTimeline(recorded, told.trouble).entries;
  return {
    title: told.title,
    zones: harness.settings.zones.map(({ name }) => name),
    endMs: recording.since(harness.clock.now()),
    states: [...states],
    runs: recorded.runs,
    calls: playedCalls(recording),
    outages: outagesIn(recording).map(
      (outage): PlayedOutage => ({
        ...outage,
        zone: recording.zoneOf(outage.subnetId) ?? '',
      }),
    ),
    lines: entries.flatMap(linesAt),
  };
}

function playedCalls(recording: Recording): PlayedCall[] {
  const records = recording.calls();
  return recordedCalls(recording).map((call, index) => ({ ...call, ...exchanged(records[index]) }));
}

function exchanged(record: CallRecord | undefined): Pick<PlayedCall, 'request' | 'answer'> {
  return {
    request: record?.input ?? {},
    ...(record?.answer === undefined ? {} : { answer: record.answer }),
  };
}

function linesAt(entry: TimelineEntry): LineAt[] {
  return linesOf(entry).map((line) => ({ ...line, atMs: line.atMs ?? entry.atMs }));
}
