import { unnamedSubnets } from '../../../shared/core/diagnose/zone-view.ts';
import { otherStackFix, otherStackOf, servedByStack } from '../../../shared/core/plan/takeovers.ts';
import type { DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';
import {
  isPrivate,
  isProtected,
  nameSubnets,
  type SubnetView,
  type TableView,
  tablesOf,
} from '../network-view.ts';
import { asSentence } from './as-sentence.ts';

/** The route tables that Phoenat would take over. */
export function privateFindings(
  views: readonly SubnetView[],
  inventory: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  const privateTables = tablesOf(views.filter(isPrivate));
  return [
    ...noPrivateSubnet(views, inventory),
    ...tablesOf(views.filter(({ role }) => role.kind === 'meant-private')).map(meantPrivateFinding),
    ...privateTables.flatMap((view) => mainTableFindings(view, views)),
    ...tablesOf(views).flatMap((view) => unnamedFindings(view, zones)),
    ...privateTables.flatMap((view) => otherStackFindings(view, inventory, zones)),
    ...privateTables.flatMap((view) => protectedFindings(view, views, zones)),
    ...privateTables.flatMap((view) => blackholeFindings(view, inventory)),
    ...views.filter(({ table }) => table === undefined).map(unserved),
  ];
}

function noPrivateSubnet(views: readonly SubnetView[], { vpc }: Inventory): DoctorFinding[] {
  if (views.some(isPrivate)) {
    return [];
  }
  return [
    {
      severity: 'error',
      resource: vpc.id,
      problem: 'No subnet is private: there is nothing that needs NAT.',
      fix: 'Associate the subnets that are to be private with a route table without a route to an internet gateway.',
    },
  ];
}

function meantPrivateFinding({ table, subnets }: TableView): DoctorFinding {
  const reasons = subnets.flatMap(({ role }) => (role.kind === 'meant-private' ? [role.because] : []));
  const ids = subnets.map(({ subnet }) => subnet.id).join(', ');
  return {
    severity: 'error',
    resource: table.id,
    problem: `${nameSubnets(subnets)} should be private (${[...new Set(reasons)].join('; ')}), but ${table.main ? `${table.id}, the main table, serves public subnets and them too` : table.id} and leads to ${table.defaultRoute?.target.id}.`,
    fix: `aws ec2 create-route-table, then aws ec2 associate-route-table for ${ids}: Phoenat never changes the table of a public subnet.`,
  };
}

/** Subnets that somebody means to be public and that are served by the same table as private ones. */
function mainTableFindings({ table, subnets }: TableView, views: readonly SubnetView[]): DoctorFinding[] {
  const onMain = subnets.filter((view) => view.usesMainTable);
  if (onMain.length === 0) {
    return [];
  }
  const ids = onMain.map(({ subnet }) => subnet.id);
  const itsOwn = `aws ec2 create-route-table, add its routes, then aws ec2 associate-route-table --route-table-id rtb-… --subnet-id … for ${ids.join(', ')}.`;
  const publicToo = views.filter((view) => view.table === table && view.role.kind === 'meant-public');
  if (publicToo.length > 0) {
    return [
      {
        severity: 'error',
        resource: table.id,
        problem: `The main table serves private subnets, ${nameSubnets(onMain)}, and ${nameSubnets(publicToo)}, which should be public: one default route cannot lead to the internet gateway and to a NAT instance.`,
        fix: itsOwn,
      },
    ];
  }
  return [
    {
      severity: 'warning',
      resource: table.id,
      problem: `${nameSubnets(onMain)} ${onMain.length === 1 ? 'has' : 'have'} no route table of ${onMain.length === 1 ? 'its' : 'their'} own and ${onMain.length === 1 ? 'uses' : 'use'} the main table. That works, but every subnet created later uses it too, and goes through the NAT instance.`,
      fix: itsOwn,
    },
  ];
}

/** Of a table of its own: a main table is warned of anyway. */
function unnamedFindings({ table, subnets }: TableView, zones: readonly ProposedZone[]): DoctorFinding[] {
  const named = new Set(zones.flatMap((zone) => [zone.publicSubnetId, ...zone.privateSubnetIds]));
  const unnamed = new Set<string>(unnamedSubnets(table, named));
  const zone = zones.find(({ privateSubnetIds }) =>
    table.subnetIds.some((id) => privateSubnetIds.includes(id)),
  );
  if (table.main || zone === undefined || unnamed.size === 0) {
    return [];
  }
  const others = nameSubnets(subnets.filter(({ subnet }) => unnamed.has(subnet.id)));
  return [
    {
      severity: 'warning',
      resource: table.id,
      problem: `${table.id} also serves ${others}, which no zone names: their traffic to the internet goes through the NAT instance of zone ${zone.letter} too.`,
      fix: `Add them to Zone${zone.letter.toUpperCase()}PrivateSubnets if that is intended; otherwise give them a route table of their own.`,
    },
  ];
}

/** An error where nothing else of the Availability Zone can be served, or where it is already asked for. */
function protectedFindings(
  { table, subnets }: TableView,
  views: readonly SubnetView[],
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  if (!subnets.some(isProtected)) {
    return [];
  }
  const isNamed = ({ subnet }: SubnetView) => zones.some((zone) => zone.privateSubnetIds.includes(subnet.id));
  const leavesNothing = ({ subnet }: SubnetView) =>
    !views.some(
      (view) =>
        isPrivate(view) && !isProtected(view) && view.subnet.availabilityZone === subnet.availabilityZone,
    );
  return [
    {
      severity: subnets.some((view) => isNamed(view) || leavesNothing(view)) ? 'error' : 'warning',
      resource: table.id,
      problem: `${table.id}, which serves ${nameSubnets(subnets)}, has a default route to ${table.defaultRoute?.target.id}. Phoenat takes over NAT gateways, instances and network interfaces, and refuses everything else.`,
      fix: 'Leave these subnets as they are, as the command does; or delete that route first, if it is not needed.',
    },
  ];
}

/**
 * Two stacks that serve the same subnets would take their routes from each other. A deployment refuses a table that is
 * marked as another's, and one that is new to it and leads to an interface of another stack. A mark may be missing: it
 * came with the deployment, so that a table which the subnets were given later has none, and a tool may remove it.
 */
function otherStackFindings(
  { table, subnets }: TableView,
  { stack, deployment, otherStacks = {} }: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  const marked = otherStackOf(table, stack);
  const isNamed = subnets.some(({ subnet }) =>
    zones.some((zone) => zone.privateSubnetIds.includes(subnet.id)),
  );
  const target = table.defaultRoute?.target.id;
  const isOurs = target !== undefined && deployment?.ownTargetIds.includes(target) === true;
  const owner = target === undefined ? undefined : otherStacks[target];
  if (!isNamed || isOurs) {
    return [];
  }
  if (marked !== undefined) {
    return [
      {
        severity: 'error',
        resource: table.id,
        problem: `${servedByStack(table, marked)}, and is refused to ${stack} (${nameSubnets(subnets)}).`,
        fix: asSentence(otherStackFix(marked)),
      },
    ];
  }
  if (owner === undefined) {
    return [];
  }
  return [
    {
      severity: 'error',
      resource: table.id,
      problem: `The default route of ${table.id} leads to ${target}, which the stack ${owner} has: two stacks cannot serve the same subnets (${nameSubnets(subnets)}).`,
      fix: `If you mean that stack, run doctor again with --stack ${owner}. Otherwise leave the subnets to one of the two.`,
    },
  ];
}

/** Of tables that are yet to be taken over; those of a deployed stack are diagnosed as such. */
function blackholeFindings({ table, subnets }: TableView, { deployment }: Inventory): DoctorFinding[] {
  const isDeployed = subnets.some(({ subnet }) =>
    deployment?.zones.some((zone) => zone.privateSubnetIds.includes(subnet.id)),
  );
  if (table.defaultRoute?.state !== 'blackhole' || isDeployed) {
    return [];
  }
  return [
    {
      severity: 'warning',
      resource: table.id,
      problem: `The default route of ${table.id} is a blackhole (${table.defaultRoute.target.id}): ${nameSubnets(subnets)} cannot reach the internet now.`,
      fix: 'Nothing to do before deploying: Phoenat takes the route over. It cannot restore it when the stack is deleted.',
    },
  ];
}

function unserved({ subnet }: SubnetView): DoctorFinding {
  return {
    severity: 'error',
    resource: subnet.id,
    problem:
      'No route table serves this subnet, not even a main one: EC2 answered incompletely, or you may not see everything.',
    fix: 'Run doctor again, with permission for ec2:DescribeRouteTables.',
  };
}
