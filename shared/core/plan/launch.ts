import type { Diagnosed } from '../diagnose/diagnose.ts';
import { chooseLaunch, type LaunchChoice } from '../launch/choose-launch.ts';
import { unlistedLaunch } from '../launch/unlisted-launch.ts';
import type { ControllerStep, Wave } from '../model/step.ts';
import { markOf } from '../neighbours/stand-in.ts';
import { type PlanContext, type ZonePlan, zonePlan } from './zone-plan.ts';

export type ChosenLaunch = Extract<LaunchChoice, { kind: 'launch' }>;

/** For another zone's Elastic IP; not where EC2 has just refused it: a launch must not fail for that. */
export function secondAddress(
  { view, zone }: Pick<Diagnosed, 'view' | 'zone'>,
  { memory }: Pick<PlanContext, 'memory'>,
): { readonly secondary?: true } {
  return view.otherCidrs.length === 0 || memory.oneAddressOnly.has(zone.name) ? {} : { secondary: true };
}

export function toldOfOthers(
  { view: { otherCidrs: cidrs, natCidrs: nats } }: Pick<Diagnosed, 'view'>,
  { digest }: Pick<PlanContext, 'digest'>,
): Pick<Extract<ControllerStep, { kind: 'launch' }>, 'others'> {
  return cidrs.length === 0 ? {} : { others: { cidrs, nats, mark: markOf(cidrs, digest) } };
}

/**
 * The plan of a launch, or why there is none now. Nothing is aimed or made unless there is something to launch, so a
 * selector that matches nothing leaves no half-done change.
 */
export function planLaunch(
  diagnosis: Diagnosed,
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
    case 'launch':
      return zonePlan(zone, { waves: wavesFor(choice), findings: choice.findings });
  }
}
