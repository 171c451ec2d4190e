import type { Diagnosed } from '../diagnose/diagnose.ts';
import { isAtFault } from '../diagnose/readiness.ts';
import { failsByRequestsAlone, isToBeReplaced } from '../diagnose/replacement-reasons.ts';
import { chooseLaunch, type LaunchChoice } from '../launch/choose-launch.ts';
import type { Market } from '../launch/market.ts';
import { unlistedLaunch } from '../launch/unlisted-launch.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { NatInstance } from '../model/snapshot.ts';
import type { ControllerStep, Wave } from '../model/step.ts';
import { markOf } from '../neighbours/stand-in.ts';
import type { Stack } from './stack.ts';
import { type PlanContext, type WithPrimary, type ZonePlan, zonePlan } from './zone-plan.ts';

export type ChosenLaunch = Extract<LaunchChoice, { kind: 'launch' }> & { readonly spot?: true };

/** For another zone's Elastic IP; not where EC2 has just refused it: a launch must not fail for that. */
export function secondAddress(
  { view, zone }: Pick<Diagnosed, 'view' | 'zone'>,
  { memory }: Pick<PlanContext, 'memory'>,
): { readonly secondary?: true } {
  return view.otherCidrs.length === 0 || memory.oneAddressOnly.has(zone.name) ? {} : { secondary: true };
}

export function toldOfClients(
  { view: { ownCidrs, otherCidrs: cidrs, natCidrs: nats } }: Pick<Diagnosed, 'view'>,
  { digest }: Pick<PlanContext, 'digest'>,
): Pick<Extract<ControllerStep, { kind: 'launch' }>, 'others' | 'clients'> {
  return {
    ...(cidrs.length === 0 ? {} : { others: { cidrs, nats, mark: markOf(cidrs, digest) } }),
    ...(ownCidrs.length === 0 ? {} : { clients: ownCidrs }),
  };
}

/**
 * The plan of a launch, or why there is none now. Nothing is aimed or made unless there is something to launch, so a
 * selector that matches nothing leaves no half-done change.
 */
export function planLaunch(
  diagnosis: Diagnosed,
  { markets }: Pick<Stack, 'markets'>,
  context: PlanContext,
  wavesFor: (choice: ChosenLaunch) => readonly Wave[],
): ZonePlan {
  const zone = diagnosis.zone.name;
  const unlisted = unlistedLaunch(diagnosis, context);
  if (unlisted !== undefined) {
    return zonePlan(zone, { waits: [unlisted.wait], findings: [unlisted.finding] });
  }
  const choice = chooseLaunch(diagnosis, context);
  switch (choice.kind) {
    case 'needs-images':
      return zonePlan(zone, { needsImages: true });
    case 'wait':
      return zonePlan(zone, {
        waits: choice.wait === undefined ? [] : [choice.wait],
        findings: [choice.finding],
      });
    case 'refused':
      return zonePlan(zone, { findings: [choice.finding] });
    case 'launch': {
      const chosen = inMarket(choice, zone, markets.get(zone), context);
      return zonePlan(zone, { waves: wavesFor(chosen), findings: chosen.findings });
    }
  }
}

/** Each type from Spot first, where that is wanted, and on demand right after where EC2 has refused it. */
function inMarket(
  choice: ChosenLaunch,
  zone: ZoneName,
  market: Market | undefined,
  { memory }: PlanContext,
): ChosenLaunch {
  if (market?.kind !== 'spot') {
    return {
      ...choice,
      findings: [...choice.findings, ...(market?.finding === undefined ? [] : [market.finding])],
    };
  }
  const { instanceType } = choice;
  const isRefused = memory.withoutSpot.has(zone) || memory.refusedSpot.get(zone)?.has(instanceType) === true;
  return isRefused
    ? {
        ...choice,
        findings: [...choice.findings, finding('on-demand-instead', refusedHere(instanceType, zone))],
      }
    : { ...choice, spot: true };
}

function refusedHere(instanceType: string, zone: ZoneName): string {
  return `EC2 has refused a ${instanceType} as a Spot Instance, so the launch in zone ${zone} is on demand; the step that failed says why`;
}

/**
 * Another one that was left only because requests failed is there still, and they fail all the same: a third would fare no
 * better. Both stay: the one that has the traffic may well forward, and the other is what tells of it. One that is at fault
 * itself tells of nothing, and who asks for a rebuild gets it. A second one of another image than the one that works tells
 * less: then that image is tried, once.
 */
export function failsAlike(diagnosis: WithPrimary, context: PlanContext): Finding | undefined {
  const { view, zone, primary, surplus } = diagnosis;
  const isAlike = (other: NatInstance) =>
    other.state === 'running' &&
    !isToBeReplaced(view, other, context) &&
    !isAtFault(view, other, context.now);
  const mayBeBlameless = failsByRequestsAlone(diagnosis) && !isToBeReplaced(view, primary, context);
  const twins = mayBeBlameless ? surplus.filter(isAlike) : [];
  const [twin] = twins;
  const [youngest] = [primary, ...twins].toSorted((one, other) => other.launchedAt - one.launchedAt);
  const good = view.address?.lastGoodImage?.imageId ?? youngest?.imageId;
  return twins.length === 1 && youngest?.imageId !== good
    ? undefined
    : twin &&
        finding(
          'upstream-trouble',
          `requests of zone ${zone.name} fail through ${primary.id} as through ${twin.id}: the trouble is likely in neither, and nothing more is launched for it; see what the probe asks (ProbeTargets), its security group, and the network ACLs and routes of its subnet`,
        );
}
