import type { DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';
import { nameSubnets } from '../network-view.ts';
import type { SharedTable } from '../splitting/share-tables.ts';

/** One table has one default route: it cannot lead to the NAT instances of two zones. */
export function sharedFindings(
  shared: readonly SharedTable[],
  inventory: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  return shared.map((table) => (table.isDeployed ? deployed(table, inventory) : proposed(table, zones)));
}

/** An error where the stack's own parameters ask for it; otherwise the command leaves those subnets out. */
function deployed({ table, subnets, parts }: SharedTable, { deployment }: Inventory): DoctorFinding {
  const named = parts.filter(({ zone }) => deployment?.zones.some(({ letter }) => letter === zone.letter));
  const letters = (named.length < 2 ? parts : named).map(({ zone }) => zone.letter).join(' and ');
  const all = subnets.map(({ subnet }) => subnet.id).join(',');
  const first = named[0]?.zone.letter.toUpperCase() ?? 'A';
  return {
    severity: named.length < 2 ? 'warning' : 'error',
    resource: table.id,
    problem: `${table.id} serves private subnets of zones ${letters} (${nameSubnets(subnets)}): its one default route cannot lead to two NAT instances.`,
    fix: `Give the private subnets of each zone a route table of their own, or name them all in one zone: Zone${first}PrivateSubnets=${all}, and no other zone.`,
  };
}

function proposed(table: SharedTable, zones: readonly ProposedZone[]): DoctorFinding {
  const places = new Set(table.subnets.map(({ subnet }) => subnet.availabilityZone));
  const home = zones.find(({ privateSubnetIds }) =>
    table.subnets.some(({ subnet }) => privateSubnetIds.includes(subnet.id)),
  );
  const crossing =
    places.size < 2
      ? ''
      : ' What comes from other Availability Zones pays 0.01 USD per GB each way, and fails with that zone.';
  return {
    severity: 'warning',
    resource: table.table.id,
    problem: `${table.table.id} serves private subnets of ${table.parts.length} zones (${nameSubnets(table.subnets)}), and its one default route can lead to one NAT instance: the command gives them all to zone ${home?.letter}.${crossing}`,
    fix: 'Deploy so, or first give each zone a table of its own, which is easier before than after: phoenat doctor --split prints the script for it.',
  };
}
