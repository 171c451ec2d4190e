import { tableServing } from '../diagnose/zone-view.ts';
import { describeLagMs } from '../memory/memory.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import type { AllocationId, InterfaceId, RouteTableId, SubnetId } from '../model/ids.ts';
import { leadsToUs, ownResources, withAttached } from '../model/own-resources.ts';
import type { Settings } from '../model/settings.ts';
import {
  type Address,
  isAlive,
  type NatInstance,
  type NatInterface,
  type RouteTable,
  type Snapshot,
} from '../model/snapshot.ts';
import type { Step, Wait } from '../model/step.ts';
import { type DurationMs, type EpochMs, leastClockOffsetMs, minuteMs, secondMs } from '../model/time.ts';
import { otherStackOf } from '../plan/takeovers.ts';
import { strandedIn, takeOff } from './stranded-addresses.ts';

/** What goes. */
export type RemovalScope =
  /** All of it: the stack is deleted. */
  | { readonly kind: 'everything' }
  /** What the settings no longer name, and nothing else; and what they named before. */
  | {
      readonly kind: 'unnamed';
      readonly formerPrivateSubnetIds: readonly SubnetId[];
      readonly formerAllocationIds: readonly AllocationId[];
    };

export type RemovalContext = {
  readonly settings: Settings;
  readonly scope: RemovalScope;
  /** In EC2's time, as all that writes a pause tells it. */
  readonly now: EpochMs;
  /** Where routes were to be put back to, and EC2 said that it is gone. */
  readonly goneTargets: ReadonlySet<string>;
  /** The tables whose routes this run has put back, and when. */
  readonly givenBack: ReadonlyMap<RouteTableId, EpochMs>;
};

/** What to do next: a wave, or something to wait for. */
export type RemovalPlan = {
  /** One wave: they leave together. */
  readonly steps: readonly Step[];
  readonly waits: readonly Wait[];
  /** These steps are the last: when they have succeeded, everything is removed. */
  readonly last: boolean;
};

/** The controller's time-out in the template. */
const longestRunMs: DurationMs = 60 * secondMs;

/**
 * A controller that began before the zones were paused may still act on what it saw, for as long as it can run. Who wrote
 * when the pause began and who reads it may each be off by what is taken for no difference; the rest is for EC2's answers
 * to catch up.
 */
export const quietAfterMs: DurationMs = longestRunMs + 2 * leastClockOffsetMs + 2 * describeLagMs;

/**
 * The next wave of giving back what Phoenat has: controllers silenced, routes as found, then instances, then interfaces,
 * then our notes. An earlier concern is settled before a later one is touched, so that traffic has its old way before
 * the new one is taken down. Pure.
 */
export function planRemoval(snapshot: Snapshot, context: RemovalContext): RemovalPlan {
  const { instances, interfaces, addresses, routeTables } = snapshot;
  const unread = [instances, interfaces, addresses, routeTables].flatMap(problemsOf);
  if (unread.length > 0 || !instances.known || !interfaces.known || !addresses.known || !routeTables.known) {
    // Nothing is terminated or deleted on the strength of an answer that is not whole.
    return waiting(unread.map((detail) => ({ detail: `EC2 to answer: ${detail}`, pollMs: 5 * secondMs })));
  }
  const all = withAttached(interfaces.value.items, instances.value.items);
  const stock: Stock = {
    instances: instances.value.items.filter((entry) => isDoomed(entry, context)),
    interfaces: all.filter((entry) => isDoomed(entry, context)),
    addresses: context.scope.kind === 'everything' ? addresses.value.items : [],
    stranded: strandedIn(addresses.value.items, {
      former: new Set(context.scope.kind === 'everything' ? [] : context.scope.formerAllocationIds),
      named: new Set(context.settings.zones.map(({ allocationId }) => allocationId)),
      staying: new Set(all.filter((entry) => !isDoomed(entry, context)).map(({ id }) => id)),
    }),
    carriers: carriersIn(addresses.value.items, context),
    tables: tablesToGiveBack(routeTables.value.items, instances.value.items, interfaces.value.items, context),
    notedIds: new Set(
      routeTables.value.items.filter((table) => bearsTagOfOurs(table, context)).map(({ id }) => id),
    ),
  };
  return (
    silence(stock, context) ??
    giveRoutesBack(stock, context) ??
    doing(stock.stranded.flatMap(takeOff)) ??
    removeInstances(stock) ??
    removeInterfaces(stock) ??
    stayQuiet(stock, context) ??
    forget(stock, context)
  );
}

type Stock = {
  readonly instances: readonly NatInstance[];
  readonly interfaces: readonly NatInterface[];
  readonly addresses: readonly Address[];
  /** Where another zone's instance stood in. */
  readonly stranded: readonly Address[];
  /** Interfaces that a zone is carried on which stays: an instance of a zone that goes may stand in for it. */
  readonly carriers: ReadonlyMap<InterfaceId, Address>;
  readonly tables: readonly TableToGiveBack[];
  /** Every table that bears a note or our mark, but for those that another stack has marked as its own. */
  readonly notedIds: ReadonlySet<RouteTableId>;
};

