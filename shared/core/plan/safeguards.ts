import type { Diagnosed } from '../diagnose/diagnose.ts';
import { routesTo } from '../diagnose/roles.ts';
import { carriesAddress, guestsOf } from '../diagnose/zone-view.ts';
import { finding } from '../model/finding.ts';
import type { InstanceId, RouteTableId } from '../model/ids.ts';
import type { ControllerStep } from '../model/step.ts';
import { type ZonePlan, zonePlan } from './zone-plan.ts';

/**
 * The plan, unless it would do what no plan of a zone may do. It is then a mistake of ours, and the whole plan is withheld:
 * nothing that it says is to be relied on. A person is called, and the other zones are healed as ever.
 */
export function withholdUnsafe(plan: ZonePlan, diagnosis: Diagnosed): ZonePlan {
  const steps = plan.waves.flat();
  const mistake =
    endsCarrier(steps, diagnosis) ??
    launchesAndEnds(steps) ??
    touchesUnnamed(steps, diagnosis) ??
    displacesOther(steps, diagnosis);
  return mistake === undefined
    ? plan
    : zonePlan(plan.zone, { findings: [...plan.findings, finding('plan-withheld', sentence(mistake))] });
}

function sentence(mistake: string): string {
  return `nothing is done in the zone, since the plan would ${mistake}: a mistake of Phoenat, which its maintainers want to hear of`;
}

/** Make before break: the traffic has moved, and a look has shown it, before an instance that had it is terminated. */
function endsCarrier(steps: readonly ControllerStep[], { view }: Diagnosed): string | undefined {
  const all = view.standIn === undefined ? view.instances : [...view.instances, view.standIn.instance];
  const carrier = all.find(
    (instance) =>
      instance.state === 'running' &&
      (guestsOf(view, instance).length > 0 ||
        (carriesAddress(view, instance.interfaceId) && routesTo(view, instance) > 0)) &&
      terminated(steps).includes(instance.id),
  );
  const guests = carrier === undefined ? [] : guestsOf(view, carrier);
  const what =
    guests.length > 0 ? `carries zone ${guests.join(', ')}` : "has the zone's Elastic IP and a default route";
  return carrier && `terminate ${carrier.id}, which ${what}`;
}

/** A new instance is not known to be healthy before the next look, so no other is terminated for it until then. */
function launchesAndEnds(steps: readonly ControllerStep[]): string | undefined {
  const [ended] = terminated(steps);
  return ended !== undefined && steps.some(({ kind }) => kind === 'launch')
    ? `launch an instance and terminate ${ended} at once`
    : undefined;
}

/** Only tables that serve a private subnet which the settings name for this zone. */
function touchesUnnamed(steps: readonly ControllerStep[], { view }: Diagnosed): string | undefined {
  const named = view.privateTables.map(({ table }) => table.id);
  const unnamed = steps.flatMap(tableOf).find((id) => !named.includes(id));
  return unnamed && `change ${unnamed}, which serves no private subnet of the zone`;
}

/** EC2 takes the address that is there off the private address that another one is moved to. */
function displacesOther(steps: readonly ControllerStep[], { view }: Diagnosed): string | undefined {
  const own = [
    ...view.interfaces.map(({ id }) => id),
    ...view.instances.flatMap(({ interfaceId }) => interfaceId ?? []),
  ];
  const displaced = steps
    .flatMap((step) => (step.kind === 'associate-address' && step.privateIp === undefined ? [step.to] : []))
    .flatMap((to) => (to.kind === 'interface' && !own.includes(to.id) ? (view.guests.get(to.id) ?? []) : []));
  return displaced[0] && `take the Elastic IP of zone ${displaced[0]} off its instance`;
}

function terminated(steps: readonly ControllerStep[]): InstanceId[] {
  return steps.flatMap((step) => (step.kind === 'terminate' ? [step.instanceId] : []));
}

function tableOf(step: ControllerStep): RouteTableId[] {
  return 'routeTableId' in step ? [step.routeTableId] : [];
}
