import { leadsTo } from '../model/default-route.ts';
import { type NatHealth, wordOf } from '../model/reading.ts';
import { isAlive, isEnding, type NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';
import type { DiagnosisContext } from './diagnosis-context.ts';
import { hasEndedItself } from './given-up.ts';
import { isReadyByItsWord, isSilent } from './readiness.ts';
import { failsByRequestsAlone, isToBeReplaced, type Reason } from './replacement-reasons.ts';
import { passesChecks } from './status-checks.ts';
import { undoneAt, wasUndone } from './tried-in-vain.ts';
import { answerOf, answersIn, natHealthOf } from './verdict.ts';
import { carriesAddress, type ZoneView } from './zone-view.ts';

/**
 * The instance that should carry the zone's traffic: none whose traffic has gone back to another; then the one that has
 * the Elastic IP, then the one that most routes go to, then one that has not had the traffic in vain, then a running one,
 * then the oldest. Two controllers that see the same agree. An instance that an operator wants gone at once, or whose
 * launch never came to anything, is no primary.
 */
export function choosePrimary(
  view: ZoneView,
  alive: readonly NatInstance[],
  context: DiagnosisContext,
): NatInstance | undefined {
  if (view.standIn !== undefined) {
    // Its own instance, once there is one, is the candidate until the traffic has moved home.
    return view.standIn.instance;
  }
  const rank = (instance: NatInstance): readonly (number | string)[] => [
    hasGoneBack(view, instance, alive) ? 1 : 0,
    isLeftByCutover(view, instance, alive, context) ? 0 : 1,
    carriesAddress(view, instance.interfaceId) ? 0 : 1,
    -routesTo(view, instance),
    wasUndone(view, instance) ? 1 : 0,
    instance.state === 'running' ? 0 : 1,
    instance.launchedAt,
    instance.id,
  ];
  return alive
    .filter((instance) => instance.replaceMark?.reason !== 'rebuild-immediate')
    .filter((instance) => !isStuckPending(instance, context))
    .toSorted((a, b) => compareRanks(rank(a), rank(b)))[0];
}

/**
 * An instance that was there already has the traffic instead. One that was launched since is a candidate as any other:
 * where the former is gone, this one carries the traffic until that is ready.
 */
function hasGoneBack(view: ZoneView, instance: NatInstance, alive: readonly NatInstance[]): boolean {
  return undoneAt(view, instance).some((at) =>
    alive.some((other) => other.launchedAt < at && !wasUndone(view, other)),
  );
}

/**
 * Routes lead to it already, it is ready by its own word, and whoever has the Elastic IP still is not: a cutover from what
 * does not forward, of which the last call has failed. Nothing else shows that any more, since requests pass.
 */
function isLeftByCutover(
  view: ZoneView,
  instance: NatInstance,
  alive: readonly NatInstance[],
  { now }: DiagnosisContext,
): boolean {
  const isReady = (one: NatInstance) => isReadyByItsWord(view, one, now);
  const holder = alive.find((other) => carriesAddress(view, other.interfaceId));
  return (
    routesTo(view, instance) > 0 &&
    isReady(instance) &&
    holder !== undefined &&
    holder.id !== instance.id &&
    !isReady(holder)
  );
}

export function routesTo(view: ZoneView, instance: NatInstance): number {
  return view.privateTables.filter(({ table }) => leadsTo(table, instance)).length;
}

/** Running instances beside the primary to which a route leads: somebody is moving the traffic, or has begun to. */
export function ledToBeside(view: ZoneView, primary: NatInstance): readonly NatInstance[] {
  return [...view.instances, ...view.beside].filter(
    (other) => other.id !== primary.id && other.state === 'running' && routesTo(view, other) > 0,
  );
}

export function isStuckPending(instance: NatInstance, context: DiagnosisContext): boolean {
  const age = context.now - instance.launchedAt;
  return instance.state === 'pending' && age > context.settings.readyTimeoutMs;
}

/**
 * The youngest instance that would not itself be replaced: otherwise the traffic would move back at the next look, and so
 * on for ever. An instance that fails its checks is still the candidate, to be given up.
 */
export function chooseCandidate(
  view: ZoneView,
  primary: NatInstance,
  others: readonly NatInstance[],
  context: DiagnosisContext,
): NatInstance | undefined {
  return (
    others
      // An instance older than the primary is worth going back to while it is well; it is never waited for or given up.
      .filter(
        (instance) => isYoungEnough(view, instance, primary, context) || isWell(view, instance, context),
      )
      .filter((instance) => !isToBeReplaced(view, instance, context) && !wasUndone(view, instance))
      .filter((instance) => !hasFailedBeside(view, instance))
      .toSorted((a, b) => compareRanks([-a.launchedAt, a.id], [-b.launchedAt, b.id]))[0]
  );
}

/** The traffic has left it for the stand-in because no request passed, whatever it says of itself. */
function hasFailedBeside({ standIn }: ZoneView, { replaceMark }: NatInstance): boolean {
  return standIn !== undefined && replaceMark?.reason === 'requests-failed';
}

/** Beside a stand-in, whose age says nothing, what has had its time and is not well is not waited for. */
function isYoungEnough(
  { standIn }: ZoneView,
  instance: NatInstance,
  primary: NatInstance,
  { now, settings }: DiagnosisContext,
): boolean {
  return standIn === undefined
    ? instance.launchedAt >= primary.launchedAt
    : now - instance.launchedAt < settings.readyTimeoutMs;
}

function isWell(view: ZoneView, instance: NatInstance, context: DiagnosisContext): boolean {
  const { now } = context;
  const isHeard = natHealthOf(view.readings, instance.id, now) !== undefined;
  return (
    passesChecks(view, instance) &&
    (isHeard ? isReadyByItsWord(view, instance, now) : !isSilent(view, instance, context))
  );
}

/**
 * Where all that is known is that no request passes, the reason may lie with no instance, but with the way from the probe,
 * say. Then one instance is tried after the other, and none twice: a successor that was left for an older one is marked,
 * and from the youngest alone there is a way back.
 */
export function untried(
  primary: NatInstance,
  others: readonly NatInstance[],
  reason: Reason,
): readonly NatInstance[] {
  if (!failsByRequestsAlone(reason)) {
    return others;
  }
  // What it took over in vain was taken from what works, and not from an older instance.
  const isSeenToFail = reason.verdict !== undefined && 'row' in reason.verdict;
  const isYoungest = !others.some(({ launchedAt }) => launchedAt > primary.launchedAt);
  const mayGoBack = isYoungest && isSeenToFail;
  return others
    .filter(({ replaceMark }) => replaceMark?.reason !== 'requests-failed')
    .filter(({ launchedAt }) => launchedAt >= primary.launchedAt || mayGoBack);
}

/** EC2 may have switched it off since it said that it holds its shutdown. */
const wordMaxAgeMs: DurationMs = 6 * secondMs;

/**
 * An instance that is going down keeps the zone's traffic while it says, to the probe, that it forwards and holds its
 * shutdown, or may yet say so; and while its successor is known to forward nothing yet, since moving the traffic there would
 * bring nothing. Where neither is known it counts as gone, as it does where no shutdown is to be held.
 */
export function keepsTraffic(
  view: ZoneView,
  instance: NatInstance,
  { settings, now, awaited }: Pick<DiagnosisContext, 'settings' | 'now' | 'awaited'>,
): boolean {
  return (
    settings.handOverMs !== undefined &&
    isEnding(instance) &&
    carriesAddress(view, instance.interfaceId) &&
    (awaited?.has(view.zone.name) === true || isWaitedFor(view, instance, now))
  );
}

/** A stand-in that is going down carries the zone as long as the zone's own instance would keep the traffic then. */
export function withStandIn(view: ZoneView, context: DiagnosisContext): ZoneView {
  const { endingStandIn: standIn } = view;
  return standIn !== undefined && keepsTraffic(view, standIn.instance, context) ? { ...view, standIn } : view;
}

function isWaitedFor(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  return (
    holdsShutdown(view, instance, now) ||
    (hasIdleSuccessor(view, instance, now) && !isMute(view, instance, now))
  );
}

/**
 * Whether its word is worth waiting for. What was launched with other settings may hold nothing. EC2 learns of a shutdown
 * from the inside when the system is down. What is going down for longer than the limit is about to be switched off.
 */
export function mayHoldShutdown(
  view: ZoneView,
  instance: NatInstance,
  { settings, specHash, now }: Pick<DiagnosisContext, 'settings' | 'specHash' | 'now'>,
): boolean {
  const { handOverMs = 0 } = settings;
  return (
    handOverMs > 0 &&
    isEnding(instance) &&
    instance.specHash === specHash &&
    carriesAddress(view, instance.interfaceId) &&
    !hasEndedItself(instance) &&
    now - (instance.endedAt ?? now) < handOverMs
  );
}

/** It has never said that it holds its shutdown, and has not answered twice: one answer of a probe may be lost. */
function isMute(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  const results = answersAbout(view, instance, now).flatMap(
    ({ answer }) => answerOf(answer, instance.id)?.result ?? [],
  );
  const holds = results.some(
    (result) => result.kind === 'answered' && result.health.handOver?.heldForMs !== undefined,
  );
  const [before, latest] = results.slice(-2);
  return !holds && before?.kind === 'no-answer' && latest?.kind === 'no-answer';
}

function holdsShutdown(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  const word = freshWord(view, instance, now);
  return word !== undefined && word !== 'silent' && word.handOver !== undefined && canForward(word);
}

function hasIdleSuccessor(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  const successors = view.instances.filter(
    (other) => isAlive(other) && other.launchedAt > instance.launchedAt,
  );
  return successors.length > 0 && successors.every((other) => isIdle(view, other, now));
}

/** One that does not run forwards nothing, and neither does one that says so, or has nobody listening yet. */
function isIdle(view: ZoneView, successor: NatInstance, now: EpochMs): boolean {
  const word = freshWord(view, successor, now);
  return successor.state === 'pending' || word === 'silent' || (word !== undefined && !canForward(word));
}

/** What it said when it was asked last; undefined: it was not asked of late, or the probe did not answer. */
function freshWord(view: ZoneView, instance: NatInstance, now: EpochMs): NatHealth | 'silent' | undefined {
  const latest = answersAbout(view, instance, now).at(-1);
  if (latest === undefined || now - latest.askedAt > wordMaxAgeMs) {
    return undefined;
  }
  const result = answerOf(latest.answer, instance.id)?.result;
  return result?.kind === 'answered' ? result.health : result && 'silent';
}

/** Of a stand-in its own zone's probe may tell sooner: a run that begins asks there first. */
function answersAbout(view: ZoneView, { id }: NatInstance, now: EpochMs): ReturnType<typeof answersIn> {
  const { readings = [], readingsOfStandIn = [], endingStandIn } = view;
  return endingStandIn?.instance.id === id
    ? answersIn([...readings, ...readingsOfStandIn], now).filter(({ answer }) => answerOf(answer, id))
    : answersIn(readings, now);
}

function canForward(health: NatHealth): boolean {
  return wordOf(health) !== 'cannot-forward';
}

function compareRanks(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  const left = a[index];
  const right = b[index];
  return left !== undefined && right !== undefined && left < right ? -1 : 1;
}
