import type { Paint, Tone } from './palette.ts';
import { shortened } from './text.ts';
import type { InstanceState, RouteState, ZoneState } from './zone-state.ts';

type Row = { readonly text: string; readonly tone: Tone };

const gap = '  ';

/** In less than this a zone's lines would have to be cut. */
const minZoneColumns = 45;

/**
 * The VPC's zones side by side where there is room, from the internet down to the private subnets; what is broken has a
 * cross.
 */
export function renderTopology(zones: readonly ZoneState[], paint: Paint, width: number): string[] {
  const columns = Math.floor((width - gap.length * (zones.length - 1)) / zones.length) - 4;
  if (columns < minZoneColumns && zones.length > 1) {
    return zones.flatMap((zone) => renderTopology([zone], paint, width));
  }
  const boxes = zones.map((zone) => rowsOf(zone));
  const height = Math.max(...boxes.map((rows) => rows.length));
  const tops = zones.map(({ zone, availabilityZone }) => {
    const title = `─ zone ${zone} (${availabilityZone}) `;
    return paint('dim', `┌${title.padEnd(columns + 2, '─')}┐`);
  });
  const body = Array.from({ length: height }, (_, index) =>
    boxes.map((rows) => renderRow(rows[index] ?? { text: '', tone: 'plain' }, columns, paint)).join(gap),
  );
  const bottoms = zones.map(() => paint('dim', `└${'─'.repeat(columns + 2)}┘`));
  return [tops.join(gap), ...body, bottoms.join(gap)];
}

function renderRow({ text, tone }: Row, columns: number, paint: Paint): string {
  const short = shortened(text);
  const cut = short.length > columns ? `${short.slice(0, columns - 1)}…` : short;
  const edge = paint('dim', '│');
  return `${edge} ${paint(tone, cut.padEnd(columns))} ${edge}`;
}

function rowsOf(zone: ZoneState): Row[] {
  return [
    addressRow(zone),
    natRow(zone),
    checkRow(zone),
    { text: '     ▲', tone: 'dim' },
    ...zone.routes.map(routeRow),
    { text: '     ▲', tone: 'dim' },
    ...zone.egress.map(({ cidr, ok }) => row(ok, 'subnet', `${cidr} ${ok ? 'has egress' : 'is cut off'}`)),
  ];
}

function row(isGood: boolean, label: string, text: string): Row {
  return { text: `${isGood ? ' ' : '✘'} ${label.padEnd(9)} ${text}`, tone: isGood ? 'plain' : 'bad' };
}

function addressRow({ address, networkInterface }: ZoneState): Row {
  const isHome = networkInterface !== undefined && address.on === networkInterface.id;
  const place = address.on === undefined ? 'on nothing' : `on ${address.on}`;
  const isSpare = networkInterface === undefined && address.on === undefined;
  return row(isHome || isSpare, 'public IP', `${address.publicIp} ${place}`);
}

function natRow({ instance }: ZoneState): Row {
  if (instance === undefined) {
    return row(true, 'NAT', 'none');
  }
  const state = stateOf(instance);
  return row(state === 'running', 'NAT', `${instance.id} ${instance.instanceType}, ${state}`);
}

function stateOf({ impaired, broken, state }: InstanceState): string {
  if (impaired) {
    return 'hangs';
  }
  return broken && state === 'running' ? 'broken' : state;
}

function checkRow({ networkInterface }: ZoneState): Row {
  if (networkInterface === undefined) {
    return row(true, 'interface', 'none');
  }
  const { id, sourceDestCheck } = networkInterface;
  return row(!sourceDestCheck, 'interface', `${id}, src/dst check ${sourceDestCheck ? 'on' : 'off'}`);
}

function routeRow({ routeTableId, target, state }: RouteState): Row {
  const text =
    target === undefined ? 'no default route' : `→ ${target}${state === 'active' ? '' : ` ${state}`}`;
  return row(state === 'active', 'route', `${routeTableId} ${text}`);
}
