import { launchesOfARollback } from '../launch/breaker.ts';
import { assertNever } from '../model/assert.ts';
import type { FindingCode } from '../model/finding.ts';
import { alsoAlive, type Report, type ZoneReport } from '../report/report.ts';

/** How far a deployment's zones are. */
export type Build =
  | { readonly kind: 'done' }
  | { readonly kind: 'open'; readonly zones: readonly string[] }
  /** A person is needed: waiting would not help. */
  | { readonly kind: 'hopeless'; readonly zones: readonly string[] }
  /** It has been tried, and for long enough. */
  | { readonly kind: 'failed'; readonly zones: readonly string[] };

/**
 * Done: every zone's traffic is carried by an instance that was launched with the present settings and has passed EC2's
 * status checks, and no other instance is left. A working instance of the former settings is what a rollback goes back
 * to, and not what was asked for. A zone that an operator has paused is left as it is, where `pausedIsFine`. `attention`
 * alone is not hopeless: capacity and throttling pass.
 */
export function diagnoseBuild(report: Report, pausedIsFine: boolean): Build {
  const open = report.zones.filter((zone) => !(isBuilt(zone) || (pausedIsFine && zone.paused)));
  if (open.length === 0) {
    return { kind: 'done' };
  }
  const zones = open.map(sentence);
  if (open.some(hasFailed)) {
    return { kind: 'failed', zones };
  }
  return open.some(isHopeless) || open.some((zone) => carriesPaused(zone, report))
    ? { kind: 'hopeless', zones }
    : { kind: 'open', zones };
}

function isBuilt(zone: ZoneReport): boolean {
  const { health, primary, paused } = zone;
  const serves = !paused && health === 'healthy' && primary?.ready === true && !lacksRequest(zone);
  return serves && primary.asConfigured && alsoAlive(zone).length === 0;
}

/** Where a probe can tell, nothing but a request that passed is success. */
function lacksRequest({ egress }: ZoneReport): boolean {
  return egress !== undefined && egress !== 'passes';
}

/** A paused zone stays where it is, and what carries it stays as it is meanwhile. */
function carriesPaused({ standsInFor = [], findings }: ZoneReport, { zones }: Report): boolean {
  const waits = findings.some(({ code }) => code === 'stands-in');
  return waits && zones.some(({ zone, paused }) => paused && standsInFor.includes(zone));
}

function isHopeless(zone: ZoneReport): boolean {
  const { health, findings } = zone;
  return (
    health === 'violation' ||
    findings.some(
      ({ code }) =>
        code === 'upstream-trouble' ||
        code === 'step-failed' ||
        code === 'move-refused' ||
        (code === 'breaker-open' && !passesWithTime(zone)),
    )
  );
}

/**
 * A boot that cannot forward has tried for minutes before it says so. A takeover that was undone by an instance of the
 * present settings is not tried again with it; by one of the former ones it says nothing about its successor. After a
 * cutover that was undone another image may be tried yet.
 */
function hasFailed({ findings, primary, waitsFor }: ZoneReport): boolean {
  const isUndone = primary?.asConfigured === true;
  const hasGivenUp = waitsFor.length === 0;
  return findings.some(
    ({ code }) =>
      code === 'boot-failed' ||
      (isUndone && code === 'takeover-undone') ||
      (hasGivenUp && code === 'cutover-undone'),
  );
}

/** A breaker that is set lower than that opens without any failure, and a rollback waits for the hour to pass. */
function passesWithTime({ health, breaker }: ZoneReport): boolean {
  return health === 'healthy' && breaker !== undefined && breaker.mostPerHour < launchesOfARollback;
}

function sentence(zone: ZoneReport): string {
  const { findings, waitsFor } = zone;
  const why = [
    ...findings.map(({ detail }) => detail),
    ...waitsFor.map((what) => `waits for ${what}`),
    ...unfinished(zone),
  ];
  return `zone ${zone.zone} ${standing(zone)}: ${[...new Set(why)].join('; ') || 'no reason known'}`;
}

/**
 * How the zone is served now, which is not what was asked for. Its health alone would mislead: a zone is healthy in which
 * the instance of before serves on beside a new one that failed.
 */
function standing(zone: ZoneReport): string {
  const { health, primary } = zone;
  switch (health) {
    case 'healthy':
      return primary === undefined ? 'is not served' : standingOn(primary, zone);
    case 'served-by-other':
      return `is still served by ${targetsOf(zone)}`;
    case 'stood-in':
      return 'is served by a neighbouring zone';
    case 'starting':
      return 'is not served yet';
    case 'down':
      return 'is not served';
    case 'violation':
      return 'does not fit its settings';
    case 'unknown':
      return 'could not be read';
    case 'drifted':
    case 'suspect':
      return `is ${health}`;
    default:
      return assertNever(health);
  }
}

function standingOn({ instanceId, ready, asConfigured }: Primary, { paused, findings }: ZoneReport): string {
  if (!ready) {
    const isDead = findings.some(
      ({ code, detail }) => code === 'boot-failed' && detail.startsWith(instanceId),
    );
    return isDead ? 'is not served' : `leads to ${instanceId}, which is not known to forward`;
  }
  if (!asConfigured) {
    return `is still served by ${instanceId}`;
  }
  return paused
    ? `is left alone, and served by ${instanceId}`
    : `is served by ${instanceId}, and not finished`;
}

/** With what to do about it: whoever reads it has waited for a quarter of an hour. */
function noRequest({ zone, egress, probe }: ZoneReport): string {
  if (egress === 'fails') {
    const failed = probe?.targets?.find((target) => target.failed !== undefined);
    const which = failed === undefined ? '' : ` (${failed.target}: ${failed.failed})`;
    return `no request passes${which}: see that the first private subnet of zone ${zone} has a default route to the zone's instance and a network ACL that lets HTTPS out and answers in, and that ProbeTargets answer; or deploy with ${withoutProbes}`;
  }
  const why = probe?.unknown === undefined ? '' : ` (${probe.unknown})`;
  return `no request is known to have passed${why}: mend the probe of zone ${zone}, whose log says more, or deploy with ${withoutProbes}`;
}

const withoutProbes = 'Probe=off, and success rests on what EC2 can tell';

type Primary = NonNullable<ZoneReport['primary']>;

function targetsOf({ routes, primary }: ZoneReport): string {
  const targets = routes
    .filter(({ state, target }) => state === 'active' && target !== primary?.interfaceId)
    .map(({ target }) => target);
  return [...new Set(targets)].join(', ') || 'what served it before';
}

const tellsWhyNotReady: ReadonlySet<FindingCode> = new Set(['boot-failed', 'boot-unheard', 'checks-unread']);

function unfinished(zone: ZoneReport): string[] {
  const { primary, findings } = zone;
  const beside = alsoAlive(zone).map(({ instanceId }) => instanceId);
  const isToldOtherwise = findings.some(({ code }) => tellsWhyNotReady.has(code));
  return [
    ...(primary !== undefined && !primary.ready && !isToldOtherwise && !lacksRequest(zone)
      ? [`${primary.instanceId} has not passed its status checks`]
      : []),
    ...(primary !== undefined && lacksRequest(zone) ? [noRequest(zone)] : []),
    ...(beside.length === 0 ? [] : [`${beside.join(', ')} beside it`]),
  ];
}
