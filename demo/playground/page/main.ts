import { LivePlay } from '../live-play.ts';
import { strikes } from '../strikes.ts';
import { element, joined } from '../view/markup.ts';
import { Controls } from './controls.ts';
import { elementOf, fill } from './elements.ts';
import { ShownPage } from './shown-page.ts';

/** A picture is drawn so often, in real time; simulated time moves on as fast as it may in between. */
const frameMs = 100;

async function start(): Promise<void> {
  const subtitle = elementOf('subtitle', HTMLElement);
  subtitle.textContent = 'A stack is being deployed…';
  const live = await LivePlay.begin();
  const shown = new ShownPage();
  const left = elementOf('left', HTMLElement);
  let atMs = 0;
  let follows = true;
  let history = live.history();
  const show = () => {
    shown.show(history, atMs, controls.pace.isPlaying);
    controls.show(atMs, history.endMs);
    left.textContent = leftWords(live.leftMs);
  };
  const controls: Controls = new Controls({
    seek: (soughtMs) => {
      follows = soughtMs >= history.endMs;
      if (!follows) controls.setPlaying(false);
      atMs = soughtMs;
      show();
    },
    redraw: () => show(),
    toTheEnd: () => {
      follows = true;
      atMs = history.endMs;
      show();
    },
  });
  offerStrikes(history.zones, (name, zone) => {
    elementOf('struck', HTMLElement).textContent = live.strike(name, zone);
    follows = true;
    controls.setPlaying(true);
  });
  subtitle.textContent = history.title;
  show();
  controls.setPlaying(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, frameMs));
    const { isPlaying, speed } = controls.pace;
    if (!isPlaying) continue;
    if (follows) {
      await live.advance(frameMs * speed);
      history = live.history();
      // Meanwhile somebody may have gone back.
      if (follows) atMs = history.endMs;
      if (live.isOver) end(controls);
    } else {
      // In what has happened already; at its end life goes on.
      atMs = Math.min(history.endMs, atMs + frameMs * speed);
      follows = atMs >= history.endMs;
    }
    show();
  }
}

/** Said from the beginning, so that nobody is cut short by it. */
function leftWords(leftMs: number): string {
  const leftSeconds = Math.ceil(leftMs / 1_000);
  const [minutes, rest] = [Math.floor(leftSeconds / 60), leftSeconds % 60];
  return `One simulated hour: ${minutes} min ${rest} s left`;
}

function end(controls: Controls): void {
  controls.setPlaying(false);
  for (const button of document.querySelectorAll('[data-strike]')) button.setAttribute('disabled', '');
  elementOf('struck', HTMLElement).textContent =
    'The simulated hour is over: what happened in it can still be read. Reload the page for another.';
}

function offerStrikes(zones: readonly string[], does: (name: string, zone: number) => void): void {
  const chosen = elementOf('zone', HTMLSelectElement);
  fill(chosen, joined(zones.map((zone, index) => element('option', { value: index }, zone))));
  const hints = strikes.flatMap(({ label, hint }) => [element('dt', {}, label), element('dd', {}, hint)]);
  fill(elementOf('hints', HTMLElement), joined(hints));
  for (const { name, label, hint, isZonal } of strikes) {
    const row = elementOf(isZonal ? 'strike-zone' : 'strike-all', HTMLElement);
    const button = element('button', { type: 'button', 'data-strike': name, title: hint }, label);
    row.insertAdjacentHTML('beforeend', button.markup);
  }
  const buttons = elementOf('strikes', HTMLElement);
  buttons.addEventListener('click', ({ target }) => {
    const name = target instanceof Element ? target.getAttribute('data-strike') : null;
    if (name !== null) does(name, Number(chosen.value));
  });
  buttons.hidden = false;
}

start().catch((error: unknown) => {
  elementOf('subtitle', HTMLElement).textContent =
    `The simulation has stopped: ${String(error)}. Reload the page.`;
  throw error;
});
