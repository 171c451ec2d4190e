import type { Settings, ZoneSettings } from '../model/settings.ts';
import type { Subnet } from '../model/snapshot.ts';

/**
 * Whether instances ask clients whose a packet of an unknown connection is. Amazon's old NAT image knows none of our rules.
 */
export function asksClients({ keepConnections, image }: Settings): boolean {
  const isOldImage = image.kind === 'preset' && image.preset === 'amzn-ami-vpc-nat';
  return keepConnections === 'all' && !isOldImage;
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
