import { shortened } from '../../text.ts';
import type { VpcInstance, VpcState, VpcSubnet, VpcZone } from '../vpc-state.ts';
import { element, joined, type Markup } from './markup.ts';
import { conditionOf, type Way, waysOf } from './ways.ts';

/** Of one zone's column; what is narrow fits a phone. */
export type TopologySize = { readonly columnWidth: number };

const top = { internet: 8, address: 70, instance: 128, table: 226, subnet: 292 } as const;
const tall = { internet: 28, address: 26, instance: 62, table: 36, subnet: 44 } as const;
const height = top.subnet + tall.subnet + 30;

/** The VPC from the private subnets up to the internet, a column a zone, with the ways that packets take. */
export function drawTopology(state: VpcState, { columnWidth }: TopologySize): Markup {
  const { zones } = state;
  const width = columnWidth * zones.length;
  const gap = gapOf(columnWidth);
  const drawn = new Drawing(zones, columnWidth);
  const ways = waysOf(state);
  return element(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': described(state),
      class: columnWidth < wideFrom ? 'topology narrow' : 'topology',
    },
    box({ x: gap, y: top.internet, w: width - 2 * gap, h: tall.internet }, 'internet', ['internet']),
    ...ways.map((way) => drawn.way(way)),
    ...zones.flatMap((zone, index) => drawn.zone(zone, index)),
    ...ways.flatMap((way) => drawn.cross(way)),
  );
}

/** Narrower columns are for phones. */
const wideFrom = 250;

/** How wide a letter is, on average. */
const letter = 5.9;

/** Between boxes: on a phone every pixel is a letter. */
function gapOf(columnWidth: number): number {
  return columnWidth < wideFrom ? 4 : 10;
}

/** The same in words, for who hears it. */
function described({ zones }: VpcState): string {
  return zones
    .map(({ name, subnets }) => {
      const off = subnets.filter(({ why }) => why !== undefined);
      const [first] = off;
      return first === undefined
        ? `Zone ${name}: every private subnet reaches the internet.`
        : `Zone ${name}: ${off.length} of ${subnets.length} private subnets are cut off: ${first.why}.`;
    })
    .join(' ');
}

type Box = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

function box(place: Box, className: string, lines: readonly string[]): Markup {
  const { x, y, w, h } = place;
  const step = 14;
  const first = y + h / 2 - ((lines.length - 1) * step) / 2 + 4;
  return element(
    'g',
    { class: className },
    element('rect', { x, y, width: w, height: h, rx: 6 }),
    ...lines.map((line, index) =>
      element('text', { x: x + w / 2, y: first + index * step, 'text-anchor': 'middle' }, line),
    ),
  );
}

/** Where things stand, for columns of this width. */
class Drawing {
  readonly #zones: readonly VpcZone[];
  readonly #width: number;
  readonly #gap: number;

  constructor(zones: readonly VpcZone[], width: number) {
    this.#zones = zones;
    this.#width = width;
    this.#gap = gapOf(width);
  }

