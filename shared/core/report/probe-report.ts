import type { ZoneView } from '../diagnose/zone-view.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ProbeAnswer, Reading, TargetAnswer } from '../model/reading.ts';
import type { EpochMs } from '../model/time.ts';
import type { ProbeReport } from './report.ts';

/** What the zone's probe has said last in this run. Undefined: the zone has no probe. */
export function probeReport(readings: readonly Reading[] | undefined): ProbeReport | undefined {
  if (readings === undefined) {
    return undefined;
  }
  const answered = lastAnswer(readings);
  const latest = readings.at(-1)?.outcome;
  return {
    ...(answered === undefined ? {} : answerReport(answered)),
    ...(latest?.kind === 'unknown' ? { unknown: latest.why } : {}),
  };
}

type Answered = { readonly at: EpochMs; readonly answer: ProbeAnswer };

function lastAnswer(readings: readonly Reading[]): Answered | undefined {
  return readings
    .flatMap(({ answeredAt, outcome }) =>
      outcome.kind === 'answered' ? [{ at: answeredAt, answer: outcome.answer }] : [],
    )
    .at(-1);
}

function answerReport({ at, answer: { targets, publicIp } }: Answered): ProbeReport {
  const latencies = targets.filter(({ result }) => result.kind === 'answered').map(({ tookMs }) => tookMs);
  return {
    at: new Date(at).toISOString(),
    ...(latencies.length === 0 ? {} : { latencyMs: Math.round(Math.min(...latencies)) }),
    ...(publicIp === undefined ? {} : { seenAs: publicIp }),
    targets: targets.map(targetReport),
  };
}

function targetReport({ target, tookMs, result }: TargetAnswer): (ProbeReport['targets'] & {})[number] {
  return {
    target,
    tookMs: Math.round(tookMs),
    ...(result.kind === 'answered' ? { status: result.status } : { failed: result.why }),
  };
}

/**
 * Requests that leave the zone by another address than its own. Only of a zone whose routes lead to its instance: what a
 * NAT gateway serves has the gateway's address.
 */
export function seenElsewhereFindings({ zone, address, readings }: ZoneView): Finding[] {
  const seenAs = lastAnswer(readings ?? [])?.answer.publicIp;
  return seenAs === undefined || address === undefined || seenAs === address.publicIp
    ? []
    : [
        finding(
          'address-not-seen',
          `requests from zone ${zone.name} are seen as ${seenAs}, and its Elastic IP is ${address.publicIp}: they leave by another way, such as a proxy or a route to narrower ranges in the probe's subnet, or what the probe asked to echo its address stands behind one; whoever allows only ${address.publicIp} turns them away`,
        ),
      ];
}
