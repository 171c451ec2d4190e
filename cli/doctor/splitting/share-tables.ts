import { zoneLetters } from '../../../shared/config/zone-letters.ts';
import type { Inventory, ProposedZone } from '../inventory.ts';
import { compare, type SubnetView, type TableView, tablesOf } from '../network-view.ts';

/** A table that serves private subnets of several zones, which its one default route cannot lead to. */
export type SharedTable = TableView & {
  readonly parts: readonly TablePart[];
  /** A zone that is deployed names subnets of it already: its routes are the controller's. */
  readonly isDeployed: boolean;
};

/** The subnets of one zone that the table serves. */
export type TablePart = { readonly zone: ProposedZone; readonly subnets: readonly SubnetView[] };

export function sharedTables(
  views: readonly SubnetView[],
  zones: readonly ProposedZone[],
  { deployment }: Inventory,
): SharedTable[] {
  const isPart = ({ subnet }: SubnetView, zone: ProposedZone) => zone.privateSubnetIds.includes(subnet.id);
  const named = views.filter((view) => zones.some((zone) => isPart(view, zone)));
  return tablesOf(named).flatMap(({ table, subnets }) => {
    const parts = zones
      .map((zone) => ({ zone, subnets: subnets.filter((view) => isPart(view, zone)) }))
      .filter((part) => part.subnets.length > 0);
    const isDeployed = parts.some(({ zone }) => isDeployedZone(zone, deployment));
    return parts.length < 2 ? [] : [{ table, subnets, parts, isDeployed }];
  });
}

function isDeployedZone({ letter }: ProposedZone, deployment: Inventory['deployment']): boolean {
  return deployment?.zones.some((zone) => zone.letter === letter) === true;
}

/**
 * The zones that can be deployed as the tables are: all private subnets of a shared table go to one zone, and a zone that
 * is left without any is none. Deployed zones stay as they are, and take no more subnets than their owner named.
 */
export function zonesAsTablesAre(
  zones: readonly ProposedZone[],
  shared: readonly SharedTable[],
  inventory: Inventory,
): ProposedZone[] {
  let result = zones;
  for (const table of shared) {
    const ids = new Set<string>(table.subnets.map(({ subnet }) => subnet.id));
    const home = homeOf(table, inventory);
    result = result.map((zone) => {
      if (isDeployedZone(zone, inventory.deployment)) return zone;
      const others = zone.privateSubnetIds.filter((id) => !ids.has(id));
      const isHome = !table.isDeployed && zone.letter === home?.letter;
      return { ...zone, privateSubnetIds: isHome ? [...others, ...ids] : others };
    });
  }
  return lettered(
    result.filter(({ privateSubnetIds }) => privateSubnetIds.length > 0),
    inventory,
  );
}

/** A stack's first zone is a: where that is left without subnets, the next one takes its letter. */
function lettered(zones: readonly ProposedZone[], { deployment }: Inventory): ProposedZone[] {
  const deployed = zones.filter((zone) => isDeployedZone(zone, deployment));
  const free = zoneLetters.filter((letter) => deployed.every((zone) => zone.letter !== letter));
  const added = zones
    .filter((zone) => !deployed.includes(zone))
    .map((zone, index) => ({ ...zone, letter: free[index] ?? zone.letter }));
  return [...deployed, ...added].sort((one, other) => compare(one.letter, other.letter));
}

/** Where its traffic leaves today, if that is one of them; otherwise the first. */
export function homeOf({ table, parts }: SharedTable, { natGateways }: Inventory): ProposedZone | undefined {
  const gateway = natGateways.find(({ id }) => id === table.defaultRoute?.target.id);
  const zones = parts.map(({ zone }) => zone);
  return zones.find(({ publicSubnetId }) => publicSubnetId === gateway?.subnetId) ?? zones[0];
}
