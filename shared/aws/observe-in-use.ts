import type { NetworkInterface } from '@aws-sdk/client-ec2';
import type { SubnetId } from '../core/model/ids.ts';
import type { Ec2Caller } from './ec2-caller.ts';
import { allPages } from './observe.ts';
import { maxInUse } from './probe-request.ts';

const onePage = 1_000;

/**
 * The addresses in these subnets that an interface has, and the ranges that one may have in place of them, in EC2's order.
 * What interfaces of other accounts have in a shared subnet is listed as far as EC2 shows it. Rejects as EC2 does: it is
 * tried once, since nothing waits for it and a run of the next minute tries again. As many as are told, and no more: a run
 * has only so many calls.
 */
export async function observeInUse(
  ec2: Ec2Caller,
  subnetIds: readonly SubnetId[],
): Promise<readonly string[]> {
  const Filters = [
    { Name: 'subnet-id', Values: [...subnetIds] },
    { Name: 'status', Values: ['in-use'] },
  ];
  const enoughPages = Math.ceil(maxInUse / onePage);
  const input = { Filters, MaxResults: onePage };
  const request = { call: 'DescribeNetworkInterfaces', input, maxTries: 1, enoughPages } as const;
  const found = await allPages(ec2, request, ({ NetworkInterfaces }) => NetworkInterfaces);
  return [...new Set(found.flatMap(addressesOf))];
}

function addressesOf({ PrivateIpAddress, PrivateIpAddresses = [], Ipv4Prefixes = [] }: NetworkInterface) {
  const addresses = [PrivateIpAddress, ...PrivateIpAddresses.map((each) => each.PrivateIpAddress)];
  const ranges = Ipv4Prefixes.map(({ Ipv4Prefix }) => Ipv4Prefix);
  return [...addresses, ...ranges].flatMap((each) => each ?? []);
}
