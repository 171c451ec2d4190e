import type { AclEntry, DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';

/** Where packets of connections arrive whose client is not known: no client of Linux or Windows has lower ports by itself. */
const ports = { from: 32_768, to: 65_535 } as const;
const named = `TCP ${ports.from} to ${ports.to}`;

/** What KeepConnections=all opens, and whether it can come so far. */
export function askingFindings(
  { networkAcls, deployment, stack }: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  if (networkAcls === undefined) {
    return [];
  }
  const opened: DoctorFinding = {
    severity: 'note',
    resource: deployment?.natSecurityGroupId ?? stack,
    problem: `KeepConnections=all lets ${named} in from anywhere, so that packets of connections whose instance has died reach the next one. That drops them, and for five minutes copies them to the zone's clients first.`,
    fix: 'Leave it, or update the stack with KeepConnections=senders: then connections whose client only listens end with an instance that dies without a word, where there is no copy of them.',
  };
  if (!networkAcls.known) {
    const unread: DoctorFinding = {
      severity: 'note',
      resource: stack,
      problem: `Whether the network ACLs of the public subnets let them in is unknown: ${networkAcls.detail}.`,
      fix: 'Allow yourself ec2:DescribeNetworkAcls, and run doctor again.',
    };
    return [opened, unread];
  }
  const { acls } = networkAcls;
  const closed = acls.flatMap(({ id, subnetIds, inbound }): DoctorFinding[] => {
    const served = zones.filter(({ publicSubnetId }) => subnetIds.includes(publicSubnetId));
    const subnets = [...new Set(served.map(({ publicSubnetId }) => publicSubnetId))].join(', ');
    const problem = `The network ACL of ${subnets} does not let all of ${named} in from anywhere: answers to clients' connections with these ports are lost there, and so is what KeepConnections=all would find an owner for.`;
    const fix = `aws ec2 create-network-acl-entry --network-acl-id ${id} --ingress --rule-number … --protocol tcp --port-range From=1024,To=65535 --cidr-block 0.0.0.0/0 --rule-action allow, with a number before that of the rule which denies them.`;
    return served.length === 0 || letsIn(inbound)
      ? []
      : [{ severity: 'warning', resource: id, problem, fix }];
  });
  return [opened, ...closed];
}

/**
 * The first rule that fits decides (VPC User Guide, "Network ACL rules"). Of addresses that are let in or kept out by
 * themselves, nothing follows for all others.
 */
function letsIn(inbound: readonly AclEntry[]): boolean {
  let open: readonly { readonly from: number; readonly to: number }[] = [ports];
  const forAll = inbound.filter(({ cidr, isTcp }) => cidr === '0.0.0.0/0' && isTcp);
  for (const { from, to, isAllowed } of forAll.toSorted((one, other) => one.number - other.number)) {
    if (!isAllowed && open.some((range) => range.from <= to && from <= range.to)) {
      return false;
    }
    open = open.flatMap((range) =>
      [
        { from: range.from, to: Math.min(range.to, from - 1) },
        { from: Math.max(range.from, to + 1), to: range.to },
      ].filter((left) => left.from <= left.to),
    );
  }
  return open.length === 0;
}
