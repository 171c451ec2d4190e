import type { Diagnosed } from '../diagnose/diagnose.ts';
import { type Drift, driftOf } from '../diagnose/drift.ts';
import type { ZoneView } from '../diagnose/zone-view.ts';
import { clientToken, sparesInVain } from '../launch/client-token.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import { type Finding, finding } from '../model/finding.ts';
import { leadsToUs } from '../model/own-resources.ts';
import type { NatInterface, RouteTable } from '../model/snapshot.ts';
import type { ControllerStep, InterfaceRef, Wave } from '../model/step.ts';
import type { Help } from './help.ts';
import { type ChosenLaunch, planLaunch, secondAddress, toldOfClients } from './launch.ts';
import type { Stack } from './stack.ts';
import { type PlanContext, type WithPrimary, type ZonePlan, zonePlan } from './zone-plan.ts';

/**
 * The fast path: a zone without a primary. The interface is made first, so that the Elastic IP and every route can be
 * aimed at it in one wave before the instance exists: an Elastic IP cannot be moved to the interface of a *pending*
 * instance (`IncorrectInstanceState`).
 */
export function recover(diagnosis: Diagnosed, stack: Pick<Stack, 'markets'>, context: PlanContext): ZonePlan {
  return planLaunch(diagnosis, stack, context, (choice) => recoveryWaves(diagnosis, choice, context));
}

function recoveryWaves(diagnosis: Diagnosed, choice: ChosenLaunch, context: PlanContext): Wave[] {
  const { view, zone } = diagnosis;
  const spare = freeInterface(diagnosis);
  const ref: InterfaceRef = spare === undefined ? { kind: 'created' } : { kind: 'interface', id: spare.id };
  const prepare: ControllerStep[] =
    spare === undefined ? [createInterface('interface', diagnosis, context)] : [];
  // A new interface is made with the check on: neither CreateNetworkInterface nor RunInstances can switch it off.
  const check: ControllerStep[] = spare === undefined ? [{ kind: 'disable-source-dest-check', on: ref }] : [];
  const cutover = [...check, ...driftOf(view, spare).flatMap((drift) => aimingStep(drift, ref, diagnosis))];
  const { instanceType, image, spot } = choice;
  const launch: ControllerStep = {
    kind: 'launch',
    zone: zone.name,
    instanceType,
    ...(spot === undefined ? {} : { spot }),
    image,
    on: ref,
    ...toldOfClients(diagnosis, context),
    clientToken: clientToken(
      'launch',
      [instanceType, image.id, ...(spot ? ['spot'] : [])],
      diagnosis,
      context,
    ),
  };
  return [prepare, cutover, [launch]];
}

type CreateInterface = Extract<ControllerStep, { kind: 'create-interface' }>;

function createInterface(
  purpose: 'interface' | 'spare',
  diagnosis: Diagnosed,
  context: PlanContext,
): CreateInterface {
  const { name, publicSubnetId } = diagnosis.zone;
  return {
    kind: 'create-interface',
    zone: name,
    subnetId: publicSubnetId,
    ...secondAddress(diagnosis, context),
    clientToken: clientToken(purpose, [publicSubnetId], diagnosis, context),
  };
}

/**
 * An interface of this zone that is free: kept for this, left by a run that was cut short, or by an instance that is gone.
 * The one that already has the Elastic IP first, then by id, so that two controllers pick the same.
 */
function freeInterface({ view, zone }: Diagnosed): NatInterface | undefined {
  return view.interfaces
    .filter((entry) => entry.status === 'available' && entry.subnetId === zone.publicSubnetId)
    .toSorted((a, b) => {
      const holds = (entry: NatInterface) => (entry.id === view.address?.interfaceId ? 0 : 1);
      return holds(a) - holds(b) || (a.id < b.id ? -1 : 1);
    })[0];
}

/**
 * Before anything is made: the zone's Elastic IP to the neighbour's secondary private address, and its routes to that
 * interface, in one wave: what one of the two leads elsewhere before the other does is lost. A new instance is then launched
 * at leisure.
 */
