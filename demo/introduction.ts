import type { Paint } from './palette.ts';
import type { Introduction } from './record-scenario.ts';
import type { DemoImage } from './scenario-result.ts';
import { shortened, wrapped } from './text.ts';
import { renderTopology } from './topology-view.ts';

const imageWords: Readonly<Record<DemoImage, string>> = {
  al2023: 'The image is al2023: each instance installs nftables before it forwards, 30 to 90 s.',
  'fck-nat': 'The image is fck-nat, which brings all that it needs.',
};

const whatIsReal =
  'The controller is the real one. EC2 and its events, the probes, the alarms and the time are simulated.';

/** The account before the recording begins, and after the fault. */
export function renderIntroduction(introduction: Introduction, paint: Paint, width: number): string[] {
  const { scenario, title, prepared, expected, trouble, before, broken, seed, image } = introduction;
  const source = `(scenario ${scenario}, seed ${seed})`;
  const harm =
    JSON.stringify(before) === JSON.stringify(broken)
      ? []
      : ['', ...wrapped(`Then ${shortened(trouble)}:`, width), ...renderTopology(broken, paint, width)];
  return [
    '',
    ...titleLines(paint('strong', title), paint('dim', source), title.length + 1 + source.length > width),
    ...wrapped(`${prepared} ${expected}`, width),
    '',
    ...renderTopology(before, paint, width),
    ...harm,
    '',
    ...wrapped(whatIsReal, width).map((line) => paint('dim', line)),
    ...wrapped(imageWords[image], width).map((line) => paint('dim', line)),
  ];
}

function titleLines(title: string, source: string, isTooLong: boolean): string[] {
  return isTooLong ? [title, source] : [`${title} ${source}`];
}
