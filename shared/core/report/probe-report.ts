import type { ZoneView } from '../diagnose/zone-view.ts';
import { type Finding, finding } from '../model/finding.ts';
import { isUnresolved, type ProbeAnswer, type Reading, type TargetAnswer } from '../model/reading.ts';
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

const byAddress = /^https:\/\/[\d.]+(\/|$)/;

/**
 * Packets pass, and no name is resolved: the zone's clients, which mostly ask by name, may be as good as offline. Asked
 * of the targets, of which one of ours needs no name.
 */
export function namesUnresolvedFindings({ zone, readings }: ZoneView): Finding[] {
  const targets = lastAnswer(readings ?? [])?.answer.targets ?? [];
  const named = targets.filter(({ target }) => !byAddress.test(target));
  const [first] = named;
  return first?.result.kind === 'failed' && named.length < targets.length && named.every(isUnresolved)
    ? [
        finding(
          'names-unresolved',
          `packets pass in zone ${zone.name}, and no name is resolved in the probe's subnet (${first.target}: ${first.result.why}): clients that use the same resolver reach nothing by name; see the VPC's DNS attributes and DHCP options, and Route 53 Resolver's rules and firewall`,
        ),
      ]
    : [];
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
