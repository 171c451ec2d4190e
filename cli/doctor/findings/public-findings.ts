import type { RouteTable } from '../../../shared/core/model/snapshot.ts';
import type { DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';
import { isPublic, nameSubnets, type SubnetView, type TableView, tablesOf } from '../network-view.ts';
import { addressesWanted } from '../propose-zones.ts';
import { blockedFindings } from './blocked-findings.ts';

/** The path from the public subnets to the internet. */
export function publicFindings(
  views: readonly SubnetView[],
  inventory: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  return [
    ...internetGatewayFindings(inventory),
    ...noPublicSubnet(views, inventory),
    ...tablesOf(views.filter(({ role }) => role.kind === 'meant-public'))
      .filter(({ table }) => !(table.main && servesPrivate(table, views)))
      .map((view) => meantPublicFinding(view, views, inventory)),
    ...zones.flatMap((zone) => roomFindings(zone, zones, inventory)),
    ...blockedFindings(zones, inventory),
  ];
}

function internetGatewayFindings({ vpc, internetGatewayId }: Inventory): DoctorFinding[] {
  if (internetGatewayId !== undefined) {
    return [];
  }
  return [
    {
      severity: 'error',
      resource: vpc.id,
      problem: 'The VPC has no internet gateway: a NAT instance has no way to the internet.',
      fix: `aws ec2 create-internet-gateway, then aws ec2 attach-internet-gateway --vpc-id ${vpc.id} --internet-gateway-id igw-…`,
    },
  ];
}

function noPublicSubnet(
  views: readonly SubnetView[],
  { vpc, internetGatewayId = 'igw-…' }: Inventory,
): DoctorFinding[] {
  if (views.some(isPublic)) {
    return [];
  }
  return [
    {
      severity: 'error',
      resource: vpc.id,
      problem:
        'No subnet is public, that is, has a working default route to an internet gateway: there is no place for a NAT instance.',
      fix: `Give one subnet per Availability Zone a route table of its own with the route 0.0.0.0/0 to ${internetGatewayId}.`,
    },
  ];
}

/** A main table that does is reported among the private tables. */
function servesPrivate(table: RouteTable, views: readonly SubnetView[]): boolean {
  return views.some((view) => view.table === table && view.role.kind === 'private');
}

/** Worse than a warning where the subnet's Availability Zone has no other public subnet. */
function meantPublicFinding(
  { table, subnets }: TableView,
  views: readonly SubnetView[],
  { internetGatewayId = 'igw-…', deployment }: Inventory,
): DoctorFinding {
  const reasons = subnets.flatMap(({ role }) => (role.kind === 'meant-public' ? [role.because] : []));
  const hasAlternative = ({ subnet }: SubnetView) =>
    views.some((view) => isPublic(view) && view.subnet.availabilityZone === subnet.availabilityZone);
  const isDeployedTo = ({ subnet }: SubnetView) =>
    deployment?.zones.some(({ publicSubnetId }) => publicSubnetId === subnet.id) === true;
  return {
    severity: subnets.every((view) => hasAlternative(view) && !isDeployedTo(view)) ? 'warning' : 'error',
    resource: table.id,
    problem: `${nameSubnets(subnets)} should be public (${[...new Set(reasons)].join('; ')}), but ${table.id}${table.main ? ', the main table,' : ''} gives no working default route to an internet gateway.`,
    fix: servesPrivate(table, views)
      ? `${table.id} serves private subnets too: associate ${subnets.map(({ subnet }) => subnet.id).join(', ')} with a table of their own whose 0.0.0.0/0 leads to ${internetGatewayId}.`
      : `aws ec2 ${table.defaultRoute === undefined ? 'create-route' : 'replace-route'} --route-table-id ${table.id} --destination-cidr-block 0.0.0.0/0 --gateway-id ${internetGatewayId}`,
  };
}

function roomFindings(
  zone: ProposedZone,
  zones: readonly ProposedZone[],
  inventory: Inventory,
): DoctorFinding[] {
  const subnet = inventory.subnets.find(({ id }) => id === zone.publicSubnetId);
  const wanted = addressesWanted(zone, zones, inventory);
  if (subnet === undefined || subnet.freeAddresses >= wanted) {
    return [];
  }
  const none = subnet.freeAddresses === 0;
  return [
    {
      severity: none ? 'error' : 'warning',
      resource: subnet.id,
      problem: `The public subnet of zone ${zone.letter} has ${none ? 'no free address' : `only ${subnet.freeAddresses} free`}, and up to ${wanted} are used at once: an instance, a spare interface, and a replacement that starts beside them, each with ${wanted > 4 ? 'an address of its own and one for another zone (StandIn)' : 'an address of its own'}.`,
      fix: `Free some addresses in ${subnet.cidr}, or take another public subnet in ${subnet.availabilityZone}.`,
    },
  ];
}
