import type { RouteTable } from '../../shared/core/model/snapshot.ts';
import type { FoundSubnet, Inventory } from './inventory.ts';

/**
 * public: its default route leads to an internet gateway, and works. private: everything else, unless somebody
 * plainly meant the opposite.
 */
export type Role =
  | { readonly kind: 'public' }
  | { readonly kind: 'private' }
  | { readonly kind: 'meant-public'; readonly because: string }
  | { readonly kind: 'meant-private'; readonly because: string };

export type SubnetView = {
  readonly subnet: FoundSubnet;
  /** The table that serves it; absent only where EC2's answer lacked the main table. */
  readonly table?: RouteTable;
  readonly usesMainTable: boolean;
  readonly role: Role;
};

/** Every subnet with the table that serves it: one without an association of its own is served by the main table. */
export function viewSubnets(inventory: Inventory): SubnetView[] {
  const main = inventory.routeTables.find((table) => table.main);
  const views = inventory.subnets.map((subnet): SubnetView => {
    const own = inventory.routeTables.find((table) => table.subnetIds.includes(subnet.id));
    const table = own ?? main;
    const role = roleOf(subnet, table, inventory);
    const usesMainTable = table?.main === true;
    return { subnet, usesMainTable, role, ...(table === undefined ? {} : { table }) };
  });
  return views.sort(inReadingOrder);
}

/** By place, then public before private, then by name. */
function inReadingOrder(one: SubnetView, other: SubnetView): number {
  return (
    compare(one.subnet.availabilityZone, other.subnet.availabilityZone) ||
    Number(one.role.kind.endsWith('private')) - Number(other.role.kind.endsWith('private')) ||
    compare(one.subnet.name ?? '', other.subnet.name ?? '') ||
    compare(one.subnet.id, other.subnet.id)
  );
}

function roleOf(subnet: FoundSubnet, table: RouteTable | undefined, inventory: Inventory): Role {
  const route = table?.defaultRoute;
  const leadsToInternet = route?.target.kind === 'internet-gateway';
  if (leadsToInternet && route?.state === 'active') {
    const because = meantPrivate(subnet, inventory);
    return because === undefined ? { kind: 'public' } : { kind: 'meant-private', because };
  }
  const because = leadsToInternet
    ? `its default route to ${route?.target.id} is a ${route?.state}`
    : meantPublic(subnet, inventory);
  return because === undefined ? { kind: 'private' } : { kind: 'meant-public', because };
}

function meantPrivate(subnet: FoundSubnet, { deployment, stack }: Inventory): string | undefined {
  if (deployment?.zones.some((zone) => zone.privateSubnetIds.includes(subnet.id)) === true) {
    return `${stack} serves it as a private subnet`;
  }
  return /priv/i.test(subnet.name ?? '') ? `it is named ${subnet.name}` : undefined;
}

function meantPublic(subnet: FoundSubnet, inventory: Inventory): string | undefined {
  const { deployment, stack, natGateways } = inventory;
  if (deployment?.zones.some((zone) => zone.publicSubnetId === subnet.id) === true) {
    return `${stack} has a NAT instance there`;
  }
  const gateway = natGateways.find(({ isPublic, subnetId }) => isPublic && subnetId === subnet.id);
  if (gateway !== undefined) {
    return `${gateway.id} is in it`;
  }
  if (subnet.mapsPublicIp) {
    return 'it gives public addresses at launch';
  }
  return /public/i.test(subnet.name ?? '') ? `it is named ${subnet.name}` : undefined;
}

export function isPublic({ role }: SubnetView): boolean {
  return role.kind === 'public';
}

export function isPrivate({ role }: SubnetView): boolean {
  return role.kind === 'private';
}

/** Whether Phoenat refuses the subnet: its default route leads, and works, to what is never taken over. */
export function isProtected({ table }: SubnetView): boolean {
  return table?.defaultRoute?.target.kind === 'other' && table.defaultRoute.state !== 'blackhole';
}

export type TableView = { readonly table: RouteTable; readonly subnets: readonly SubnetView[] };

/** The tables that serve these subnets, each once. */
export function tablesOf(views: readonly SubnetView[]): TableView[] {
  const groups = Map.groupBy(views, ({ table }) => table);
  return [...groups].flatMap(([table, subnets]) => (table === undefined ? [] : [{ table, subnets }]));
}

/** "subnet-1 (web-a), subnet-2". */
export function nameSubnets(views: readonly SubnetView[]): string {
  return views.map(nameSubnet).join(', ');
}

export function nameSubnet({ subnet: { id, name } }: SubnetView): string {
  return name === undefined ? id : `${id} (${name})`;
}

/** By code units, so that the order is the same on every machine. */
export function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
