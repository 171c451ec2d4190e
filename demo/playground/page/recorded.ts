import type { History } from '../history.ts';
import { Controls } from './controls.ts';
import { elementOf } from './elements.ts';
import { ShownPage } from './shown-page.ts';

const frameMs = 100;

/** Plays a recording that the page carries. */
async function start(): Promise<void> {
  const history: History = JSON.parse(elementOf('recorded', HTMLScriptElement).textContent ?? '');
  elementOf('title', HTMLElement).textContent = 'recording';
  elementOf('subtitle', HTMLElement).textContent = history.title;
  const shown = new ShownPage();
  let atMs = 0;
  const show = () => {
    shown.show(history, atMs, controls.pace.isPlaying);
    controls.show(atMs, history.endMs);
  };
  const go = (soughtMs: number) => {
    atMs = Math.min(history.endMs, soughtMs);
    show();
  };
  const controls: Controls = new Controls({
    seek: go,
    toTheEnd: () => go(history.endMs),
    redraw: () => show(),
  });
  show();
  controls.setPlaying(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, frameMs));
    const { isPlaying, speed } = controls.pace;
    if (!isPlaying) continue;
    go(atMs + frameMs * speed);
    if (atMs >= history.endMs) {
      controls.setPlaying(false);
      show();
    }
  }
}

await start();
