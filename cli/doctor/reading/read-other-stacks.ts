import { paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import type { Session } from '../../session.ts';
import type { Vpc } from '../inventory.ts';
import { everyItem } from './read-listing.ts';

/** The interfaces of the VPC that other stacks of Phoenat have, and whose each is. */
export async function readOtherStacks({ aws, stack }: Session, vpc: Vpc): Promise<Record<string, string>> {
  const Filters = [
    { Name: 'vpc-id', Values: [vpc.id] },
    { Name: 'tag-key', Values: [tagKeys.stack] },
  ];
  const found = await everyItem(
    paginateDescribeNetworkInterfaces({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
    ({ NetworkInterfaces }) => NetworkInterfaces,
  );
  return Object.fromEntries(
    found.flatMap(({ NetworkInterfaceId, TagSet = [] }) => {
      const owner = TagSet.find(({ Key }) => Key === tagKeys.stack)?.Value;
      return NetworkInterfaceId === undefined || owner === undefined || owner === stack
        ? []
        : [[NetworkInterfaceId, owner]];
    }),
  );
}
