import { DescribeInstanceTypeOfferingsCommand } from '@aws-sdk/client-ec2';
import type { Offering } from '../core/lifecycle/offering.ts';
import type { Observed } from '../core/model/observed.ts';
import type { Listing } from '../core/model/snapshot.ts';
import { allPages, type Observation, read } from './observe.ts';
import { flawed } from './parse-listing.ts';

/** Where the settings' instance types are offered. Asked by filter: a type that does not exist is simply not found. */
export function observeOfferings({ ec2, settings }: Observation): Promise<Observed<Listing<Offering>>> {
  const Filters = [{ Name: 'instance-type', Values: [...settings.instanceTypes] }];
  return read(async () => {
    const found = await allPages('DescribeInstanceTypeOfferings', async (NextToken) => {
      const input = { LocationType: 'availability-zone' as const, Filters, MaxResults: 1000, NextToken };
      const answer = await ec2.call('DescribeInstanceTypeOfferings', (api) =>
        api.send(new DescribeInstanceTypeOfferingsCommand(input)),
      );
      return { items: answer.InstanceTypeOfferings, nextToken: answer.NextToken };
    });
    return found.map(({ InstanceType: instanceType, Location: availabilityZone }) =>
      instanceType === undefined || availabilityZone === undefined
        ? flawed([], 'DescribeInstanceTypeOfferings: an offering came without its type or zone')
        : { value: { instanceType, availabilityZone } },
    );
  });
}
