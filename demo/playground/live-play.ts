import { type DurationMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import { byDefault } from '../../simulator/harness/by-default.ts';
import { Harness } from '../../simulator/harness/harness.ts';
import { StackHarness } from '../../simulator/harness/stack-harness.ts';
import { Recording } from '../recording.ts';
import type { History } from './history.ts';
import { historyOf, StateNotes } from './history-of.ts';
import { strike } from './strikes.ts';

const title =
  'Two zones, each with two private subnets behind a NAT instance of its own. Break something, and watch the controller put it right.';
const longestMs = 60 * minuteMs;
const beginning = 'nothing has happened yet: all is well';

/** A stack that lives as long as the page: the real controller in front of the simulated EC2, time driven from outside. */
export class LivePlay {
  readonly #harness: Harness;
  readonly #recording: Recording;
  readonly #notes: StateNotes;
  #known: { readonly state: string; readonly history: History } | undefined;

  private constructor(harness: Harness) {
    this.#harness = harness;
    this.#recording = new Recording(harness, new StackHarness(harness));
    this.#notes = new StateNotes(this.#recording);
  }

  /** Resolves when the controller has launched every zone and a quarter of an hour has passed quietly. */
  static async begin(seed = 1): Promise<LivePlay> {
    const options = { probe: 'on', hearsPending: false, keepsAnswers: true, seed } as const;
    const harness = new Harness({ ...options, settings: byDefault(options) });
    harness.goLive();
    await harness.until('the first launch is settled', () => harness.isSettled());
    await harness.clock.runFor(15 * minuteMs + 7 * secondMs);
    // EC2 says in whole seconds when an instance was terminated: so no report is of a time before the page began.
    await harness.clock.runUntil(Math.ceil(harness.clock.now() / secondMs) * secondMs);
    return new LivePlay(harness);
  }

  get nowMs(): DurationMs {
    return this.#recording.since(this.#harness.clock.now());
  }

  /** An hour is over: the picture of more would take longer to draw than to live. */
  get isOver(): boolean {
    return this.leftMs === 0;
  }

  /** How much of the hour is still to come. */
  get leftMs(): DurationMs {
    return Math.max(0, longestMs - this.nowMs);
  }

  /** Lets so much simulated time pass, to the end of the hour at most. */
  async advance(durationMs: DurationMs): Promise<void> {
    await this.#harness.clock.runFor(Math.min(durationMs, this.leftMs));
  }

  /** Does what the button of this name says, and tells in words what was done or why it cannot be. */
  strike(name: string, zone: number): string {
    const { ok, text } = strike(this.#harness, name, zone);
    if (ok) {
      this.#recording.happenings.push({ at: this.#harness.clock.now(), detail: text });
    }
    return text;
  }

  history(): History {
    const state = this.#state();
    if (this.#known?.state !== state) {
      this.#known = {
        state,
        history: historyOf(this.#recording, this.#notes, { title, trouble: beginning }),
      };
    }
    return { ...this.#known.history, endMs: this.nowMs };
  }

  /** Another text where there is something new to show; while a run is at work there always may be. */
  #state(): string {
    const { happenings } = this.#recording;
    const runs = this.#recording.runs();
    const atWork = runs.some(({ endedAt }) => endedAt === undefined);
    return JSON.stringify([
      runs.length,
      this.#notes.states.length,
      happenings.length,
      this.#recording.changes.length,
      atWork ? this.nowMs : 'at rest',
      Math.floor(this.nowMs / minuteMs),
    ]);
  }
}
