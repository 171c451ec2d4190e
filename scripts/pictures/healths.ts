import { scenarios } from '../../demo/scenarios.ts';
import type { Health } from '../../shared/core/diagnose/diagnose.ts';
import { nameOf, type SeenChange } from './seen-healths.ts';
import { arrow, box, type Point, renderSvg, text, wrapped } from './svg.ts';

type Drawn = { readonly x: number; readonly y: number; readonly means: string; readonly kind: string };

/** Every health there is: one more does not compile until it has its place. */
export const healths: Readonly<Record<Health, Drawn>> = {
  'served-by-other': { x: 40, y: 60, means: 'a NAT gateway carries it', kind: 'goodbox' },
  unknown: { x: 320, y: 60, means: 'EC2 could not be read', kind: 'box' },
  drifted: { x: 600, y: 60, means: 'route, address or check off', kind: 'badbox' },
  violation: { x: 40, y: 190, means: 'settings do not fit', kind: 'box' },
  healthy: { x: 320, y: 190, means: 'all well, all leads to it', kind: 'goodbox' },
  'stood-in': { x: 600, y: 190, means: 'the next zone carries it', kind: 'goodbox' },
  starting: { x: 40, y: 320, means: 'launched, boots', kind: 'waitbox' },
  suspect: { x: 320, y: 320, means: 'the instance seems to fail', kind: 'badbox' },
  down: { x: 600, y: 320, means: 'no instance runs', kind: 'badbox' },
};

const size = { w: 190, h: 54 };
/** Seen in fewer scenarios, a change is told in words. */
const oftenEnough = 2;

function middleOf(health: Health): Point {
  const { x, y } = healths[health];
  return { x: x + size.w / 2, y: y + size.h / 2 };
}

/** From border to border; there and back lie beside each other. */
function join({ from, to, scenarios: count }: SeenChange): string[] {
  const [a, b] = [middleOf(from), middleOf(to)];
  const long = Math.hypot(b.x - a.x, b.y - a.y);
  const way = { x: (b.x - a.x) / long, y: (b.y - a.y) / long };
  const aside = { x: -way.y * 8, y: way.x * 8 };
  // Where the way, which runs beside the middles, leaves the one box and meets the other.
  const leaves = borderOf(way, aside);
  const meets = long - borderOf(way, { x: -aside.x, y: -aside.y });
  const at = (along: number): Point => ({
    x: Math.round(a.x + way.x * along + aside.x),
    y: Math.round(a.y + way.y * along + aside.y),
  });
  const label = at(long / 2);
  const beside = {
    x: label.x + (aside.x === 0 ? 0 : Math.sign(aside.x) * 9),
    y: label.y + (aside.y > 0 ? 15 : -3),
  };
  return [arrow([at(leaves), at(meets)]), text(beside, String(count), 'small soft middle')];
}

/** How far it is from a box's middle to its border, for who begins beside the middle. */
function borderOf(way: Point, aside: Point): number {
  const along = (half: number, goes: number, begins: number) =>
    goes === 0 ? Number.POSITIVE_INFINITY : (half - Math.sign(goes) * begins) / Math.abs(goes);
  return Math.min(along(size.w / 2, way.x, aside.x), along(size.h / 2, way.y, aside.y));
}

export function drawHealths(seen: readonly SeenChange[]): string {
  const often = seen.filter(({ scenarios: count }) => count >= oftenEnough);
  const rare = seen.filter(({ scenarios: count }) => count < oftenEnough).map(nameOf);
  const how = `Arrows: what the real controller said of a zone and half a second later, in ${oftenEnough} or more of the demo's ${scenarios.length} simulated scenarios; the number says in how many.`;
  const notes = [
    how,
    ...(rare.length === 0 ? [] : [`In one only: ${rare.join(', ')}. Others are possible.`]),
    'Blue: clients have egress. Red: they may have none, and Phoenat is at work. Dashed: on its way. Grey, from any state: nothing is changed until EC2 can be read, or the settings fit.',
  ].flatMap((note) => wrapped(note, 112));
  const means = Object.entries(healths).map(([health, drawn]) => `${health}: ${drawn.means}`);
  const counted = often.map((change) => `${nameOf(change)} (${change.scenarios})`);
  return renderSvg({
    title: 'The states of a zone, and how it gets from one to another',
    description: `${means.join('. ')}. ${how} ${counted.join('; ')}.`,
    height: 410 + notes.length * 18,
    body: [
      text({ x: 40, y: 32 }, 'health of a zone', 'head'),
      ...Object.entries(healths).map(([health, { x, y, means: words, kind }]) =>
        box({ x, y, ...size }, [health, words], kind),
      ),
      ...often.flatMap(join),
      ...notes.map((line, index) => text({ x: 40, y: 406 + index * 18 }, line, 'small soft')),
    ],
  });
}
