import type { Subnet } from '../model/snapshot.ts';

/** What keeps a NAT instance from working in a public subnet, and what to do instead: parts of a sentence. */
export type UnfitPlace = { readonly problem: string; readonly fix: string };

/** The Elastic IP that is meant for the place: how it is named, and from where AWS announces it. */
export type AddressOfPlace = { readonly name: string; readonly networkBorderGroup?: string };

/** The kind of AWS location that a subnet is in. */
export type Place =
  | { readonly kind: 'availability-zone' }
  | { readonly kind: 'local-zone'; readonly networkBorderGroup: string }
  | { readonly kind: 'wavelength-zone' }
  | { readonly kind: 'outpost'; readonly arn: string };

/**
 * AWS's Local and Wavelength Zones are named after their Region, with a part of their own: us-west-2-lax-1a,
 * us-east-1-wl1-bos-wlz-1 (EC2 User Guide, "Regions and Zones").
 */
export function placeOf({
  availabilityZone,
  outpostArn,
}: Pick<Subnet, 'availabilityZone' | 'outpostArn'>): Place {
  if (outpostArn !== undefined) {
    return { kind: 'outpost', arn: outpostArn };
  }
  const ownPart = /^[a-z]+(?:-[a-z]+)+-\d+-(.+)$/.exec(availabilityZone)?.[1];
  if (ownPart === undefined) {
    return { kind: 'availability-zone' };
  }
  return /^wl\d/.test(ownPart)
    ? { kind: 'wavelength-zone' }
    : { kind: 'local-zone', networkBorderGroup: availabilityZone.replace(/[a-z]$/, '') };
}

/** Whether a NAT instance can have its Elastic IP where the subnet is. */
export function unfitPlace(subnet: Subnet, address: AddressOfPlace | undefined): UnfitPlace | undefined {
  const { id, availabilityZone } = subnet;
  const place = placeOf(subnet);
  switch (place.kind) {
    case 'availability-zone':
      return undefined;
    case 'outpost':
      return {
        problem: `${id} is on the Outpost ${place.arn}, which has instance types and volumes of its own`,
        fix: 'take a public subnet of an Availability Zone',
      };
    case 'wavelength-zone':
      return {
        problem: `${id} is in the Wavelength Zone ${availabilityZone}, whose way out is a carrier gateway with addresses of the carrier, and no Elastic IP`,
        fix: 'take a public subnet of an Availability Zone',
      };
    case 'local-zone':
      return address?.networkBorderGroup === undefined ||
        address.networkBorderGroup === place.networkBorderGroup
        ? undefined
        : {
            problem: `${id} is in the Local Zone ${availabilityZone}, and ${address.name} is of ${address.networkBorderGroup}: it cannot be associated there`,
            fix: `take a public subnet of an Availability Zone, or an Elastic IP of the Local Zone (aws ec2 allocate-address --network-border-group ${place.networkBorderGroup})`,
          };
  }
}

/** Nothing is claimed where either side does not say. */
export function isOfAnotherAccount(
  { ownerId }: Pick<Subnet, 'ownerId'>,
  accountId: string | undefined,
): boolean {
  return ownerId !== undefined && accountId !== undefined && ownerId !== accountId;
}

/** `names`: the subnets, all of one VPC and so of one owner. */
export function sharedSubnets(names: readonly string[], { ownerId }: Pick<Subnet, 'ownerId'>): string {
  return `${names.join(', ')} ${names.length === 1 ? 'belongs' : 'belong'} to account ${ownerId}, which shares its VPC with this one: only it can change the routes there`;
}