  zone(zone: VpcZone, index: number): Markup[] {
    const left = index * this.#width;
    const { publicIp, addressOn, name, availabilityZone } = zone;
    const isOff = addressOn === undefined;
    return [
      box(this.#addressBox(index), isOff ? 'address bad' : 'address', [`${isOff ? '✘ ' : ''}${publicIp}`]),
      ...zone.instances.map((instance, place) => this.#instance(instance, index, place)),
      ...(zone.instances.length === 0
        ? [box(this.#slot(index, 0, 1, 'instance'), 'nothing', ['no NAT instance'])]
        : []),
      ...zone.subnets.flatMap((subnet, place) => this.#subnet(subnet, index, place)),
      element(
        'text',
        { x: left + this.#width / 2, y: height - 8, 'text-anchor': 'middle', class: 'zone-name' },
        `zone ${name} · ${availabilityZone}`,
      ),
    ];
  }

  way(way: Way): Markup {
    const points = this.#points(way);
    const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');
    return isCut(way)
      ? element('path', { d: path, class: 'way cut' })
      : joined([element('path', { d: path, class: 'way' }), ...packets(path, way)]);
  }

  /** Where packets get no further. */
  cross(way: Way): Markup[] {
    const [x, y] = this.#points(way).at(-1) ?? [0, 0];
    return isCut(way)
      ? [element('text', { x, y: y + 10, 'text-anchor': 'middle', class: 'cross' }, '✘')]
      : [];
  }

  /** From the subnet as far as its packets get. */
  #points({ zone, subnet, through, out }: Way): [number, number][] {
    const of = this.#zones[zone];
    const from = this.#slot(zone, subnet, of?.subnets.length ?? 1, 'subnet');
    const x = from.x + from.w / 2;
    const start: [number, number][] = [
      [x, from.y],
      [x, top.table],
    ];
    if (through === undefined) return [...start, [x, top.table - 14]];
    const shift = subnet === 0 ? -6 : 6;
    const instance = this.#slot(
      through.zone,
      through.instance,
      this.#zones[through.zone]?.instances.length ?? 1,
      'instance',
    );
    const at = instance.x + instance.w / 2 + shift;
    const bottom: [number, number] = [at, instance.y + tall.instance];
    if (out === undefined) return [...start, bottom];
    const address = out === 'own' ? undefined : this.#addressBox(out.zone);
    const up = address === undefined ? at : address.x + address.w / 2 + shift;
    return [
      ...start,
      bottom,
      [at, instance.y],
      ...(address === undefined
        ? []
        : [[up, address.y + tall.address] as [number, number], [up, address.y] as [number, number]]),
      [up, top.internet + tall.internet],
    ];
  }

  #instance(instance: VpcInstance, zone: number, place: number): Markup {
    const { mark, text } = conditionOf(instance);
    const kinds = { '✔': 'good', '✘': 'bad', '…': 'waits' } as const;
    const slot = this.#slot(zone, place, this.#zones[zone]?.instances.length ?? 1, 'instance');
    const room = Math.floor(slot.w / letter);
    return box(slot, `instance ${kinds[mark]}`, [
      fitted(shortened(instance.id), room),
      fitted(`${mark} ${text}`, room),
      fitted(instance.interfaceId === undefined ? '' : shortened(instance.interfaceId), room),
    ]);
  }

  #subnet({ tableId, route, cidr, why, target }: VpcSubnet, zone: number, place: number): Markup[] {
    const count = this.#zones[zone]?.subnets.length ?? 1;
    const tableSlot = this.#slot(zone, place, count, 'table');
    const room = Math.floor(tableSlot.w / letter);
    const leads = route === 'missing' ? 'no default route' : `→ ${shortened(target ?? '')}`;
    return [
      box(tableSlot, route === 'active' ? 'table' : 'table bad', [
        fitted(tableId === undefined ? 'main table' : shortened(tableId), room),
        fitted(`${route === 'active' ? '' : '✘ '}${leads}`, room),
      ]),
      box(this.#slot(zone, place, count, 'subnet'), why === undefined ? 'subnet good' : 'subnet bad', [
        fitted(cidr, room),
        why === undefined ? '✔ online' : '✘ offline',
      ]),
    ];
  }

  #addressBox(zone: number): Box {
    const w = Math.min(130, this.#width - 2 * this.#gap);
    return { x: zone * this.#width + (this.#width - w) / 2, y: top.address, w, h: tall.address };
  }

  #slot(zone: number, place: number, count: number, row: 'instance' | 'table' | 'subnet'): Box {
    const gap = this.#gap;
    const room = this.#width - gap;
    const w = Math.min(150, room / Math.max(1, count) - gap);
    const each = w + gap;
    const first = zone * this.#width + (this.#width - each * Math.max(1, count) + gap) / 2;
    return { x: first + place * each, y: top[row], w, h: tall[row] };
  }
}

function isCut({ out, isLost }: Way): boolean {
  return out === undefined || isLost === true;
}

/** Packets that wander along the way; who wants no motion sees arrows instead (the style decides). */
function packets(path: string, { zone, subnet }: Way): Markup[] {
  const count = 3;
  const seconds = 2.4;
  return Array.from({ length: count }, (_, index) =>
    element(
      'circle',
      { r: 4, class: 'packet' },
      element('animateMotion', {
        dur: `${seconds}s`,
        begin: `${-((index / count) * seconds + zone * 0.3 + subnet * 0.5).toFixed(2)}s`,
        repeatCount: 'indefinite',
        path,
      }),
    ),
  );
}

function fitted(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}…`;
}
