import { assertNever } from '../model/assert.ts';
import type { AwsFailure } from '../model/failure.ts';
import type { ClientToken, InstanceId, InterfaceId, ZoneName } from '../model/ids.ts';
import { isCutover, type Step } from '../model/step.ts';
import type { EpochMs } from '../model/time.ts';
import {
  describeLagMs,
  forgetCarrier,
  forgetRequests,
  launchVisibleWithinMs,
  type Memory,
  rememberAddress,
  rememberApplied,
  rememberLaunch,
  rememberMark,
  spendToken,
} from './memory.ts';
import { addGoneInterface, refuse, refuseImage, refuseType } from './refused.ts';

/** What a step's call answered. */
export type Effect =
  | { readonly kind: 'done' }
  | { readonly kind: 'interface-created'; readonly interfaceId: InterfaceId }
  | {
      readonly kind: 'launched';
      readonly instanceId: InstanceId;
      readonly interfaceId?: InterfaceId;
      readonly launchedAt?: EpochMs;
    }
  /** The client token was known to EC2: it answered with what is dead, or not ours any more. */
  | {
      readonly kind: 'replayed-dead';
      readonly instanceId: InstanceId | InterfaceId;
      readonly state: string;
    };

/**
 * A launch that was answered with an old instance has launched nothing: were it one of ours that is listed, it would
 * have been asked for with another token. So its tag has been taken off, and its token is spent.
 */
export function freshOrReplayed(effect: Effect, now: EpochMs): Effect {
  return effect.kind === 'launched' &&
    effect.launchedAt !== undefined &&
    now - effect.launchedAt > launchVisibleWithinMs
    ? { kind: 'replayed-dead', instanceId: effect.instanceId, state: 'old, and not listed with our tags' }
    : effect;
}

/** In which zone, and when, a call was answered. */
type Answered = { readonly zone: ZoneName; readonly now: EpochMs };

/** Remembers the effect of a step that EC2 has performed. */
export function learnFromEffect(memory: Memory, step: Step, effect: Effect, { zone, now }: Answered): Memory {
  const applied = rememberAddress(rememberApplied(memory, zone, step, now), zone, step, now);
  const noted = isCutover(step) ? forgetRequests(forgetCarrier(applied, zone), zone, now) : applied;
  switch (effect.kind) {
    case 'done':
      return step.kind === 'mark-for-replacement' ? rememberMark(noted, step.instanceId, step.mark) : noted;
    case 'interface-created':
      return noted;
    case 'launched':
      return rememberLaunch(noted, zone, effect.instanceId, now);
    case 'replayed-dead':
      return 'clientToken' in step ? spendToken(memory, step.clientToken) : memory;
    default:
      return assertNever(effect);
  }
}

/** A note may name anything: an image of another architecture, say. Then it is as if there were none. */
function learnFromRejection(memory: Memory, zone: ZoneName, step: Step): Memory {
  const isOfNote = step.kind === 'launch' && step.image.noted === true;
  if (!isOfNote) {
    return memory;
  }
  return refuseImage(memory, zone, step.image.id);
}

/** What EC2 says where there is no room for a second private address. */
const noRoom: readonly string[] = ['InsufficientFreeAddressesInSubnet', 'PrivateIpAddressLimitExceeded'];

function asksForSecondAddress(step: Step): boolean {
  return (
    step.kind === 'assign-secondary-address' ||
    (step.kind === 'create-interface' && step.secondary === true) ||
    (step.kind === 'launch' && step.on.kind === 'new-interface' && step.on.secondary === true)
  );
}

/** What a zone can do without is not asked for again in this run: it would only hold up the rest. */
function doWithout(
  memory: Memory,
  zone: ZoneName,
  step: Step,
  { code, kind }: AwsFailure,
): Memory | undefined {
  if (noRoom.includes(code) && asksForSecondAddress(step)) {
    return refuse(memory, 'oneAddressOnly', zone);
  }
  if (kind === 'quota' && step.kind === 'create-interface' && step.isSpare === true) {
    return refuse(memory, 'withoutSpare', zone);
  }
  if (step.kind === 'associate-address' && step.privateIp !== undefined) {
    return refuse(memory, 'withoutStandIn', zone);
  }
  return step.kind === 'associate-address' && step.isAwaited === true && kind !== 'not-found'
    ? refuse(memory, 'withoutAddress', zone)
    : undefined;
}

