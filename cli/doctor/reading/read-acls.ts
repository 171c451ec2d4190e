import { type NetworkAcl, type NetworkAclEntry, paginateDescribeNetworkAcls } from '@aws-sdk/client-ec2';
import { explainAwsError } from '../../explain-aws-error.ts';
import type { Session } from '../../session.ts';
import { oneLine } from '../../transient-error.ts';
import type { AclEntry, FoundAcl, NetworkAcls, Vpc } from '../inventory.ts';
import { everyItem } from './read-listing.ts';

/** Those of the VPC. Whoever asks may not be allowed to know: then everything else is still reported. */
export async function readAcls({ aws }: Session, { id }: Vpc): Promise<NetworkAcls> {
  const Filters = [{ Name: 'vpc-id', Values: [id] }];
  try {
    const found = await everyItem(
      paginateDescribeNetworkAcls({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
      (page) => page.NetworkAcls,
    );
    return { known: true, acls: found.map(parseAcl) };
  } catch (error) {
    return { known: false, detail: oneLine(explainAwsError(error, { region: aws.region })) };
  }
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
