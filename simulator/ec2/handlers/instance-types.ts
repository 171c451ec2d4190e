import type { _InstanceType } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError, NotSimulated } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import { availabilityZoneIn, type Region, type SpotShortage } from '../region.ts';
import { type FilterFields, filterRecords, pageOf } from './describe.ts';

type Architecture = 'arm64' | 'x86_64';

/** The types that a NAT instance is likely to be. */
const architectureOfFamily: Readonly<Record<string, Architecture>> = {
  t4g: 'arm64',
  c6gn: 'arm64',
  c7gn: 'arm64',
  m7g: 'arm64',
  t3: 'x86_64',
  t3a: 'x86_64',
  c5n: 'x86_64',
  c6in: 'x86_64',
  m7i: 'x86_64',
};

const sizes = new Set(['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge']);

/** @throws InvalidParameterValue for an unknown type, or one whose architecture the image does not have. */
export function checkedType(type: string | undefined, imageArchitecture: Architecture): string {
  if (type === undefined)
    throw awsError('MissingParameter', 'The request must contain the parameter instanceType');
  const [family = '', size = ''] = type.split('.');
  const architecture = architectureOfFamily[family];
  if (architecture === undefined || !sizes.has(size)) {
    throw awsError('InvalidParameterValue', `Invalid value '${type}' for InstanceType.`);
  }
  if (architecture !== imageArchitecture) {
    throw awsError(
      'InvalidParameterValue',
      `The architecture '${architecture}' of the specified instance type does not match the architecture '${imageArchitecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  return type;
}

/** By Availability Zone. A type that is short of capacity is offered all the same. */
export function describeInstanceTypeOfferings(
  region: Region,
  input: Ec2Input<'DescribeInstanceTypeOfferings'>,
): Ec2Output<'DescribeInstanceTypeOfferings'> {
  const call = 'DescribeInstanceTypeOfferings';
  allowOnly(call, input, ['LocationType', 'Filters', 'MaxResults', 'NextToken']);
  if (input.LocationType !== 'availability-zone') {
    throw new NotSimulated(`${call}: the location type ${input.LocationType} is not simulated`);
  }
  const offered = [...zonesOf(region)].flatMap((zone) =>
    knownTypes()
      .filter((type) => region.shortages.get(`${type} ${zone}`) !== 'not-offered')
      .map((type) => ({ type, zone })),
  );
  const found = filterRecords(call, offered, input.Filters, offeringFields);
  const { items, ...next } = pageOf(region, found, input);
  const InstanceTypeOfferings = items.map(({ type, zone }) => ({
    // The SDK's list of types is a union of literals; this one is the simulator's.
    InstanceType: type as _InstanceType,
    LocationType: 'availability-zone' as const,
    Location: zone,
  }));
  return { InstanceTypeOfferings, ...next };
}

const offeringFields: FilterFields<{ readonly type: string; readonly zone: string }> = {
  'instance-type': ({ type }) => [type],
  location: ({ zone }) => [zone],
};

function knownTypes(): string[] {
  return Object.keys(architectureOfFamily).flatMap((family) => [...sizes].map((size) => `${family}.${size}`));
}

/** @throws InsufficientInstanceCapacity (HTTP 500, as EC2 lists it) or Unsupported. */
export function checkCapacity(region: Region, type: string, zone: string): void {
  const shortage = region.shortages.get(`${type} ${zone}`);
  if (shortage === undefined) return;
  const others = zonesBut(region, zone);
  switch (shortage) {
    case 'capacity':
      throw awsError(
        'InsufficientInstanceCapacity',
        `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others}.`,
      );
    case 'not-offered':
      throw awsError(
        'Unsupported',
        `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${others}.`,
      );
  }
}

const spotRefusals: Readonly<
  Record<SpotShortage, readonly [code: string, message: string, status?: number]>
> = {
  capacity: [
    'InsufficientInstanceCapacity',
    'There is no Spot capacity available that matches your request.',
  ],
  price: [
    'SpotMaxPriceTooLow',
    'Your Spot request price is lower than the minimum required Spot request fulfillment price.',
  ],
  quota: ['MaxSpotInstanceCountExceeded', 'Max spot instance count exceeded'],
  'no-role': [
    'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
    'The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.',
    403,
  ],
  denied: ['UnauthorizedOperation', 'You are not authorized to perform this operation.', 403],
  unsupported: [
    'UnsupportedOperation',
    'The instance configuration for this AWS Marketplace product or type is not supported for Spot.',
  ],
};

/** Beside what no market has: what EC2 gives on demand it may not give from Spot. */
export function checkSpotCapacity(region: Region, type: string, zone: string): void {
  const shortage = region.spotShortages.get('every type') ?? region.spotShortages.get(`${type} ${zone}`);
  if (shortage === undefined) return;
  const [code, message, status] = spotRefusals[shortage];
  throw awsError(code, message, status);
}

function zonesBut(region: Region, zone: string): string {
  return [...zonesOf(region)].filter((other) => other !== zone).join(', ');
}

function zonesOf(region: Region): ReadonlySet<string> {
  const places = region.store.subnets.current.all().map(({ availabilityZone }) => availabilityZone);
  return new Set(places.map((place) => availabilityZoneIn(region, place)));
}