export function toNeighbour(
  diagnosis: Diagnosed,
  { networkInterface: id, privateIp }: Extract<Help, { kind: 'proven' }>,
): Wave[] {
  const { view, zone } = diagnosis;
  const to: InterfaceRef = { kind: 'interface', id };
  // What works by something else stays there.
  const mayMove = ({ defaultRoute }: RouteTable) =>
    defaultRoute?.state !== 'active' || leadsToUs(defaultRoute.target, view);
  const address: ControllerStep = {
    kind: 'associate-address',
    allocationId: zone.allocationId,
    to,
    privateIp,
  };
  const routes = view.privateTables
    .filter(({ table }) => mayMove(table))
    .map(({ table }) => pointDefaultRoute(table, to));
  return [[address, ...routes]];
}

/**
 * While all is well, each zone keeps one interface that is free: when it loses its instance, its Elastic IP and routes are
 * aimed at that one a round trip earlier. What is amiss with it, its groups say, is put right in that very wave.
 */
export function keepSpare(diagnosis: WithPrimary, context: PlanContext): ZonePlan {
  const { view, zone, primary, health } = diagnosis;
  // One that is about to be free may do.
  const hasOthers = view.interfaces.some(({ id }) => id !== primary.interfaceId);
  if (context.settings.spareInterface === 'off' || health !== 'healthy' || hasOthers) {
    return zonePlan(zone.name, {});
  }
  const inVain = sparesInVain(diagnosis, context);
  if (context.memory.withoutSpare.has(zone.name) || inVain >= maxInVain) {
    return zonePlan(zone.name, { findings: [noSpare(diagnosis, inVain)] });
  }
  return zonePlan(zone.name, {
    waves: [
      [{ ...createInterface('spare', diagnosis, context), isSpare: true }],
      // It is also how one is noticed that a repeated token answered with, and that somebody has deleted since.
      [{ kind: 'disable-source-dest-check', on: { kind: 'created' } }],
    ],
  });
}

/** Where somebody deletes or untags each one, every run would make one more. The tokens are new ones each hour. */
const maxInVain = 6;

/** The zone is served all the same, and the next run asks again. */
function noSpare({ zone }: WithPrimary, inVain: number): Finding {
  return finding(
    'no-spare-interface',
    inVain >= maxInVain
      ? `EC2 answers each request for a spare network interface in ${zone.publicSubnetId} with ones that it made before, and that are deleted or have lost their tags (${inVain} so far): find out who deletes or untags them, and delete those without tags, or set SpareInterface=off`
      : `EC2 has no room for a spare network interface in ${zone.publicSubnetId}, so a failover has to make one first, for which there may be no room either; free an address there (or raise the account's quota of network interfaces, if that is full), or set SpareInterface=off`,
  );
}

/** The one that clean-up leaves: what the next recovery would take. */
export function keptInterface(diagnosis: WithPrimary, { settings }: PlanContext): NatInterface | undefined {
  return settings.spareInterface === 'on' ? freeInterface(diagnosis) : undefined;
}

/** What stands in has its own zone's Elastic IP on the primary address. */
function besideOwn({ standIn }: ZoneView, to: InterfaceRef): { readonly privateIp?: string } {
  return to.kind === 'interface' && to.id === standIn?.networkInterface.id
    ? { privateIp: standIn.privateIp }
    : {};
}

/** The call that ends a drift; none for a route that something else serves: it stays until our instance is ready. */
export function aimingStep(drift: Drift, ref: InterfaceRef, diagnosis: Diagnosed): ControllerStep[] {
  switch (drift.kind) {
    case 'source-dest-check':
      return [{ kind: 'disable-source-dest-check', on: ref }];
    case 'security-groups':
      return [{ kind: 'set-security-groups', on: ref, groupIds: diagnosis.view.securityGroupIds }];
    case 'address':
      return [
        {
          kind: 'associate-address',
          allocationId: diagnosis.zone.allocationId,
          to: ref,
          ...besideOwn(diagnosis.view, ref),
        },
      ];
    case 'route':
      return drift.servedByOther ? [] : [pointDefaultRoute(drift.table, ref)];
  }
}
