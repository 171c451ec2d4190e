import type { EpochMs } from '../../shared/core/model/time.ts';
import { candidateOf, type ZoneReport } from '../../shared/core/report/report.ts';
import { ago } from '../format.ts';
import type { Session } from '../session.ts';
import type { PhoenatStack } from '../stack.ts';

export type RebuildQuestion = {
  readonly session: Pick<Session, 'stack' | 'aws'>;
  readonly stack: Pick<PhoenatStack, 'accountId'>;
  readonly zones: readonly ZoneReport[];
  /** The controller's time. */
  readonly at: EpochMs;
  readonly immediate: boolean;
};

/** What a person must know before answering yes: where, what, at what price, and what is already under way. */
export function rebuildPrompt({ session, stack, zones, at, immediate }: RebuildQuestion): string {
  const where = `stack ${session.stack}, account ${stack.accountId ?? 'unknown'}, ${session.aws.region}`;
  const [only] = zones;
  const what =
    zones.length === 1 && only !== undefined
      ? `the NAT instance of zone ${only.zone}`
      : `the NAT instances of these zones, ${immediate ? 'all at once' : 'one after the other'}`;
  const cost = immediate
    ? 'Offline until the new instance has booted.'
    : 'Egress continues; open connections may stall for a moment.';
  return [`In ${where}:`, ...zones.map((zone) => zoneLine(zone, at)), `Replace ${what}? ${cost}`].join('\n');
}

function zoneLine(zone: ZoneReport, at: EpochMs): string {
  const refusal = zone.findings.find(({ code }) => code === 'rebuild-refused');
  if (refusal !== undefined) {
    return `  left out: ${refusal.detail}`;
  }
  const { primary, breaker, health } = zone;
  const candidate = candidateOf(zone);
  const instance =
    primary === undefined
      ? 'no working instance'
      : `${primary.instanceId}, ${primary.instanceType}, ${primary.state} for ${ago(at - Date.parse(primary.launchedAt))}`;
  return [
    `  zone ${zone.zone} (${health}): ${instance}`,
    ...(candidate === undefined
      ? []
      : [`    a replacement is under way: ${candidate.instanceId}, ${candidate.state}`]),
    ...(breaker === undefined ? [] : [`    ${launchesLeft(breaker)}`]),
  ].join('\n');
}

/** The breaker counts every launch: a rebuild uses launches that are meant for failures. */
function launchesLeft({ launchesInLastHour, mostPerHour }: ZoneReport['breaker'] & {}): string {
  const left = Math.max(0, mostPerHour - launchesInLastHour);
  return `${left} of ${mostPerHour} launches left this hour; this uses one`;
}
