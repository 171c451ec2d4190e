import {
  isOfAnotherAccount,
  placeOf,
  sharedSubnets,
  unfitPlace,
} from '../../../shared/core/diagnose/place.ts';
import { overriddenDefault, overriddenWayOut } from '../../../shared/core/diagnose/split-defaults.ts';
import type { DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';
import { nameSubnet, nameSubnets, type SubnetView, tablesOf } from '../network-view.ts';
import { addressOfZone, ofStack } from './address-of-zone.ts';
import { asSentence } from './as-sentence.ts';

/** Where the subnets are and whose, and what else leads out of them or keeps packets in. */
export function placeFindings(
  views: readonly SubnetView[],
  inventory: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  return [
    ...sharedFindings(views, inventory),
    ...views.flatMap((view) => unfitFindings(view, zones, inventory)),
    ...views.flatMap((view) => afarFindings(view, views, zones, inventory)),
    ...overriddenFindings(views, zones),
  ];
}

/** A participant sees a shared subnet and its route table, and may change neither (VPC User Guide, "Share your VPC"). */
function sharedFindings(views: readonly SubnetView[], { account, vpc }: Inventory): DoctorFinding[] {
  if (account === undefined) {
    return [];
  }
  if (!account.known) {
    return [
      {
        severity: 'note',
        resource: vpc.id,
        problem: `Whether its subnets are this account's own or shared with it is unknown: ${account.detail}.`,
        fix: 'Compare OwnerId of aws ec2 describe-subnets with aws sts get-caller-identity.',
      },
    ];
  }
  const { id } = account;
  const foreign = views.filter(({ subnet }) => isOfAnotherAccount(subnet, id));
  const [first] = foreign;
  return first === undefined
    ? []
    : [
        {
          severity: 'error',
          resource: vpc.id,
          problem: `${sharedSubnets(foreign.map(nameSubnet), first.subnet)}, and from ${id} no route could be moved.`,
          fix: 'Deploy Phoenat in the account that owns the subnets.',
        },
      ];
}

/** A place that a zone names and that the controller will refuse is an error; one that is only there is a note. */
function unfitFindings(
  { subnet, role }: SubnetView,
  zones: readonly ProposedZone[],
  inventory: Inventory,
): DoctorFinding[] {
  const named = zones.find(({ publicSubnetId }) => publicSubnetId === subnet.id);
  if (named === undefined && role.kind !== 'public') {
    return [];
  }
  const unfit = unfitPlace(subnet, named ? addressOfZone(named, inventory) : ofStack(inventory));
  if (unfit === undefined) {
    return [];
  }
  const [severity, addition] =
    named === undefined
      ? (['note', '. It is not proposed for a NAT instance.'] as const)
      : (['error', '.'] as const);
  return [
    {
      severity,
      resource: subnet.id,
      problem: `${unfit.problem}${addition}`,
      fix: asSentence(unfit.fix),
    },
  ];
}

/** A private subnet outside the Availability Zones that is served from elsewhere than its own place. */
function afarFindings(
  { subnet }: SubnetView,
  views: readonly SubnetView[],
  zones: readonly ProposedZone[],
  { region }: Inventory,
): DoctorFinding[] {
  const zone = zones.find(({ privateSubnetIds }) => privateSubnetIds.includes(subnet.id));
  const place = placeOf(subnet);
  if (zone === undefined || place.kind === 'availability-zone') {
    return [];
  }
  const home = views.find((view) => view.subnet.id === zone.publicSubnetId)?.subnet;
  const isBeside =
    home?.availabilityZone === subnet.availabilityZone && home.outpostArn === subnet.outpostArn;
  if (isBeside) {
    return [];
  }
  const where = place.kind === 'outpost' ? `on the Outpost ${place.arn}` : `in ${subnet.availabilityZone}`;
  return [
    {
      severity: 'warning',
      resource: subnet.id,
      problem: `It is ${where}, and its traffic would go to ${home?.availabilityZone ?? region} first, with the latency and price of that path.`,
      fix: 'Leave it out of the private subnets if that is not wanted.',
    },
  ];
}

/** In the tables of the subnets that zones name. */
function overriddenFindings(views: readonly SubnetView[], zones: readonly ProposedZone[]): DoctorFinding[] {
  const served = (isNamed: (zone: ProposedZone, id: string) => boolean) =>
    tablesOf(views.filter(({ subnet }) => zones.some((zone) => isNamed(zone, subnet.id))));
  const ofPublic = served(({ publicSubnetId }, id) => publicSubnetId === id);
  const ofPrivate = served(({ privateSubnetIds }, id) => privateSubnetIds.includes(id));
  const ways = [
    ...ofPublic.map(({ table, subnets }) => ({
      resource: table.id,
      way: overriddenWayOut(table, nameSubnets(subnets)),
    })),
    ...ofPrivate.map(({ table, subnets }) => ({
      resource: table.id,
      way: overriddenDefault(table, nameSubnets(subnets)),
    })),
  ];
  return ways.flatMap(({ resource, way }): DoctorFinding[] =>
    way === undefined
      ? []
      : [{ severity: 'error', resource, problem: `${way.problem}.`, fix: asSentence(way.fix) }],
  );
}
