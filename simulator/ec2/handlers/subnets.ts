import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { allowOnly } from '../calls.ts';
import type { SubnetRecord } from '../records.ts';
import { availabilityZoneIn, type Region } from '../region.ts';
import { unknownId } from '../resources.ts';
import { describePage, type PagedKind, tagList } from './describe.ts';

const kind: PagedKind<SubnetRecord> = {
  call: 'DescribeSubnets',
  idsParameter: 'subnetIds',
  id: { parameter: 'subnetId', prefix: 'subnet', unknown: unknownId.subnet },
  fields: {
    'subnet-id': (subnet) => [subnet.id],
    'vpc-id': (subnet) => [subnet.vpcId],
    'availability-zone': (subnet) => [subnet.availabilityZone],
  },
  tagsOf: (subnet) => subnet.tags,
};

/** @throws InvalidSubnetID.NotFound for an unknown id that was named. */
export function describeSubnets(
  region: Region,
  input: Ec2Input<'DescribeSubnets'>,
): Ec2Output<'DescribeSubnets'> {
  allowOnly(kind.call, input, ['SubnetIds', 'Filters', 'MaxResults', 'NextToken']);
  const { subnets } = region.store.view('described');
  const { items, ...next } = describePage(region, kind, subnets, { ...input, ids: input.SubnetIds });
  const Subnets = items.map((subnet) => ({
    SubnetId: subnet.id,
    SubnetArn: `arn:aws:ec2:${region.name}:${region.accountId}:subnet/${subnet.id}`,
    VpcId: subnet.vpcId,
    AvailabilityZone: availabilityZoneIn(region, subnet.availabilityZone),
    CidrBlock: subnet.cidr,
    AvailableIpAddressCount: freeAddresses(region, subnet),
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    OwnerId: subnet.ownerId ?? region.accountId,
    ...(subnet.outpostArn === undefined ? {} : { OutpostArn: subnet.outpostArn }),
    DefaultForAz: false,
    State: 'available' as const,
    ...(subnet.internetGatewayBlock === undefined
      ? {}
      : { BlockPublicAccessStates: { InternetGatewayBlockMode: subnet.internetGatewayBlock } }),
    Tags: tagList(subnet.tags),
  }));
  return { Subnets, ...next };
}

/** AWS keeps five addresses of every subnet for itself (VPC User Guide, "Subnet sizing"). */
function freeAddresses(region: Region, { id, cidr }: SubnetRecord): number {
  const used = region.store
    .view('described')
    .interfaces.all()
    .filter(({ subnetId }) => subnetId === id).length;
  return 2 ** (32 - Number(cidr.split('/')[1])) - 5 - used;
}
