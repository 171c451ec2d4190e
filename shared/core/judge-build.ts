import type { Report, ZoneReport } from './report.ts';

/** How far a deployment's zones are. */
export type Build =
  | { readonly kind: 'done' }
  | { readonly kind: 'open'; readonly zones: readonly string[] }
  /** A person is needed: waiting would not help. */
  | { readonly kind: 'hopeless'; readonly zones: readonly string[] };

/**
 * Done: every zone's instance carries its traffic and has passed EC2's status checks. A zone that an operator has paused
 * is left as it is, where `pausedIsFine`. `attention` alone is not hopeless: capacity and throttling pass.
 */
export function judgeBuild(report: Report, pausedIsFine: boolean): Build {
  const open = report.zones.filter((zone) => !(isBuilt(zone) || (pausedIsFine && zone.paused)));
  if (open.length === 0) {
    return { kind: 'done' };
  }
  const zones = open.map(sentence);
  return open.some(isHopeless) ? { kind: 'hopeless', zones } : { kind: 'open', zones };
}

function isBuilt({ health, primary, paused }: ZoneReport): boolean {
  return !paused && health === 'healthy' && primary?.ready === true;
}

function isHopeless({ health, findings }: ZoneReport): boolean {
  return (
    health === 'violation' || findings.some(({ code }) => code === 'step-failed' || code === 'breaker-open')
  );
}

function sentence({ zone, health, findings, waitsFor, primary }: ZoneReport): string {
  const unready =
    primary !== undefined && !primary.ready ? [`${primary.instanceId} has not passed its status checks`] : [];
  const why = [
    ...findings.map(({ detail }) => detail),
    ...waitsFor.map((what) => `waits for ${what}`),
    ...unready,
  ];
  return `zone ${zone} is ${health}: ${[...new Set(why)].join('; ') || 'no reason known'}`;
}
