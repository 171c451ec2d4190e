import { type DurationMs, type EpochMs, secondMs } from '../../shared/core/model/time.ts';

/** What an instance knows of its own way to the internet. */
type Note = { readonly askedAt: EpochMs; readonly answered: boolean; readonly misses: number };

const nothingAsked: Note = { askedAt: Number.NEGATIVE_INFINITY, answered: false, misses: 0 };

/** As `look_outside` and `ask_outside` of infra/nat-instance/look.sh have it, and guard.sh and health.sh, which ask. */
const guardAsksEveryMs: DurationMs = 30 * secondMs;
const healthAsksEveryMs: DurationMs = 10 * secondMs;
const afterAMissMs: DurationMs = 4 * secondMs;
const knownLostMs: DurationMs = 10 * secondMs;
const missTakesMs: DurationMs = 3 * secondMs;
const answerTakesMs: DurationMs = 100;
const believedForMs: DurationMs = 60 * secondMs;
const missesThatSayNo = 3;
/** A second packet goes out where the first is not answered (RFC 6298: after a second). */
const retransmittedAfterMs: DurationMs = secondMs;

/**
 * Whether an instance itself gets out, as far as it has noticed: it asks now and then, and only the third miss in a row
 * says no. Worked out when somebody asks, from when its way out came and went.
 */
export class WayOut {
  readonly #guardSince: EpochMs;
  readonly #history: { readonly at: EpochMs; readonly ok: boolean }[] = [];
  #note = nothingAsked;
  /** Asked, and not answered yet. */
  #landing: { readonly at: EpochMs; readonly note: Note } | undefined;
  /** When its boot first had an answer. */
  firstAt: EpochMs | undefined;

  /** `guardSince`: from when on the guard runs that asks by itself. */
  constructor(guardSince: EpochMs) {
    this.#guardSince = guardSince;
  }

  see(ok: boolean, at: EpochMs): void {
    if (this.#history.at(-1)?.ok === ok) return;
    this.#history.push({ at, ok });
    if (this.#history.length > 50) this.#history.shift();
  }

  /** What the health answer says of it at this moment; undefined where nothing is known. */
  told(now: EpochMs): boolean | undefined {
    this.#guardUntil(now);
    this.#land(now);
    const note = this.#current(now);
    const told = note.misses >= missesThatSayNo ? false : note.answered ? true : undefined;
    if (now - note.askedAt >= waitAfter(note, healthAsksEveryMs)) this.#ask(note, now);
    return told;
  }

  #guardUntil(now: EpochMs): void {
    // What it found longer ago has been found again since.
    const from = Math.max(this.#guardSince, now - 5 * believedForMs);
    for (;;) {
      const { misses, askedAt } = this.#landing?.note ?? this.#note;
      const at = Math.max(from, askedAt + waitAfter({ misses }, guardAsksEveryMs));
      if (at >= now) return;
      this.#land(at);
      this.#ask(this.#current(at), at);
    }
  }

  /** What is older than a minute says nothing about now. */
  #current(now: EpochMs): Note {
    return now - this.#note.askedAt > believedForMs ? nothingAsked : this.#note;
  }

  #ask({ answered, misses }: Note, at: EpochMs): void {
    this.#note = { askedAt: at, answered, misses };
    const isAnswered = this.#isOpen(at) || this.#isOpen(at + retransmittedAfterMs);
    this.#landing = isAnswered
      ? { at: at + answerTakesMs, note: { askedAt: at, answered: true, misses: 0 } }
      : { at: at + missTakesMs, note: { askedAt: at, answered, misses: misses + 1 } };
  }

  #land(now: EpochMs): void {
    if (this.#landing === undefined || this.#landing.at > now) return;
    this.#note = this.#landing.note;
    if (this.#note.misses === 0) this.firstAt ??= this.#landing.at;
    this.#landing = undefined;
  }

  #isOpen(at: EpochMs): boolean {
    return this.#history.findLast((entry) => entry.at <= at)?.ok ?? false;
  }
}

function waitAfter({ misses }: Pick<Note, 'misses'>, else_: DurationMs): DurationMs {
  if (misses >= missesThatSayNo) return knownLostMs;
  return misses > 0 ? afterAMissMs : else_;
}
