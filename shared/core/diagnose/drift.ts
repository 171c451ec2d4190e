import { type Finding, finding } from '../model/finding.ts';
import type { InterfaceId } from '../model/ids.ts';
import { leadsToUs } from '../model/own-resources.ts';
import type { DefaultRoute, NatInterface, RouteTable } from '../model/snapshot.ts';
import type { PrivateTable, ZoneView } from './zone-view.ts';

/** One thing around a NAT instance that is not as it must be, and that one EC2 call puts right. */
export type Drift =
  | { readonly kind: 'source-dest-check'; readonly finding: Finding }
  | {
      readonly kind: 'security-groups';
      /** One of ours is not there, and not only one of somebody else's is there too. */
      readonly isOursMissing: boolean;
      readonly finding: Finding;
    }
  | { readonly kind: 'address'; readonly finding: Finding }
  | {
      readonly kind: 'route';
      readonly table: RouteTable;
      /** The route works, by something that is not the zone's: it is left alone until our instance is ready. */
      readonly servedByOther: boolean;
      readonly finding: Finding;
    };

/** The drift from that interface. If there is no interface yet, everything has drifted: the drift is the whole cutover. */
export function driftOf(view: ZoneView, networkInterface: NatInterface | undefined): Drift[] {
  const routes = view.privateTables.flatMap((entry) => routeDrift(view, entry, networkInterface?.id));
  if (view.standIn !== undefined && view.standIn.networkInterface.id === networkInterface?.id) {
    // What else is around it is kept right by its own zone.
    const isThere = view.address?.interfaceId === networkInterface.id;
    return isThere ? routes : [...addressDrift(view, networkInterface), ...routes];
  }
  return [
    ...sourceDestCheckDrift(networkInterface),
    ...securityGroupDrift(view, networkInterface),
    ...addressDrift(view, networkInterface),
    ...routes,
  ];
}

/** Whether subnets that go through us are offline by it. */
export function cutsEgress(drift: Drift): boolean {
  switch (drift.kind) {
    case 'source-dest-check':
    case 'address':
      return true;
    case 'security-groups':
      return drift.isOursMissing;
    case 'route':
      return !drift.servedByOther;
  }
}

/** A security group too many: packets pass all the same. */
export function isHarmless(drift: Drift): boolean {
  return drift.kind === 'security-groups' && !drift.isOursMissing;
}

/** Those whose route works by something that is not ours. */
export function tablesServedByOther(drifts: readonly Drift[]): RouteTable[] {
  return drifts.flatMap((drift) => (drift.kind === 'route' && drift.servedByOther ? [drift.table] : []));
}

function sourceDestCheckDrift(networkInterface: NatInterface | undefined): Drift[] {
  if (networkInterface === undefined || !networkInterface.sourceDestCheck) {
    return [];
  }
  const detail = `the source/destination check of ${networkInterface.id} is on: EC2 drops what it should forward`;
  return [{ kind: 'source-dest-check', finding: finding('source-dest-check-on', detail) }];
}

/** Another group may block every client, or admit everyone. */
function securityGroupDrift(
  { securityGroupIds }: ZoneView,
  networkInterface: NatInterface | undefined,
): Drift[] {
  const found = networkInterface?.securityGroupIds;
  if (networkInterface === undefined || found === undefined || haveTheSame(found, securityGroupIds)) {
    return [];
  }
  const detail = `${networkInterface.id} is in the security groups ${found.join(', ')}, not in ${securityGroupIds.join(', ')}`;
  const isOursMissing = !securityGroupIds.every((id) => found.includes(id));
  return [{ kind: 'security-groups', isOursMissing, finding: finding('groups-changed', detail) }];
}

function haveTheSame(some: readonly string[], others: readonly string[]): boolean {
  return some.every((id) => others.includes(id)) && others.every((id) => some.includes(id));
}

/** On the interface's secondary address it is a stranger's: what is the zone's own leaves by the primary one. */
function addressDrift(view: ZoneView, networkInterface: NatInterface | undefined): Drift[] {
  const { address } = view;
  const isThere = networkInterface !== undefined && address?.interfaceId === networkInterface.id;
  const isAside = networkInterface?.secondaryIps?.includes(address?.privateIp ?? '') === true;
  if (address === undefined || (isThere && !isAside)) {
    return [];
  }
  const of = isThere ? `${address.privateIp} of ` : '';
  const place = address.interfaceId === undefined ? 'on nothing' : `on ${of}${address.interfaceId}`;
  const detail = `Elastic IP ${address.publicIp} (${address.allocationId}) is ${place}`;
  return [{ kind: 'address', finding: finding('address-elsewhere', detail) }];
}

function routeDrift(view: ZoneView, entry: PrivateTable, interfaceId: InterfaceId | undefined): Drift[] {
  const { table } = entry;
  const route = table.defaultRoute;
  if (route === undefined) {
    const detail = `${table.id} has no default route`;
    return [{ kind: 'route', table, servedByOther: false, finding: finding('route-missing', detail) }];
  }
  if (isAimedAt(view, route, interfaceId)) {
    return [];
  }
  const servedByOther =
    route.state === 'active' && (!leadsToUs(route.target, view) || isAnotherZones(view, route.target));
  return [{ kind: 'route', table, servedByOther, finding: routeFinding(table, route, servedByOther) }];
}

/**
 * A zone that no image has served well yet is new, and so its tables were another zone's until it was made of that one:
 * they go on leading there. Of any other zone they have strayed.
 */
function isAnotherZones({ address, elsewhere }: ZoneView, { id }: DefaultRoute['target']): boolean {
  return (
    address?.lastGoodImage === undefined &&
    elsewhere.some((instance) => instance.interfaceId === id || instance.id === id)
  );
}

/**
 * A route to the right interface is right even while it is a blackhole: it becomes active when the instance on that
 * interface runs, and no call of ours would hasten that.
 */
function isAimedAt(view: ZoneView, route: DefaultRoute, interfaceId: InterfaceId | undefined): boolean {
  const { target } = route;
  if (interfaceId === undefined) {
    return false;
  }
  if (target.kind === 'interface') {
    return target.id === interfaceId;
  }
  const instance = [...view.instances, ...(view.standIn === undefined ? [] : [view.standIn.instance])].find(
    (candidate) => candidate.interfaceId === interfaceId,
  );
  return target.kind === 'instance' && target.id === instance?.id;
}

function routeFinding(table: RouteTable, route: DefaultRoute, servedByOther: boolean): Finding {
  const target = route.target.id;
  if (servedByOther) {
    return finding(
      'not-yet-taken-over',
      `the default route of ${table.id} goes to ${target}, which is not the zone's`,
    );
  }
  return route.state === 'blackhole'
    ? // Its target may be gone, or be there with nothing that runs behind it, as a new interface is before the launch.
      finding(
        'route-blackhole',
        `the default route of ${table.id} is a blackhole: nothing runs behind ${target}`,
      )
    : finding('route-elsewhere', `the default route of ${table.id} goes to ${target}`);
}
