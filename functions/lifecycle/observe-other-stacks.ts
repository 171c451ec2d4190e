import type { NetworkInterface } from '@aws-sdk/client-ec2';
import { allPages, type Observation, read } from '../../shared/aws/observe.ts';
import { flawed, type Parsed, tagValue } from '../../shared/aws/parse-listing.ts';
import { isStackName } from '../../shared/aws/parse-taken-over.ts';
import type { OwnedByOther, Stranger } from '../../shared/core/lifecycle/led-to-others.ts';
import { parseId } from '../../shared/core/model/ids.ts';
import { known, type Observed } from '../../shared/core/model/observed.ts';
import type { Listing } from '../../shared/core/model/snapshot.ts';
import { tagKeys } from '../../shared/core/model/tags.ts';

/** The VPC's interfaces that other stacks of Phoenat have. Asked only where a route leads to one that might be. */
export async function observeOtherStacks(
  { ec2, settings }: Observation,
  strangers: readonly Stranger[],
): Promise<Observed<Listing<OwnedByOther>>> {
  if (strangers.length === 0) {
    return known({ items: [], flaws: [] });
  }
  const Filters = [
    { Name: 'vpc-id', Values: [settings.vpcId] },
    { Name: 'tag-key', Values: [tagKeys.stack] },
  ];
  return read(async () => {
    const request = { call: 'DescribeNetworkInterfaces', input: { Filters, MaxResults: 200 } } as const;
    const found = await allPages(ec2, request, ({ NetworkInterfaces }) => NetworkInterfaces);
    return found.filter((raw) => isOfOther(raw, settings.stack)).map(parseOwned);
  });
}

/** Text that cannot be a stack's name says nothing of another stack. */
function isOfOther({ TagSet }: NetworkInterface, stack: string): boolean {
  const owner = tagValue(TagSet, tagKeys.stack);
  return owner !== undefined && owner !== stack && isStackName(owner);
}

function parseOwned({ NetworkInterfaceId, TagSet, Attachment }: NetworkInterface): Parsed<OwnedByOther> {
  const id = parseId('interface', NetworkInterfaceId);
  const stack = tagValue(TagSet, tagKeys.stack);
  const attachedTo = parseId('instance', Attachment?.InstanceId);
  return id === undefined || stack === undefined
    ? flawed([], 'DescribeNetworkInterfaces: an interface of another stack came without its id')
    : { value: { id, stack, ...(attachedTo === undefined ? {} : { attachedTo }) } };
}
