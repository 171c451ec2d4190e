import {
  type Address,
  DescribeAccountAttributesCommand,
  DescribeAddressesCommand,
} from '@aws-sdk/client-ec2';
import type { Session } from '../../session.ts';
import type { ElasticIps, Unread } from '../inventory.ts';
import { orUnknown } from './or-unknown.ts';

/**
 * The number of Elastic IPs that the account may allocate for use in VPCs. `max-elastic-ips` was that of EC2-Classic (EC2
 * API Reference of its time, "DescribeAccountAttributes"), and neither says what Service Quotas has: that would take one
 * permission more, of another service. The two may differ while a raise is asked for or new; how long is not documented.
 */
const attribute = 'vpc-max-elastic-ips';

/** The quota counts the Elastic IPs of the Region, whatever VPC they are used in. */
export async function readElasticIps(session: Session): Promise<ElasticIps> {
  const { aws } = session;
  const [{ Addresses: found = [] }, quota] = await Promise.all([
    aws.ec2.send(new DescribeAddressesCommand({})),
    orUnknown(aws.region, () => readQuota(session)),
  ]);
  return {
    used: found.filter(countsTowardQuota).length,
    borderGroups: Object.fromEntries(
      found.flatMap(({ AllocationId, NetworkBorderGroup }) =>
        AllocationId === undefined || NetworkBorderGroup === undefined
          ? []
          : [[AllocationId, NetworkBorderGroup]],
      ),
    ),
    unassociated: found
      .filter(({ AssociationId }) => AssociationId === undefined || AssociationId === '')
      .flatMap(({ AllocationId }) => AllocationId ?? []),
    ...(quota.known ? limitOf(quota) : { limitUnread: quota.detail }),
  };
}

type Quota = { readonly known: true; readonly limit?: number };

function limitOf({ limit }: Quota): Pick<ElasticIps, 'limit'> {
  return limit === undefined ? {} : { limit };
}

async function readQuota({ aws }: Session): Promise<Quota | Unread> {
  const { AccountAttributes } = await aws.ec2.send(new DescribeAccountAttributesCommand({}));
  const told = AccountAttributes?.find(({ AttributeName }) => AttributeName === attribute);
  const limit = Number(told?.AttributeValues?.[0]?.AttributeValue ?? Number.NaN);
  return { known: true, ...(Number.isInteger(limit) ? { limit } : {}) };
}

/**
 * One of a pool that the account has brought to AWS does not (EC2 User Guide, "Elastic IP address basics"). Of those from
 * a pool of IPAM, of an Outpost and of a service that manages its own, nothing is said: they count here.
 */
function countsTowardQuota({ PublicIpv4Pool }: Address): boolean {
  return PublicIpv4Pool?.startsWith('ipv4pool-ec2-') !== true;
}
