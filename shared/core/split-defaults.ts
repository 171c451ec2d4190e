import { type Finding, finding } from './finding.ts';
import type { RouteTable } from './snapshot.ts';
import type { ZoneView } from './zone-view.ts';

/**
 * Said, and no reason to leave the zone alone: what the routes do not cover still goes through the instance, and
 * everything is to be ready once they are gone.
 */
export function splitDefaultFindings({ privateTables }: Pick<ZoneView, 'privateTables'>): Finding[] {
  return privateTables.flatMap(({ table, subnetIds }) => {
    const { splitDefaults = [] } = table;
    return splitDefaults.length === 0
      ? []
      : [
          finding(
            'default-route-overridden',
            `${table.id}, which serves ${subnetIds.join(', ')}, ${overriding(table)}; ${splitDefaultFix(table)}`,
          ),
        ];
  });
}

/** "has routes to …": what the longest prefix takes from the default route (VPC User Guide, "Route priority"). */
function overriding({ splitDefaults = [] }: RouteTable): string {
  const routes = splitDefaults.map(({ destination, targetId }) => `${destination} (to ${targetId})`);
  const [has, win] = routes.length === 1 ? ['a route', 'wins'] : ['routes', 'win'];
  return `has ${has} to ${routes.join(' and ')}, which ${win} over 0.0.0.0/0: what goes there does not go through the NAT instance`;
}

function splitDefaultFix({ id, splitDefaults = [] }: RouteTable): string {
  const deletions = splitDefaults.map(
    ({ destination }) =>
      `aws ec2 delete-route --route-table-id ${id} --destination-cidr-block ${destination}`,
  );
  return `delete ${deletions.length === 1 ? 'it' : 'them'} (${deletions.join('; ')}), or leave these subnets out`;
}
