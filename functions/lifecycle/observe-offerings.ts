import { allPages, type Observation, read } from '../../shared/aws/observe.ts';
import { flawed } from '../../shared/aws/parse-listing.ts';
import type { Offering } from '../../shared/core/lifecycle/offering.ts';
import type { Observed } from '../../shared/core/model/observed.ts';
import type { Listing } from '../../shared/core/model/snapshot.ts';

/** Where the settings' instance types are offered. Asked by filter: a type that does not exist is simply not found. */
export function observeOfferings({ ec2, settings }: Observation): Promise<Observed<Listing<Offering>>> {
  const Filters = [{ Name: 'instance-type', Values: [...settings.instanceTypes] }];
  return read(async () => {
    const input = { LocationType: 'availability-zone' as const, Filters, MaxResults: 1000 };
    const request = { call: 'DescribeInstanceTypeOfferings', input } as const;
    const found = await allPages(ec2, request, ({ InstanceTypeOfferings }) => InstanceTypeOfferings);
    return found.map(({ InstanceType: instanceType, Location: availabilityZone }) =>
      instanceType === undefined || availabilityZone === undefined
        ? flawed([], 'DescribeInstanceTypeOfferings: an offering came without its type or zone')
        : { value: { instanceType, availabilityZone } },
    );
  });
}
