import { timelineTime } from '../../text.ts';
import { type History, knownAt, stateAt } from '../history.ts';
import { drawCalls } from '../view/draw-calls.ts';
import { drawTopology } from '../view/draw-topology.ts';
import { announced, callDetails, counterCards, logItems } from '../view/panels.ts';
import { elementOf, fill } from './elements.ts';

/** Of a zone's column, where the page is so wide, in pixels. */
const [narrowColumn, wideColumn] = [168, 330];
const narrowBelow = 560;

/** Puts a moment of a history into the page. */
export class ShownPage {
  readonly #topology = elementOf('topology', HTMLElement);
  readonly #counters = elementOf('counters', HTMLElement);
  readonly #calls = elementOf('calls', HTMLElement);
  readonly #call = elementOf('call', HTMLElement);
  readonly #log = elementOf('log', HTMLElement);
  readonly #window = elementOf('window', HTMLSelectElement);
  #history: History | undefined;
  #atMs = 0;
  #chosen: number | undefined;
  #isStill = true;
  #announced = 0;

  constructor() {
    this.#window.addEventListener('change', () => this.#drawCalls());
    this.#calls.addEventListener('click', ({ target }) => this.#choose(callIn(target)));
    this.#calls.addEventListener('keydown', (event) => this.#move(event));
    addEventListener('resize', () => this.#redraw());
  }

  show(history: History, atMs: number, isPlaying: boolean): void {
    this.#isStill = !isPlaying;
    const { known, text } = announced(history, this.#announced, atMs);
    this.#announced = known;
    if (text !== undefined) elementOf('announce', HTMLElement).textContent = text;
    this.#history = history;
    this.#atMs = atMs;
    this.#redraw();
  }

  #redraw(): void {
    const history = this.#history;
    if (history === undefined) return;
    const columnWidth = innerWidth < narrowBelow ? narrowColumn : wideColumn;
    fill(this.#topology, drawTopology(stateAt(history, this.#atMs), { columnWidth }));
    this.#holdPackets();
    fill(this.#counters, counterCards(history, this.#atMs));
    elementOf('now', HTMLOutputElement).value = timelineTime(this.#atMs);
    if (fill(this.#log, logItems(history, this.#atMs))) this.#log.scrollTop = this.#log.scrollHeight;
    this.#drawCalls();
  }

  /** Packets stand still with the time. */
  #holdPackets(): void {
    const picture = this.#topology.querySelector('svg');
    if (this.#isStill) {
      picture?.pauseAnimations();
      // A new picture has not placed them yet.
      picture?.setCurrentTime(picture.getCurrentTime());
    } else {
      picture?.unpauseAnimations();
    }
  }

  #drawCalls(): void {
    const history = this.#history;
    if (history === undefined) return;
    const spanMs = Number(this.#window.value);
    const toMs = Math.max(this.#atMs, spanMs);
    const width = Math.max(320, this.#calls.clientWidth);
    const had = document.activeElement?.hasAttribute('data-call') === true;
    const until = knownAt(history, this.#atMs);
    const chosen = this.#chosen ?? lastOf(until.calls.length);
    const drawn = drawCalls(until, {
      fromMs: toMs - spanMs,
      toMs,
      nowMs: this.#atMs,
      width,
      ...(chosen === undefined ? {} : { chosen }),
    });
    if (fill(this.#calls, drawn) && had) this.#focusOn(chosen);
  }

  #choose(index: number | undefined): void {
    const call = this.#history?.calls[index ?? -1];
    if (index === undefined || call === undefined) return;
    this.#chosen = index;
    fill(this.#call, callDetails(call));
    this.#drawCalls();
    this.#focusOn(index);
  }

  #move(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -10,
      ArrowDown: 10,
    };
    const step = steps[event.key] ?? 0;
    const from = callIn(event.target);
    if (from === undefined || (step === 0 && event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    const known = this.#history?.calls.filter(({ sentAtMs }) => sentAtMs <= this.#atMs).length ?? 0;
    this.#choose(Math.min(known - 1, Math.max(0, from + step)));
  }

  #focusOn(index: number | undefined): void {
    const mark = this.#calls.querySelector(`[data-call="${index}"]`);
    if (mark instanceof SVGElement) mark.focus({ preventScroll: true });
  }
}

function lastOf(count: number): number | undefined {
  return count === 0 ? undefined : count - 1;
}

function callIn(target: EventTarget | null): number | undefined {
  const index = target instanceof Element ? target.getAttribute('data-call') : null;
  return index === null ? undefined : Number(index);
}
