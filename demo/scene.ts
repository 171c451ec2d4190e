import type { Paint } from './palette.ts';
import type { Scene } from './play.ts';
import type { DemoImage } from './story.ts';
import { shortened, widthColumns, wrapped } from './text.ts';
import { renderTopology } from './topology.ts';

const imageWords: Readonly<Record<DemoImage, string>> = {
  al2023: 'The image is al2023: each instance installs nftables before it forwards, 30 to 90 s.',
  'fck-nat': 'The image is fck-nat, which brings all that it needs.',
};

/** What there is before the story begins, and what the trouble has made of it. */
export function renderScene(scene: Scene, paint: Paint): string[] {
  const { scenario, title, prepared, expected, trouble, before, broken, seed, image } = scene;
  const harm =
    JSON.stringify(before) === JSON.stringify(broken)
      ? []
      : ['', ...wrapped(`Then ${shortened(trouble)}:`, widthColumns), ...renderTopology(broken, paint)];
  return [
    '',
    `${paint('strong', title)} ${paint('dim', `(scenario ${scenario}, seed ${seed})`)}`,
    ...wrapped(`${prepared} ${expected}`, widthColumns),
    '',
    ...renderTopology(before, paint),
    ...harm,
    '',
    paint('dim', 'The controller is the real one. EC2, its events and the time are simulated.'),
    paint('dim', imageWords[image]),
  ];
}
