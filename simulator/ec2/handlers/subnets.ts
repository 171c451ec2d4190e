import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { allowOnly } from '../calls.ts';
import type { SubnetRecord } from '../records.ts';
import type { Region } from '../region.ts';
import { checkedId, unknownId } from '../resources.ts';
import {
  checkFilters,
  type FilterFields,
  matchesFilters,
  pageOf,
  refuseIdsWithPages,
  selectByIds,
  tagList,
} from './describe.ts';

const filterFields: FilterFields<SubnetRecord> = {
  'subnet-id': (subnet) => [subnet.id],
  'vpc-id': (subnet) => [subnet.vpcId],
  'availability-zone': (subnet) => [subnet.availabilityZone],
};

/** @throws InvalidSubnetID.NotFound for an unknown id that was named. */
export function describeSubnets(
  region: Region,
  input: Ec2Input<'DescribeSubnets'>,
): Ec2Output<'DescribeSubnets'> {
  const call = 'DescribeSubnets';
  allowOnly(call, input, ['SubnetIds', 'Filters', 'MaxResults', 'NextToken']);
  refuseIdsWithPages('subnetIds', input.SubnetIds, input);
  checkFilters(call, input.Filters, filterFields);
  const { subnets } = region.store.view('described');
  const ids = input.SubnetIds?.map((id) => checkedId('subnet', 'subnetId', id));
  const found = selectByIds(ids, subnets.get, subnets.all, unknownId.subnet).filter((subnet) =>
    matchesFilters(subnet, input.Filters, filterFields, (present) => present.tags),
  );
  const limits = { min: 5, max: 1_000, pageSize: region.behaviour.pageSize };
  const { items, ...next } = pageOf(found, input, limits);
  const Subnets = items.map((subnet) => ({
    SubnetId: subnet.id,
    SubnetArn: `arn:aws:ec2:${region.name}:${region.accountId}:subnet/${subnet.id}`,
    VpcId: subnet.vpcId,
    AvailabilityZone: subnet.availabilityZone,
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
