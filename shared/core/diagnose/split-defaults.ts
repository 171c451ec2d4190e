import { type Finding, finding } from '../model/finding.ts';
import type { RouteTable, SplitDefault } from '../model/snapshot.ts';
import type { ZoneView } from './zone-view.ts';

/** A fault of a table's routes, and its remedy, as parts of a sentence. */
export type OverriddenDefault = { readonly problem: string; readonly fix: string };

/**
 * Reported, but no reason to leave the zone alone: all other traffic still goes through the instance, and everything must
 * be ready once these routes are gone.
 */
export function splitDefaultFindings({
  zone,
  publicTable,
  privateTables,
}: Pick<ZoneView, 'zone' | 'publicTable' | 'privateTables'>): Finding[] {
  const ways = [
    publicTable && overriddenWayOut(publicTable, zone.publicSubnetId),
    ...privateTables.map(({ table, subnetIds }) => overriddenDefault(table, subnetIds.join(', '))),
  ];
  return ways.flatMap((way) =>
    way === undefined ? [] : [finding('default-route-overridden', `${way.problem}; ${way.fix}`)],
  );
}

/** Of a private table, whose default route is to lead to the NAT instance. `serving`: how its subnets are named. */
export function overriddenDefault(table: RouteTable, serving: string): OverriddenDefault | undefined {
  return overridden(table, table.splitDefaults ?? [], {
    serving,
    consequence: 'what goes there does not go through the NAT instance',
    otherwise: ', or leave these subnets out',
  });
}

/** Of the table of a public subnet, whose default route is the instance's own way out. */
export function overriddenWayOut(table: RouteTable, serving: string): OverriddenDefault | undefined {
  const { splitDefaults = [], defaultRoute } = table;
  const elsewhere = splitDefaults.filter(({ targetId }) => targetId !== defaultRoute?.target.id);
  return overridden(table, elsewhere, {
    serving,
    consequence: 'what the NAT instance sends there does not go to the internet gateway',
    otherwise: ', or take another public subnet',
  });
}

type Words = { readonly serving: string; readonly consequence: string; readonly otherwise: string };

/** The longest prefix wins (VPC User Guide, "Route priority"). */
function overridden(
  { id }: RouteTable,
  routes: readonly SplitDefault[],
  { serving, consequence, otherwise }: Words,
): OverriddenDefault | undefined {
  if (routes.length === 0) {
    return undefined;
  }
  const [has, win, them] = routes.length === 1 ? ['a route', 'wins', 'it'] : ['routes', 'win', 'them'];
  const named = routes.map(({ destination, targetId }) => `${destination} (to ${targetId})`);
  const deletions = routes.map(
    ({ destination }) =>
      `aws ec2 delete-route --route-table-id ${id} --destination-cidr-block ${destination}`,
  );
  return {
    problem: `${id}, which serves ${serving}, has ${has} to ${named.join(' and ')}, which ${win} over 0.0.0.0/0: ${consequence}`,
    fix: `delete ${them} (${deletions.join('; ')})${otherwise}`,
  };
}
