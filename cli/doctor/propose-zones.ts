import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { unfitPlace } from '../../shared/core/diagnose/place.ts';
import { ofStack } from './findings/address-of-zone.ts';
import type { Inventory, ProposedZone } from './inventory.ts';
import { compare, isPrivate, isProtected, isPublic, type SubnetView } from './network-view.ts';
import { accessOf } from './public-access.ts';

export type Proposal = {
  readonly zones: readonly ProposedZone[];
  /** Private subnets that a zone of another Availability Zone is to serve. */
  readonly acrossZones: readonly SubnetView[];
  /** Private subnets without a default route, next to others that have one: perhaps they are meant to have none. */
  readonly leftIsolated: readonly SubnetView[];
  /** Availability Zones that could have a zone of their own, if the stack had no standby. */
  readonly keptOut: readonly string[];
  /** Where there are to be more zones than there are subnets for. */
  readonly narrow: readonly NarrowPlace[];
};

export type NarrowPlace = {
  readonly availabilityZone: string;
  /** Zones more than it has, and what is free for them. */
  readonly wanted: number;
  readonly publicSubnets: number;
  readonly privateTables: number;
};

/** Fewer are not enough for an instance, a spare interface and a replacement at the same time. */
const fewAddresses = 4;
/** Where zones stand in for one another, each of these has a second private address. */
const fewWithStandIns = 6;

/** How many free addresses a public subnet should have. What a deployed zone has taken is none of them. */
export function addressesWanted(
  { letter }: ProposedZone,
  zones: readonly ProposedZone[],
  { deployment }: Inventory,
): number {
  const isDeployed = deployment?.zones.some((zone) => zone.letter === letter) === true;
  const standsIn = zones.length > 1 && deployment?.withoutStandIns !== true;
  return standsIn && !isDeployed ? fewWithStandIns : fewAddresses;
}

type Place = { readonly publicSubnet: SubnetView; readonly privateSubnets: readonly SubnetView[] };

/**
 * Zones for the template's parameters: those of the deployed stack as they are, then one for each Availability Zone
 * that has a public subnet, or as many `lanes` as are asked for and as it has subnets for, up to six in all. Private
 * subnets elsewhere go to the zone that their route table serves already, otherwise to the first one. A standby is for a
 * single zone, and the template refuses it beside others.
 */
export function proposeZones(views: readonly SubnetView[], inventory: Inventory, lanes = 1): Proposal {
  const deployed = inventory.deployment?.zones ?? [];
  const spokenFor = new Set(deployed.flatMap((zone) => zone.privateSubnetIds));
  const isTaken = ({ subnet }: SubnetView) =>
    deployed.some(({ publicSubnetId }) => publicSubnetId === subnet.id);
  const roomIn = (availabilityZone: string) =>
    lanes - views.filter((view) => isTaken(view) && view.subnet.availabilityZone === availabilityZone).length;
  const free = views.filter((view) => !isTaken(view) && roomIn(view.subnet.availabilityZone) > 0);
  const candidates = free.filter(
    (view) => isPrivate(view) && !isProtected(view) && !spokenFor.has(view.subnet.id),
  );
  const { kept, leftIsolated } = leaveIsolated(candidates);
  const letters = zoneLetters.filter((letter) => deployed.every((zone) => zone.letter !== letter));
  const fit = free.filter((view) => canHoldNat(view, inventory));
  const possible = choosePlaces(fit, kept, { inventory, roomIn }).slice(0, letters.length);
  const isFull = inventory.deployment?.hasStandby === true;
  const places = isFull ? [] : possible;
  const placed = new Set(places.flatMap(({ privateSubnets }) => privateSubnets));
  // A deployed zone is not given more subnets than its owner named.
  const acrossZones = places.length === 0 ? [] : kept.filter((view) => !placed.has(view));
  const added = places.flatMap((place, index): ProposedZone[] => {
    const letter = letters[index];
    const others = acrossZones.filter((view) => homeOf(view, places) === place);
    const privateSubnetIds = [...place.privateSubnets, ...others].map(({ subnet }) => subnet.id);
    return letter === undefined || privateSubnetIds.length === 0
      ? []
      : [{ letter, publicSubnetId: place.publicSubnet.subnet.id, privateSubnetIds }];
  });
  const zones = [...deployed, ...added].sort((one, other) => compare(one.letter, other.letter));
  const keptOut = (isFull ? possible : []).map(({ publicSubnet }) => publicSubnet.subnet.availabilityZone);
  const narrow = lanes === 1 ? [] : narrowPlaces(fit, kept, roomIn);
  return { zones, acrossZones, leftIsolated, keptOut, narrow };
}

