import { type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import type { Harness } from '../../simulator/harness/harness.ts';
import { StackHarness } from '../../simulator/harness/stack-harness.ts';
import { ringing } from '../alarms.ts';
import { Recording } from '../recording.ts';
import type { TimelineEntry } from '../scenario-result.ts';
import { buildTimeline, readRecording } from '../timeline.ts';

/** A chapter ends after so long without news: no alarm that is about what happens here looks further back. */
const chapterMs = 10 * minuteMs;

/** Told of each entry once, when it can no longer change; its times are counted from `startedAt`. */
export type OnEntry = (entry: TimelineEntry, startedAt: EpochMs) => void;

/**
 * What happens in a harness, as it happens: chapters of the demo's timeline, each of which ends some time after nothing was left
 * to do, so that a day of it costs no more than an hour.
 */
export class LiveLog {
  readonly #harness: Harness;
  readonly #onEntry: OnEntry;
  readonly #told = new Set<string>();
  #recording: Recording;
  #firstRun: number;
  #newsAt: EpochMs;
  /** What the last run that ended with something left has said. */
  #lastEnd = '';
  /** Something has happened, and is not settled. */
  #isOpen = false;

  constructor(harness: Harness, onEntry: OnEntry) {
    this.#harness = harness;
    this.#onEntry = onEntry;
    this.#firstRun = harness.invocations.length;
    this.#newsAt = harness.clock.now();
    this.#recording = this.#record();
  }

  /** Something was done from outside. */
  note(detail: string, at: EpochMs): void {
    this.#recording.happenings.push({ at, detail });
  }

  /** Tells what is new. */
  look(): void {
    const { entries, final } = buildTimeline(readRecording(this.#recording), '', 'left-out');
    for (const entry of entries.slice(0, final)) this.#tell(entry);
    if (final < entries.length) return;
    this.#settle();
    const isQuiet = !this.#isOpen && this.#harness.isIdle();
    if (isQuiet && this.#harness.clock.now() - this.#newsAt > chapterMs) this.#beginAnew();
  }

  #tell(entry: TimelineEntry): void {
    const key = keyOf(entry);
    // Each recording begins with what befell the account; here nothing has.
    if (entry.kind === 'trouble' || this.#told.has(key)) return;
    this.#told.add(key);
    this.#newsAt = this.#harness.clock.now();
    this.#isOpen = true;
    if (this.#isRepeated(entry)) return;
    this.#emit(numbered(entry, this.#firstRun));
  }

  #emit(entry: TimelineEntry): void {
    this.#onEntry(entry, this.#recording.startedAt);
  }

  /** A run that fails as the one before did says nothing new. */
  #isRepeated(entry: TimelineEntry): boolean {
    if (entry.kind !== 'run-ended') return false;
    const before = this.#lastEnd;
    this.#lastEnd = `${entry.outcome} ${entry.why.join()}`;
    return this.#lastEnd === before;
  }

  /** Said once of all that there was to see, as soon as it is so. */
  #settle(): void {
    const harness = this.#harness;
    const hasEgress = harness.meter.outages().every(({ to }) => to !== undefined);
    if (!this.#isOpen || !hasEgress || !harness.isSettled() || !this.#recording.isQuiet()) return;
    if (ringing(this.#recording).length > 0) return;
    this.#isOpen = false;
    this.#lastEnd = '';
    this.#emit({ kind: 'settled', atMs: this.#recording.since(harness.clock.now()) });
  }

  #beginAnew(): void {
    this.#recording.end();
    this.#newsAt = this.#harness.clock.now();
    this.#firstRun = this.#harness.invocations.length;
    this.#recording = this.#record();
  }

  #record(): Recording {
    return new Recording(this.#harness, new StackHarness(this.#harness));
  }
}

/** Its runs are counted since the account began, and not since the chapter did. */
function numbered(entry: TimelineEntry, before: number): TimelineEntry {
  switch (entry.kind) {
    case 'snapshot':
    case 'wave': {
      const calls = entry.calls.map((call) => ({ ...call, run: call.run + before }));
      return { ...entry, run: entry.run + before, calls };
    }
    default:
      return 'run' in entry ? { ...entry, run: entry.run + before } : entry;
  }
}

/** What a report goes on saying is told once. */
function keyOf(entry: TimelineEntry): string {
  switch (entry.kind) {
    case 'guarded':
      return `${entry.kind} ${entry.instanceId} ${entry.count}`;
    case 'boot-told':
      return `${entry.kind} ${entry.text}`;
    default:
      return JSON.stringify(entry);
  }
}
