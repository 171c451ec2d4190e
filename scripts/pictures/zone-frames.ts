import { arrow, box, type LineKind, type Point, text } from './svg.ts';

/** Two zones at one moment: who carries the traffic of zone a, and what its instances are. */
export type ZoneFrame = {
  readonly carrier: 'own' | 'none' | 'neighbour' | 'successor';
  readonly own: 'well' | 'gone';
  readonly successor: 'absent' | 'boots' | 'well';
};

const subnetsA = { x: 40, y: 20, w: 330, h: 44 };
const subnetsB = { x: 460, y: 20, w: 330, h: 44 };
const own = { x: 40, y: 126, w: 150, h: 62 };
const successor = { x: 220, y: 126, w: 150, h: 62 };
const neighbour = { x: 550, y: 126, w: 150, h: 62 };
export const frameHeight = 262;

function middleOf({ x, w }: { readonly x: number; readonly w: number }): number {
  return x + w / 2;
}

/** From the subnets to what carries them, and out under the zone's address. */
function wayOf(
  from: Point,
  via: { readonly x: number; readonly y: number; readonly w: number },
  aside = 0,
): string[] {
  const x = middleOf(via) + aside;
  return [
    flow([
      { x: from.x, y: 64 },
      { x, y: via.y },
    ]),
    flow([
      { x, y: via.y + 62 },
      { x, y: 228 },
    ]),
  ];
}

function flow(points: readonly Point[], kind: LineKind = 'good'): string {
  return arrow(points, kind).replace('class="goodline"', 'class="goodline flow"');
}

/** Where the traffic of zone a goes through, and where its arrows begin. */
const ways = {
  own: { via: own, from: middleOf(own), aside: 0 },
  successor: { via: successor, from: middleOf(successor), aside: 0 },
  neighbour: { via: neighbour, from: 340, aside: -38 },
} as const;

function wayOfA(carrier: ZoneFrame['carrier']): string[] {
  if (carrier === 'none') {
    return [
      arrow(
        [
          { x: middleOf(own), y: 64 },
          { x: middleOf(own), y: 126 },
        ],
        'bad',
      ),
      text({ x: middleOf(own) + 10, y: 100 }, '✘ no way out', 'small bad'),
    ];
  }
  const { via, from, aside } = ways[carrier];
  const x = middleOf(via) + aside;
  return [
    ...wayOf({ x: from, y: 64 }, via, aside),
    aside === 0
      ? text({ x: x + 8, y: 214 }, 'Elastic IP a', 'small good')
      : text({ x: x - 8, y: 214 }, 'Elastic IP a', 'small good end'),
  ];
}

function instancesOfA({ own: ownIs, successor: successorIs }: ZoneFrame): string[] {
  const next = {
    absent: [],
    boots: [box(successor, ['next instance a', '… launched, boots'], 'waitbox')],
    well: [box(successor, ['next instance a', 'forwards'], 'goodbox')],
  };
  return [
    ownIs === 'well'
      ? box(own, ['instance a', 'forwards'], 'goodbox')
      : box(own, ['instance a', '✘ terminated'], 'badbox'),
    ...next[successorIs],
  ];
}

export function drawZoneFrame(zoneFrame: ZoneFrame): string[] {
  const { carrier } = zoneFrame;
  const isCarrying = carrier === 'neighbour';
  const aside = isCarrying ? 38 : 0;
  return [
    box(subnetsA, ['private subnets of zone a'], carrier === 'none' ? 'badbox' : 'box'),
    box(subnetsB, ['private subnets of zone b']),
    ...instancesOfA(zoneFrame),
    box(neighbour, ['instance b', isCarrying ? 'carries a and b' : 'forwards'], 'goodbox'),
    ...wayOf({ x: middleOf(neighbour), y: 64 }, neighbour, aside),
    text({ x: middleOf(neighbour) + aside + 8, y: 214 }, 'Elastic IP b', 'small good'),
    ...wayOfA(carrier),
    box({ x: 40, y: 230, w: 750, h: 28 }, ['internet']),
  ];
}
