import type { Settings, ZoneSettings } from '../model/settings.ts';
import type { Subnet } from '../model/snapshot.ts';

type Asking = Pick<Settings, 'keepConnections' | 'egress' | 'image'>;

/**
 * Whether instances ask clients whose a packet of an unknown connection is. Not where clients have no connections of their
 * own, all of which are Squid's; and Amazon's old NAT image knows none of our rules.
 */
export function asksClients({ keepConnections, egress, image }: Asking): boolean {
  const isOldImage = image.kind === 'preset' && image.preset === 'amzn-ami-vpc-nat';
  const isByNameAlone = egress.allowedDomains.length > 0 && egress.allowList.length === 0;
  return keepConnections === 'all' && !isByNameAlone && !isOldImage;
}

/** The address ranges of the zone's own private subnets, as far as EC2 lists them, in an order that stays. */
export function ownCidrs(
  { privateSubnetIds }: Pick<ZoneSettings, 'privateSubnetIds'>,
  subnets: readonly Subnet[],
): readonly string[] {
  const ids = new Set<string>(privateSubnetIds);
  return subnets
    .filter(({ id }) => ids.has(id))
    .map(({ cidr }) => cidr)
    .toSorted();
}