type TableToGiveBack = { readonly table: RouteTable; readonly leadsToUs: boolean };

function problemsOf(part: Snapshot['instances' | 'interfaces' | 'addresses' | 'routeTables']): string[] {
  return part.known ? part.value.flaws.map(({ detail }) => detail) : [part.detail];
}

function carriersIn(
  addresses: readonly Address[],
  { settings, scope }: RemovalContext,
): ReadonlyMap<InterfaceId, Address> {
  const staying = new Set(scope.kind === 'everything' ? [] : settings.zones.map((zone) => zone.allocationId));
  return new Map(
    addresses.flatMap((address) =>
      staying.has(address.allocationId) && address.interfaceId !== undefined
        ? [[address.interfaceId, address] as const]
        : [],
    ),
  );
}

function isDoomed({ zone }: NatInstance | NatInterface, { settings, scope }: RemovalContext): boolean {
  return scope.kind === 'everything' || settings.zones.every(({ name }) => name !== zone);
}

function tablesToGiveBack(
  tables: readonly RouteTable[],
  instances: readonly NatInstance[],
  interfaces: readonly NatInterface[],
  context: RemovalContext,
): TableToGiveBack[] {
  const { settings, scope } = context;
  const own = ownResources(instances, interfaces);
  const named = tablesOf(
    settings.zones.flatMap(({ privateSubnetIds }) => privateSubnetIds),
    tables,
    settings,
  );
  const former = tablesOf(scope.kind === 'unnamed' ? scope.formerPrivateSubnetIds : [], tables, settings);
  // Another stack in the same network notes its tables under the same tag: a note alone does not make a table ours. Nor do
  // the settings: a deployment that was refused because another stack serves the table is taken down like any other. Our
  // mark does, also where the subnets have another table by now.
  const isNoted = (table: RouteTable) =>
    (named.has(table.id) || former.has(table.id) || isMarkedAsOurs(table, context)) &&
    bearsTagOfOurs(table, context);
  return tables
    .map((table) => ({
      // A route back to ourselves restores nothing, whatever wrote the note.
      table: leadsToUs(table.remembered, own)
        ? { ...table, remembered: { kind: 'no-route' } as const }
        : table,
      leadsToUs: leadsToUs(table.defaultRoute?.target, own) || (isNoted(table) && leadsToNothing(table)),
    }))
    .filter(({ table }) => scope.kind === 'everything' || !named.has(table.id))
    .filter((entry) => entry.leadsToUs || isNoted(entry.table));
}

function bearsTagOfOurs(table: RouteTable, context: RemovalContext): boolean {
  const { remembered, oddNote } = table;
  const isOfOther = otherStackOf(table, context.settings.stack) !== undefined;
  const hasNote = remembered !== undefined || oddNote !== undefined;
  return !isOfOther && (hasNote || isMarkedAsOurs(table, context));
}

/** A route taken over from anything but a NAT gateway, after the deployment, bears the mark alone. */
function isMarkedAsOurs({ takenOver }: RouteTable, { settings }: RemovalContext): boolean {
  return takenOver?.by === settings.stack;
}

/**
 * A blackhole in a table that we took over: the interface of an instance that has ended is gone with it, and what it led
 * to can no longer be told from our own. Only what it was found to be is left alone, whether or not that still works.
 */
function leadsToNothing({ defaultRoute: route, remembered }: RouteTable): boolean {
  const isOfInstance = route?.target.kind === 'interface' || route?.target.kind === 'instance';
  const isAsFound =
    remembered !== undefined && remembered.kind !== 'no-route' && remembered.id === route?.target.id;
  return isOfInstance && route?.state === 'blackhole' && !isAsFound;
}

function tablesOf(
  subnetIds: readonly SubnetId[],
  tables: readonly RouteTable[],
  { vpcId }: Settings,
): ReadonlySet<RouteTableId> {
  return new Set(subnetIds.flatMap((id) => tableServing(tables, vpcId, id)?.id ?? []));
}

/** Controllers look at paused zones and leave them alone: none may build again what is being taken down. */
function silence({ addresses }: Stock, { now }: RemovalContext): RemovalPlan | undefined {
  const since = new Date(now).toISOString();
  // A pause that cannot be dated says nothing of how long it has been quiet: it begins now.
  const loud = addresses.filter(({ pausedSince }) => !isDated(pausedSince, now));
  return doing(loud.map(({ allocationId }) => ({ kind: 'pause', allocationId, since })));
}

function isDated(pausedSince: string | undefined, now: EpochMs): boolean {
  // The clocks of two machines may differ by a minute.
  return Date.parse(pausedSince ?? '') <= now + minuteMs;
}

