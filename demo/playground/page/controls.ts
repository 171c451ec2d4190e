import { elementOf } from './elements.ts';

/** Simulated milliseconds for each real one, and whether time passes. */
export type Pace = { readonly isPlaying: boolean; readonly speed: number };

/** The buttons of time. What they ask for is passed on; nothing is remembered here but what they show. */
export class Controls {
  readonly #playButton = elementOf('play', HTMLButtonElement);
  readonly #speed = elementOf('speed', HTMLSelectElement);
  readonly #time = elementOf('time', HTMLInputElement);
  #isPlaying = false;

  constructor(asked: {
    readonly seek: (atMs: number) => void;
    readonly toTheEnd: () => void;
    readonly redraw: () => void;
  }) {
    this.#playButton.addEventListener('click', () => {
      this.setPlaying(!this.#isPlaying);
      asked.redraw();
    });
    this.#time.addEventListener('input', () => asked.seek(Number(this.#time.value)));
    elementOf('latest', HTMLButtonElement).addEventListener('click', asked.toTheEnd);
  }

  get pace(): Pace {
    return { isPlaying: this.#isPlaying, speed: Number(this.#speed.value) };
  }

  setPlaying(isPlaying: boolean): void {
    this.#isPlaying = isPlaying;
    this.#playButton.textContent = isPlaying ? '❚❚ Pause' : '▶ Play';
    this.#playButton.setAttribute('aria-pressed', String(isPlaying));
  }

  show(atMs: number, endMs: number): void {
    this.#time.max = String(Math.max(endMs, 1));
    this.#time.value = String(atMs);
    this.#time.setAttribute('aria-valuetext', `${(atMs / 1_000).toFixed(1)} seconds`);
  }
}