/**
 * Spot is refused where a launch on demand may not be: of that type for want of capacity, of any where the quota is used up,
 * the account has no role for Spot, or a policy denies it. An outage does not wait for the reason to pass: the very next
 * request is on demand. Undefined: the failure has nothing to do with Spot.
 */
function withoutSpot(memory: Memory, zone: ZoneName, step: Step, { kind }: AwsFailure): Memory | undefined {
  if (step.kind !== 'launch' || step.spot !== true) {
    return undefined;
  }
  switch (kind) {
    case 'capacity':
      return spendToken(refuseType(memory, zone, step.instanceType, 'refusedSpot'), step.clientToken);
    case 'unsupported':
      return refuseType(memory, zone, step.instanceType, 'refusedSpot');
    case 'quota':
      // Whether EC2 had accepted the request by then is not known; a token that is left out costs nothing.
      return spendToken(refuse(memory, 'withoutSpot', zone), step.clientToken);
    case 'permission':
    case 'rejected':
      return refuse(memory, 'withoutSpot', zone);
    default:
      return undefined;
  }
}

/** Remembers the failure of a step, so that the next plan chooses otherwise. */
export function learnFromFailure(
  memory: Memory,
  step: Step,
  failure: AwsFailure,
  { zone, now }: Answered,
): Memory {
  const without = doWithout(memory, zone, step, failure) ?? withoutSpot(memory, zone, step, failure);
  if (without !== undefined) {
    return without;
  }
  switch (failure.kind) {
    case 'capacity':
      // EC2 had accepted the request, and its token stands for these parameters from now on (seen; in no document).
      return step.kind === 'launch'
        ? spendToken(refuseType(memory, zone, step.instanceType), step.clientToken)
        : memory;
    // A request that EC2 rejects leaves its token unused: a controller that knows better reuses it.
    case 'unsupported':
      return step.kind === 'launch' ? refuseType(memory, zone, step.instanceType) : memory;
    case 'image-unavailable':
      return step.kind === 'launch' ? refuseImage(memory, zone, step.image.id) : memory;
    case 'rejected':
      return learnFromRejection(memory, zone, step);
    case 'token-mismatch':
      return 'clientToken' in step ? addMismatch(memory, step.clientToken, now) : memory;
    case 'token-spent':
      return 'clientToken' in step ? spendToken(memory, step.clientToken) : memory;
    case 'not-found': {
      const interfaceId = interfaceOf(step);
      return interfaceId === undefined ? memory : addMissing(memory, zone, interfaceId);
    }
    default:
      return memory;
  }
}

/**
 * Somebody has asked for something else with this token: most likely a controller of another deployment, a moment ago,
 * and what it launched will be listed soon. Only if it is not is the token spent.
 */
function addMismatch(memory: Memory, token: ClientToken, now: EpochMs): Memory {
  const since = memory.mismatchedSince.get(token);
  if (since === undefined) {
    return { ...memory, mismatchedSince: new Map([...memory.mismatchedSince, [token, now]]) };
  }
  return now - since < 2 * describeLagMs ? memory : spendToken(memory, token);
}

function interfaceOf(step: Step): InterfaceId | undefined {
  switch (step.kind) {
    case 'disable-source-dest-check':
    case 'set-security-groups':
    case 'launch':
      return step.on.kind === 'interface' ? step.on.id : undefined;
    case 'associate-address':
    case 'set-default-route':
      return step.to.kind === 'interface' ? step.to.id : undefined;
    default:
      return undefined;
  }
}

/**
 * EC2 may not find what it made a moment ago, so the first NotFound proves nothing; the second, a describe lag later,
 * says that a replayed token answered with an interface that has been deleted since.
 */
function addMissing(memory: Memory, zone: ZoneName, interfaceId: InterfaceId): Memory {
  return memory.missedInterfaces.has(interfaceId)
    ? addGoneInterface(memory, zone, interfaceId)
    : { ...memory, missedInterfaces: new Set([...memory.missedInterfaces, interfaceId]) };
}
