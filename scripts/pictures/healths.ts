import type { Health } from '../../shared/core/diagnose/diagnose.ts';
import { arrow, box, renderSvg, text } from './svg.ts';

type Drawn = { readonly x: number; readonly y: number; readonly means: string; readonly kind: string };

/** Every health there is: one more does not compile until it has its place. */
export const healths: Readonly<Record<Health, Drawn>> = {
  healthy: { x: 320, y: 60, means: 'all well, all leads to it', kind: 'goodbox' },
  'served-by-other': { x: 40, y: 60, means: 'a NAT gateway carries it', kind: 'goodbox' },
  'stood-in': { x: 320, y: 190, means: 'the next zone carries it', kind: 'goodbox' },
  drifted: { x: 600, y: 60, means: 'route, address or check off', kind: 'badbox' },
  suspect: { x: 600, y: 190, means: 'the instance seems to fail', kind: 'badbox' },
  down: { x: 600, y: 320, means: 'no instance runs', kind: 'badbox' },
  starting: { x: 320, y: 320, means: 'launched, boots', kind: 'waitbox' },
  violation: { x: 40, y: 190, means: 'settings do not fit', kind: 'box' },
  unknown: { x: 40, y: 320, means: 'EC2 could not be read', kind: 'box' },
};

const size = { w: 190, h: 54 };

type Change = readonly [from: Health, to: Health, words: string];

const changes: readonly Change[] = [
  ['served-by-other', 'healthy', 'takeover'],
  ['healthy', 'drifted', 'someone changes it'],
  ['drifted', 'healthy', ''],
  ['suspect', 'stood-in', 'neighbour takes'],
  ['suspect', 'down', 'it ends'],
  ['down', 'stood-in', ''],
  ['down', 'starting', 'launch'],
  ['starting', 'healthy', ''],
  ['stood-in', 'healthy', 'home'],
];

function join(from: Health, to: Health): string {
  const [a, b] = [healths[from], healths[to]];
  const [aside, apart] = from === 'drifted' ? [0, 14] : [0, from === 'healthy' ? -14 : 0];
  if (a.y === b.y) {
    const isRight = b.x > a.x;
    const y = a.y + size.h / 2 + apart;
    return arrow([
      { x: isRight ? a.x + size.w : a.x, y },
      { x: (isRight ? b.x : b.x + size.w) + aside, y },
    ]);
  }
  if (a.x === b.x) {
    // Past what stands between.
    if (Math.abs(a.y - b.y) > 200) {
      const x = a.x - 20;
      return arrow([
        { x: a.x, y: a.y + 27 },
        { x, y: a.y + 27 },
        { x, y: b.y + 40 },
        { x: b.x, y: b.y + 40 },
      ]);
    }
    const isDown = b.y > a.y;
    const x = a.x + size.w / 2;
    return arrow([
      { x, y: isDown ? a.y + size.h : a.y },
      { x, y: isDown ? b.y : b.y + size.h },
    ]);
  }
  return arrow([
    { x: a.x, y: a.y + 12 },
    { x: b.x + size.w, y: b.y + size.h - 6 },
  ]);
}

export function drawHealths(): string {
  return renderSvg({
    title: 'The states of a zone, and how it gets from one to another',
    description: `${Object.entries(healths)
      .map(([health, { means }]) => `${health}: ${means}`)
      .join(
        '. ',
      )}. Changes: ${changes.map(([from, to, words]) => `${from} to ${to}${words === '' ? '' : ` (${words})`}`).join('; ')}.`,
    height: 440,
    body: [
      text({ x: 40, y: 32 }, 'health of a zone', 'head'),
      ...Object.entries(healths).map(([health, { x, y, means, kind }]) =>
        box({ x, y, ...size }, [health, means], kind),
      ),
      ...changes.map(([from, to]) => join(from, to)),
      text({ x: 275, y: 78 }, 'takeover', 'small soft middle'),
      text({ x: 555, y: 64 }, 'changed', 'small soft middle'),
      text({ x: 555, y: 118 }, 'put back', 'small soft middle'),
      text({ x: 555, y: 208 }, 'carried', 'small soft middle'),
      text({ x: 704, y: 286 }, 'it ends', 'small soft'),
      text({ x: 555, y: 340 }, 'launch', 'small soft middle'),
      text({ x: 424, y: 156 }, 'home', 'small soft'),
      text({ x: 294, y: 286 }, 'forwards', 'small soft end'),
      text(
        { x: 40, y: 410 },
        'Blue: clients have egress. Red: they may have none, and Phoenat is at work. Dashed: on its way.',
        'small soft',
      ),
      text(
        { x: 40, y: 428 },
        'Grey, from any state: nothing is changed until EC2 can be read, or the settings fit.',
        'small soft',
      ),
    ],
  });
}