function narrowPlaces(
  publicSubnets: readonly SubnetView[],
  privateSubnets: readonly SubnetView[],
  roomIn: Choice['roomIn'],
): NarrowPlace[] {
  const byPlace = Map.groupBy(privateSubnets, ({ subnet }) => subnet.availabilityZone);
  return [...byPlace]
    .map(([availabilityZone, own]) => ({
      availabilityZone,
      wanted: roomIn(availabilityZone),
      publicSubnets: publicSubnets.filter(({ subnet }) => subnet.availabilityZone === availabilityZone)
        .length,
      privateTables: new Set(own.map((view) => view.table ?? view)).size,
    }))
    .filter(({ wanted, ...free }) => Math.min(free.publicSubnets, free.privateTables) < wanted);
}

function canHoldNat(view: SubnetView, inventory: Inventory): boolean {
  return isPublic(view) && unfitPlace(view.subnet, ofStack(inventory)) === undefined;
}

/** A database subnet that has no way out should not be given one by a command that is copied unread. */
function leaveIsolated(candidates: readonly SubnetView[]): {
  kept: readonly SubnetView[];
  leftIsolated: readonly SubnetView[];
} {
  const withWayOut = new Set(candidates.filter(hasDefaultRoute).map(({ subnet }) => subnet.availabilityZone));
  const isIsolated = (view: SubnetView) =>
    !hasDefaultRoute(view) && withWayOut.has(view.subnet.availabilityZone);
  return {
    kept: candidates.filter((view) => !isIsolated(view)),
    leftIsolated: candidates.filter(isIsolated),
  };
}

function hasDefaultRoute({ table }: SubnetView): boolean {
  return table?.defaultRoute !== undefined;
}

type Choice = {
  readonly inventory: Inventory;
  /** How many zones more an Availability Zone is to have. */
  readonly roomIn: (availabilityZone: string) => number;
};

function choosePlaces(
  publicSubnets: readonly SubnetView[],
  privateSubnets: readonly SubnetView[],
  { inventory, roomIn }: Choice,
): Place[] {
  const byPlace = [...Map.groupBy(publicSubnets, ({ subnet }) => subnet.availabilityZone)];
  const lanes = byPlace
    .sort(([one], [other]) => compare(one, other))
    .map(([availabilityZone, choice]) => {
      const own = privateSubnets.filter(({ subnet }) => subnet.availabilityZone === availabilityZone);
      return lanesOf(bestFirst(choice, inventory), own, roomIn(availabilityZone));
    });
  // The first of each Availability Zone before any has its second.
  const most = Math.max(0, ...lanes.map(({ length }) => length));
  const places = Array.from({ length: most }, (_, nth) => lanes.flatMap((each) => each[nth] ?? [])).flat();
  const withPrivate = places.filter((place) => place.privateSubnets.length > 0);
  // A zone without private subnets serves nothing, unless those of other Availability Zones have nowhere else to go.
  return withPrivate.length > 0 ? withPrivate : places.slice(0, 1);
}

/** As many as there is room for, and public subnets and private tables for: one table cannot serve two zones. */
function lanesOf(publicSubnets: readonly SubnetView[], own: readonly SubnetView[], room: number): Place[] {
  const byTable = [...Map.groupBy(own, (view) => view.table ?? view).values()];
  const count = Math.min(room, publicSubnets.length, Math.max(1, byTable.length));
  const lanes = publicSubnets
    .slice(0, count)
    .map((publicSubnet) => ({ publicSubnet, served: new Set<SubnetView>() }));
  for (const views of byTable.toSorted((one, other) => other.length - one.length)) {
    const [least] = lanes.toSorted((one, other) => one.served.size - other.served.size);
    for (const view of views) least?.served.add(view);
  }
  return lanes.map(({ publicSubnet, served }) => ({
    publicSubnet,
    privateSubnets: own.filter((view) => served.has(view)),
  }));
}

/**
 * Those that Block Public Access does not cut off, first of all; of them those with room, and of these that which a NAT
 * gateway is in, which others have found fit.
 */
function bestFirst(choice: readonly SubnetView[], inventory: Inventory): SubnetView[] {
  const { natGateways } = inventory;
  const merit = ({ subnet }: SubnetView) =>
    (accessOf(subnet, inventory).kind === 'blocked' ? 0 : 4) +
    (subnet.freeAddresses >= fewWithStandIns ? 2 : 0) +
    (natGateways.some(({ subnetId }) => subnetId === subnet.id) ? 1 : 0);
  return choice.toSorted((one, other) => merit(other) - merit(one));
}

/** One route table cannot serve two zones, so a subnet follows its table. */
function homeOf(view: SubnetView, places: readonly Place[]): Place | undefined {
  const sharing = places.find(({ privateSubnets }) =>
    privateSubnets.some(({ table }) => table !== undefined && table === view.table),
  );
  return sharing ?? places[0];
}
