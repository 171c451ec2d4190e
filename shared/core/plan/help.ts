import type { Diagnosed } from '../diagnose/diagnose.ts';
import { isHarmless } from '../diagnose/drift.ts';
import { isPublicAccessBlocked } from '../diagnose/public-access.ts';
import { isHandOver } from '../diagnose/replacement-reasons.ts';
import { natHealthOf } from '../diagnose/verdict.ts';
import { guestsOf } from '../diagnose/zone-view.ts';
import type { InstanceId, InterfaceId, ZoneName } from '../model/ids.ts';
import { isUnheard } from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { type DurationMs, minuteMs } from '../model/time.ts';
import { whoLooksAfter } from '../neighbours/ring.ts';
import { markOf, mayStandIn } from '../neighbours/stand-in.ts';
import type { PlanContext } from './zone-plan.ts';

/** `ask`: the neighbour's probe has not answered yet, which takes a moment. */
export type Help =
  | {
      readonly kind: 'proven';
      readonly instanceId: InstanceId;
      readonly networkInterface: InterfaceId;
      readonly privateIp: string;
    }
  | { readonly kind: 'ask'; readonly zone: ZoneName };

/** So young an instance has proven little. */
const newForMs: DurationMs = 2 * minuteMs;

/**
 * The neighbour's instance, where it is proven: it forwards, is at home, carries nobody else, was told of this zone's
 * addresses, and nothing is about to happen to it. So there is one hop at most, and no chain.
 */
export function helpFor(
  { zone, view, health, replacement }: Diagnosed,
  zones: readonly Diagnosed[],
  context: PlanContext,
): Help | undefined {
  const name = whoLooksAfter(zone.name, context.ring)?.name;
  const neighbour = zones.find((other) => other.zone.name === name);
  // Who is carried stays there, unless that goes down and another instance has taken its place.
  const isLeft = isHandOver(replacement) && view.standIn?.instance.id !== neighbour?.primary?.id;
  // Nobody carries a standby: the other instance is told of no clients of it.
  const mayMove = (view.standIn === undefined || isLeft) && health !== 'served-by-other';
  const isWanted = mayMove && mayStandIn(context.settings);
  if (!isWanted || neighbour === undefined || context.memory.withoutStandIn.has(zone.name)) {
    return undefined;
  }
  const { primary, primaryInterface } = neighbour;
  // An address of a Local Zone can be nowhere else.
  const isInReach = view.address?.networkBorderGroup === neighbour.view.address?.networkBorderGroup;
  const privateIp = primaryInterface?.secondaryIps?.[0];
  if (
    primary === undefined ||
    primaryInterface === undefined ||
    privateIp === undefined ||
    !isInReach ||
    !mayCarry(neighbour, primary, zone.name, context)
  ) {
    return undefined;
  }
  if (isUnheard(neighbour.view.readings)) {
    return context.memory.withoutWord.has(zone.name) ? undefined : { kind: 'ask', zone: neighbour.zone.name };
  }
  const isProven =
    neighbour.view.readings === undefined
      ? neighbour.primaryReady
      : neighbour.primaryProven &&
        natHealthOf(neighbour.view.readings, primary.id, context.now)?.standInIp === privateIp;
  return isProven
    ? { kind: 'proven', instanceId: primary.id, networkInterface: primaryInterface.id, privateIp }
    : undefined;
}

/** What is carried by a third zone's instance, or hands over its traffic, is to be replaced as well. */
function mayCarry(
  { view, replacement, candidate, drift }: Diagnosed,
  primary: NatInstance,
  zone: ZoneName,
  { now, digest }: PlanContext,
): boolean {
  const isLeaving = candidate !== undefined || (replacement !== undefined && replacement.cause !== 'planned');
  const isNew =
    now - primary.launchedAt < newForMs ||
    (view.address?.cutover?.to === primary.id && now - view.address.cutover.at < newForMs);
  return (
    !isLeaving &&
    !isNew &&
    !isPublicAccessBlocked(view.publicSubnet) &&
    drift.every(isHarmless) &&
    guestsOf(view, primary).every((guest) => guest === zone) &&
    primary.others === markOf(view.otherCidrs, digest)
  );
}
