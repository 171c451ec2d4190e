import { DescribeInstanceTypeOfferingsCommand } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import type { Contract } from './contract.ts';
import type { Subject } from './subject.ts';

/** As the lifecycle function asks; only the VPC's own Availability Zone, since the subjects differ in the others. */
async function offered(subject: Subject, types: readonly string[]) {
  const Filters = [{ Name: 'instance-type', Values: [...types] }];
  const input = { LocationType: 'availability-zone' as const, Filters, MaxResults: 1000 };
  const answer = await subject.run(subject.ec2.send(new DescribeInstanceTypeOfferingsCommand(input)));
  return (answer.InstanceTypeOfferings ?? [])
    .filter(({ Location }) => Location === subject.vpc.availabilityZone)
    .map(({ InstanceType, LocationType }) => `${InstanceType} by ${LocationType}`)
    .toSorted();
}

export function offeringChecks({ check }: Contract): void {
  check('name each type that is offered in an Availability Zone', async (subject) => {
    expect(await offered(subject, ['t4g.nano', 't3.micro'])).toEqual([
      't3.micro by availability-zone',
      't4g.nano by availability-zone',
    ]);
  });

  check('leave out a type that does not exist, and fail for nobody', async (subject) => {
    expect(await offered(subject, ['t4g.nano', 't9.nano'])).toEqual(['t4g.nano by availability-zone']);
  });
}
