import type { Subnet } from './snapshot.ts';

/** What keeps a NAT instance from working in a public subnet, and what to do instead: parts of a sentence. */
export type UnfitPlace = { readonly problem: string; readonly fix: string };

/** The Elastic IP that is meant for the place: how it is named, and from where AWS announces it. */
export type AddressOfPlace = { readonly name: string; readonly networkBorderGroup?: string };

/**
 * Whether a NAT instance can have its Elastic IP where the subnet is. AWS's Local and Wavelength Zones are named after
 * their Region, with a part of their own: us-west-2-lax-1a, us-east-1-wl1-bos-wlz-1 (EC2 User Guide, "Regions and Zones").
 */
export function unfitPlace(subnet: Subnet, address: AddressOfPlace | undefined): UnfitPlace | undefined {
  const { id, availabilityZone, outpostArn } = subnet;
  if (outpostArn !== undefined) {
    return {
      problem: `${id} is on the Outpost ${outpostArn}, which has instance types and volumes of its own`,
      fix: 'take a public subnet of an Availability Zone',
    };
  }
  const ownPart = /^[a-z]+(?:-[a-z]+)+-\d+-(.+)$/.exec(availabilityZone)?.[1];
  if (ownPart === undefined) {
    return undefined;
  }
  if (/^wl\d/.test(ownPart)) {
    return {
      problem: `${id} is in the Wavelength Zone ${availabilityZone}, whose way out is a carrier gateway with addresses of the carrier, and no Elastic IP`,
      fix: 'take a public subnet of an Availability Zone',
    };
  }
  const group = availabilityZone.replace(/[a-z]$/, '');
  return address?.networkBorderGroup === undefined || address.networkBorderGroup === group
    ? undefined
    : {
        problem: `${id} is in the Local Zone ${availabilityZone}, and ${address.name} is of ${address.networkBorderGroup}: it cannot be associated there`,
        fix: `take a public subnet of an Availability Zone, or an Elastic IP of the Local Zone (aws ec2 allocate-address --network-border-group ${group})`,
      };
}

/** Nothing is claimed where either side does not say. */
export function isOfAnotherAccount({ ownerId }: Subnet, accountId: string | undefined): boolean {
  return ownerId !== undefined && accountId !== undefined && ownerId !== accountId;
}

/** `names`: the subnets, all of one VPC and so of one owner. */
export function sharedSubnets(names: string, { ownerId }: Subnet): string {
  return `${names} ${names.includes(',') ? 'belong' : 'belongs'} to account ${ownerId}, which shares its VPC with this one: only it can change the routes there`;
}
