import type { ScenarioResult } from '../../demo/scenario-result.ts';
import { seconds } from '../../demo/text.ts';
import { failoverFacts } from './failover-facts.ts';
import { failoverSteps, simulated } from './stand-in.ts';
import { renderSvg, text } from './svg.ts';
import { drawZoneFrame, frameHeight } from './zone-frames.ts';

/** How long each step is shown, in seconds; what took half a minute is shown in some. */
const shownFor = [2.5, 2.5, 5, 6] as const;
const wholeS = shownFor.reduce((sum, one) => sum + one, 0);

/** Each step is seen in its part of the time, and none at any other. A browser that is asked for little motion shows the last. */
function keyframes(): string {
  let fromS = 0;
  const rules = shownFor.map((lastsS, index) => {
    const beginS = fromS;
    fromS += lastsS;
    const part = (atS: number) => `${((atS / wholeS) * 100).toFixed(2)}%`;
    const before = index === 0 ? '' : '0%{opacity:0}';
    const after = fromS === wholeS ? '100%{opacity:1}' : `${part(fromS)}{opacity:0}100%{opacity:0}`;
    return `@keyframes step${index}{${before}${part(beginS)}{opacity:1}${after}}`;
  });
  return rules.join('');
}

const style = `
.step{animation-duration:${wholeS}s;animation-iteration-count:infinite;animation-timing-function:step-end}
${shownFor.map((_, index) => `.step${index}{animation-name:step${index}}`).join('')}
.flow{stroke-dasharray:9 7;animation:flow .6s linear infinite}
${keyframes()}@keyframes flow{to{stroke-dashoffset:-16}}
@media (prefers-reduced-motion:reduce){.step,.flow{animation:none}.step{display:none}.step${shownFor.length - 1}{display:inline}.flow{stroke-dasharray:none}}`;

export function drawDemo(result: ScenarioResult): string {
  const steps = failoverSteps(result);
  const facts = failoverFacts(result);
  const outcome = `Egress was back after ${seconds(facts.backMs)}, at the same public address. Nobody did anything.`;
  return renderSvg({
    title: 'A NAT instance dies, and Phoenat replaces it: an animation of the demo',
    description: `${steps.map(({ words }) => words).join('. ')}. ${outcome} Times are of a ${simulated}.`,
    height: frameHeight + 96,
    style,
    body: [
      ...steps.flatMap(({ words, frame }, index) => [
        `<g class="step step${index}">`,
        text({ x: 40, y: 30 }, words, 'bold'),
        '<g transform="translate(0 30)">',
        ...drawZoneFrame(frame),
        '</g>',
        ...(index === steps.length - 1 ? [text({ x: 40, y: frameHeight + 56 }, outcome, 'bold good')] : []),
        '</g>',
      ]),
      text({ x: 40, y: frameHeight + 80 }, `Simulated: ${simulated}`, 'small soft'),
    ],
  });
}
