import { type NetworkAcl, type NetworkAclEntry, paginateDescribeNetworkAcls } from '@aws-sdk/client-ec2';
import type { Session } from '../../session.ts';
import type { AclEntry, FoundAcl, NetworkAcls, Vpc } from '../inventory.ts';
import { orUnknown } from './or-unknown.ts';
import { everyItem } from './read-listing.ts';

/** Those of the VPC. Whoever asks may not be allowed to know: then everything else is still reported. */
export function readAcls({ aws }: Session, { id }: Vpc): Promise<NetworkAcls> {
  const Filters = [{ Name: 'vpc-id', Values: [id] }];
  return orUnknown(aws.region, async () => {
    const found = await everyItem(
      paginateDescribeNetworkAcls({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
      (page) => page.NetworkAcls,
    );
    return { known: true, acls: found.map(parseAcl) };
  });
}

function parseAcl({ NetworkAclId = 'acl-…', Associations = [], Entries = [] }: NetworkAcl): FoundAcl {
  return {
    id: NetworkAclId,
    subnetIds: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    inbound: Entries.filter(({ Egress }) => Egress === false).flatMap(parseEntry),
  };
}

/** All protocols are -1, TCP is 6 (EC2 API Reference, "NetworkAclEntry"). One for IPv6 has no CidrBlock. */
function parseEntry({ RuleNumber, RuleAction, Protocol, CidrBlock, PortRange }: NetworkAclEntry): AclEntry[] {
  if (RuleNumber === undefined || CidrBlock === undefined) {
    return [];
  }
  const { From: from = 0, To: to = 65_535 } = PortRange ?? {};
  const isTcp = Protocol === '-1' || Protocol === '6';
  return [{ number: RuleNumber, isAllowed: RuleAction === 'allow', isTcp, cidr: CidrBlock, from, to }];
}
