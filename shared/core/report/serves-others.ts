import type { ZoneView } from '../diagnose/zone-view.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { SubnetId } from '../model/ids.ts';

/**
 * Private tables of a zone that serve subnets which no setting names: their traffic goes through the NAT instance too,
 * and nobody asked for that. Said, and no reason to leave the zone alone. Of subnets without a table of their own EC2's
 * list of associations tells nothing, so that a main table is spoken of as a whole.
 */
export function servesOthersFindings({ zone, privateTables }: ZoneView): Finding[] {
  const remedy = `name them in zone ${zone.name}, or give its private subnets a route table of their own`;
  return privateTables.flatMap(({ table, servesUnnamed }) => {
    const names = [
      ...(servesUnnamed.length === 0 ? [] : [`serves ${someOf(servesUnnamed)}, which no zone names`]),
      ...(table.main ? ["is the VPC's main table and serves every subnet without a table of its own"] : []),
    ];
    return names.length === 0
      ? []
      : [
          finding(
            'serves-others',
            `${table.id} ${names.join('; it ')}: what they send to the internet goes through the NAT instance of zone ${zone.name} too; ${remedy}`,
          ),
        ];
  });
}

const maxNamed = 5;

function someOf(ids: readonly SubnetId[]): string {
  const more = ids.length - maxNamed;
  return `${ids.slice(0, maxNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