function giveRoutesBack({ tables }: Stock, context: RemovalContext): RemovalPlan | undefined {
  const ours = tables.filter(({ leadsToUs }) => leadsToUs).map(({ table }) => table);
  const isDone = ({ id }: RouteTable) =>
    context.now - (context.givenBack.get(id) ?? Number.NEGATIVE_INFINITY) < describeLagMs;
  const shown = ours.filter(isDone).map(({ id }) => ({
    detail: `EC2 to show the route of ${id} as it was put back`,
    pollMs: secondMs,
  }));
  return (
    doing(ours.filter((table) => !isDone(table)).map((table) => routeBack(table, context))) ??
    (shown.length === 0 ? undefined : waiting(shown))
  );
}

/** As it was found; without a note of it, or where what it led to is gone, there is nothing to lead to. */
function routeBack(table: RouteTable, { goneTargets }: RemovalContext): Step {
  const { remembered, id: routeTableId } = table;
  return remembered === undefined || remembered.kind === 'no-route' || goneTargets.has(remembered.id)
    ? { kind: 'delete-default-route', routeTableId }
    : pointDefaultRoute(table, remembered);
}

function removeInstances({ instances, carriers }: Stock): RemovalPlan | undefined {
  const guestOf = ({ interfaceId }: NatInstance) => interfaceId && carriers.get(interfaceId);
  // What is stopping may hold that for whom it carries.
  const mayGo = (entry: NatInstance) => isAlive(entry) || entry.state === 'stopping';
  const doomed = instances.filter(
    (entry) => entry.state === 'stopped' || (mayGo(entry) && guestOf(entry) === undefined),
  );
  const carrying = instances.filter(mayGo).flatMap((entry) => {
    const guest = guestOf(entry);
    return guest === undefined
      ? []
      : [waitFor(`the zone that ${entry.id} stands in for to be home${whereHeld(guest)}`)];
  });
  const ending = instances.filter(({ state }) => state === 'shutting-down');
  return (
    doing(doomed.map(({ id }) => ({ kind: 'terminate', instanceId: id }))) ??
    (carrying.length === 0 ? undefined : waiting(carrying)) ??
    // Its interfaces, and with them the security group, are in use until it has ended.
    (ending.length === 0 ? undefined : waiting(ending.map(({ id }) => waitFor(`${id} to end`))))
  );
}

/** It does not go home while it is paused. */
function whereHeld({ pausedSince }: Address): string {
  return pausedSince === undefined ? '' : `, which is paused since ${pausedSince}: resume it`;
}

function removeInterfaces({ interfaces, instances }: Stock): RemovalPlan | undefined {
  const ended = new Set(instances.map(({ id }) => id));
  const isFree = ({ status, attachedTo }: NatInterface) =>
    status === 'available' || (attachedTo !== undefined && ended.has(attachedTo));
  const free = interfaces.filter(isFree);
  const occupied = interfaces.filter((entry) => !isFree(entry));
  return (
    doing(free.map(({ id }) => ({ kind: 'delete-interface', interfaceId: id }))) ??
    (occupied.length === 0
      ? undefined
      : waiting(
          occupied.map(({ id, attachedTo }) =>
            waitFor(`${attachedTo ?? 'whoever has it'} to let go of ${id}`),
          ),
        ))
  );
}

function stayQuiet({ addresses }: Stock, { now }: RemovalContext): RemovalPlan | undefined {
  const quietAt = Math.max(...addresses.map(({ pausedSince }) => Date.parse(pausedSince ?? '') || 0));
  const remainingMs = quietAt + quietAfterMs - now;
  return remainingMs > 0
    ? waiting([
        {
          detail: 'controllers that were running when the zones were paused to end',
          pollMs: Math.min(remainingMs, 15 * secondMs),
        },
      ])
    : undefined;
}

/** Also the pause goes: an address may be somebody's own, and serve in another stack tomorrow. */
function forget({ addresses, tables, notedIds }: Stock, context: RemovalContext): RemovalPlan {
  const ids = new Set([...tables.map(({ table }) => table.id), ...context.givenBack.keys()]);
  // Our policy lets tags be taken off tables that bear them only: asking for others would be refused.
  const routeTableIds = [...ids].filter((id) => notedIds.has(id));
  const steps: Step[] = [
    ...routeTableIds.map((routeTableId) => ({ kind: 'forget-route', routeTableId }) as const),
    ...addresses.map(({ allocationId }) => ({ kind: 'forget-address', allocationId }) as const),
  ];
  return { steps, waits: [], last: true };
}

function waitFor(detail: string): Wait {
  return { detail, pollMs: 5 * secondMs };
}

function doing(steps: readonly Step[]): RemovalPlan | undefined {
  return steps.length === 0 ? undefined : { steps, waits: [], last: false };
}

function waiting(waits: readonly Wait[]): RemovalPlan {
  return { steps: [], waits, last: false };
}
