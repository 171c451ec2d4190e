import { type Finding, finding } from '../model/finding.ts';
import type { RouteTable } from '../model/snapshot.ts';
import { isOfAnotherAccount, sharedSubnets, unfitPlace } from './place.ts';
import type { PrivateTable, ZoneView } from './zone-view.ts';

/**
 * What must be true before anything in a zone is touched, checked against the snapshot in every run: the account may have
 * changed since the deployment. A violation stops this zone and no other.
 */
export function preflight(view: ZoneView): Finding[] {
  return [
    ...subnetViolations(view),
    ...sharedSubnetViolations(view),
    ...placeViolations(view),
    ...publicTableViolations(view),
    ...unservedSubnets(view),
    ...view.privateTables.flatMap(privateTableViolations),
    ...addressViolations(view),
  ];
}

function subnetViolations(view: ZoneView): Finding[] {
  const subnets = [{ id: view.zone.publicSubnetId, subnet: view.publicSubnet }, ...view.privateSubnets];
  return subnets.flatMap(({ id, subnet }) => {
    if (subnet === undefined) {
      return [
        finding('subnet-missing', `${id} does not exist; correct the subnets of zone ${view.zone.name}`),
      ];
    }
    if (subnet.vpcId !== view.vpcId) {
      return [finding('subnet-in-other-vpc', `${id} is in ${subnet.vpcId}, not in ${view.vpcId}`)];
    }
    return [];
  });
}

/** Route tables and subnets stay their owner's, also where others may launch into them (VPC User Guide, "Shared subnets"). */
function sharedSubnetViolations({ zone, accountId, publicSubnet, privateSubnets }: ZoneView): Finding[] {
  const subnets = [publicSubnet, ...privateSubnets.map(({ subnet }) => subnet)];
  const shared = subnets.flatMap((subnet) =>
    subnet !== undefined && isOfAnotherAccount(subnet, accountId) ? [subnet] : [],
  );
  const [first] = shared;
  return first === undefined
    ? []
    : [
        finding(
          'subnet-of-another-account',
          `${sharedSubnets(
            shared.map(({ id }) => id),
            first,
          )}; take them out of zone ${zone.name}, and deploy Phoenat there`,
        ),
      ];
}

function placeViolations({ zone, publicSubnet, address }: ZoneView): Finding[] {
  const meant = address && { ...address, name: `Elastic IP ${address.publicIp} (${address.allocationId})` };
  const unfit = publicSubnet === undefined ? undefined : unfitPlace(publicSubnet, meant);
  return unfit === undefined
    ? []
    : [finding('place-unfit', `${unfit.problem}; ${unfit.fix} for zone ${zone.name}`)];
}

function publicTableViolations(view: ZoneView): Finding[] {
  if (view.publicSubnet === undefined || isPublic(view.publicTable)) {
    return [];
  }
  const table = view.publicTable?.id ?? 'its route table';
  return [
    finding(
      'public-subnet-without-internet',
      `${table} gives ${view.zone.publicSubnetId} no working default route to an internet gateway; a NAT instance there could not reach the internet`,
    ),
  ];
}

function isPublic(table: RouteTable | undefined): boolean {
  const route = table?.defaultRoute;
  return route?.target.kind === 'internet-gateway' && route.state === 'active';
}

function privateTableViolations(entry: PrivateTable): Finding[] {
  const { table, servesPublicSubnetOf, servesPrivateSubnetsOf } = entry;
  const serving = `${table.id}, which serves ${entry.subnetIds.join(', ')},`;
  if (servesPublicSubnetOf.length > 0) {
    return [
      finding(
        'private-table-is-public',
        `${serving} also serves the public subnet of zone ${servesPublicSubnetOf.join(', ')}; give the private subnets a route table of their own`,
      ),
    ];
  }
  if (servesPrivateSubnetsOf.length > 0) {
    return [
      finding(
        'private-table-shared',
        `${serving} also serves private subnets of zone ${servesPrivateSubnetsOf.join(', ')}; give each zone's private subnets a route table of their own, or name them all in one zone`,
      ),
    ];
  }
  const target = table.defaultRoute?.target;
  if (target?.kind === 'internet-gateway') {
    return [
      finding(
        'private-table-is-public',
        `${serving} has a default route to ${target.id}: its subnets are public`,
      ),
    ];
  }
  if (target?.kind === 'other' && table.defaultRoute?.state !== 'blackhole') {
    return [
      finding(
        'private-route-protected',
        `${serving} has a default route to ${target.id}; only NAT gateways, NAT instances and network interfaces are taken over`,
      ),
    ];
  }
  return [];
}

function addressViolations(view: ZoneView): Finding[] {
  const { address } = view;
  if (address === undefined) {
    return [
      finding(
        'address-missing',
        `Elastic IP ${view.zone.allocationId} does not exist in this account and Region; allocate one and give its id to zone ${view.zone.name}`,
      ),
    ];
  }
  const foreign = address.interfaceId !== undefined && !view.ownInterfaceIds.has(address.interfaceId);
  return foreign
    ? [
        finding(
          'address-foreign',
          `Elastic IP ${address.publicIp} (${address.allocationId}) is on ${address.interfaceId}, which is not ours; disassociate it there or give zone ${view.zone.name} another address`,
        ),
      ]
    : [];
}

/** Private subnets that no route table serves: only possible where the answer lacked the VPC's main table. */
function unservedSubnets(view: ZoneView): Finding[] {
  const served = new Set(view.privateTables.flatMap(({ subnetIds }) => subnetIds));
  return view.privateSubnets
    .filter(({ id }) => !served.has(id))
    .map(({ id }) =>
      finding('private-table-missing', `no route table serves ${id}, not even a main one of ${view.vpcId}`),
    );
}
