import type { ScenarioResult } from '../../demo/scenario-result.ts';
import { seconds } from '../../demo/text.ts';
import { failoverFacts } from './failover-facts.ts';
import { renderSvg, text } from './svg.ts';
import { drawZoneFrame, frameHeight, type ZoneFrame } from './zone-frames.ts';

type Step = { readonly words: string; readonly frame: ZoneFrame };

export function failoverSteps(result: ScenarioResult): readonly Step[] {
  const facts = failoverFacts(result);
  const at = (ms: number) => `t+${seconds(ms)}`;
  return [
    {
      words: 'before: each zone has its own instance',
      frame: { carrier: 'own', own: 'well', successor: 'absent' },
    },
    {
      words: `t+0.0 s: instance a is terminated; noticed at ${at(facts.noticedMs)}`,
      frame: { carrier: 'none', own: 'gone', successor: 'absent' },
    },
    {
      words: `${at(facts.backMs)}: instance b carries zone a, at zone a's own address; launch at ${at(facts.launchedMs)}`,
      frame: { carrier: 'neighbour', own: 'gone', successor: 'boots' },
    },
    {
      words: `${at(facts.forwardsMs)}: the next instance forwards; home at ${at(facts.homeMs)}, ${seconds(facts.homeOutageMs)} without egress`,
      frame: { carrier: 'successor', own: 'gone', successor: 'well' },
    },
  ];
}

export const simulated = 'simulated EC2, scenario "terminated" of npm run demo; not measured on AWS';

export function drawStandIn(result: ScenarioResult): string {
  const steps = failoverSteps(result);
  const tall = frameHeight + 54;
  return renderSvg({
    title: 'A stand-in: the next zone carries one that has lost its instance',
    description: `${steps.map(({ words }) => words).join('. ')}. Times are of a ${simulated}.`,
    height: 30 + steps.length * tall,
    body: [
      ...steps.flatMap(({ words, frame }, index) => [
        `<g transform="translate(0 ${index * tall + 6})">`,
        text({ x: 40, y: 26 }, `${index + 1}. ${words}`, 'bold'),
        '<g transform="translate(0 24)">',
        ...drawZoneFrame(frame),
        '</g></g>',
      ]),
      text({ x: 40, y: steps.length * tall + 16 }, `Times: ${simulated}`, 'small soft'),
    ],
  });
}
