import type { EpochMs } from '../../shared/core/model/time.ts';
import type { LoadReport, ProbeReport, ZoneReport } from '../../shared/core/report/report.ts';
import { ago, type Paint } from '../format.ts';

/** What the zone's probe and its instance say, in one line. */
export function readingsLine(zone: ZoneReport, at: EpochMs, paint: Paint): string {
  const load = loadText(zone);
  const egress = zone.standbyFor === undefined ? egressText(zone, at, paint) : standbyText(zone, at, paint);
  return `zone ${zone.zone}: ${egress}${load === undefined ? '' : paint('dim', `; ${load}`)}`;
}

function egressText(zone: ZoneReport, at: EpochMs, paint: Paint): string {
  const { egress, probe = {} } = zone;
  switch (egress) {
    case 'passes':
      return `${paint('good', 'egress passes')}${seenText(zone, probe, paint)}${ageText(probe, at)}`;
    case 'fails':
      return `${paint('bad', 'egress fails')}${ageText(probe, at)}: ${failureText(probe)}`;
    case 'unknown':
      return paint('wait', `egress not known: ${unknownText(probe, at)}`);
    default:
      return paint('dim', 'egress not known: no probe');
  }
}

/** No request goes through it: it is asked how it is. */
function standbyText({ primary, standbyFor, probe }: ZoneReport, at: EpochMs, paint: Paint): string {
  if (primary?.ready !== true) {
    return paint('wait', `nothing is ready to stand by for zone ${standbyFor}`);
  }
  const asked = probe === undefined ? ', as far as EC2 can tell' : ageText(probe, at);
  return `${paint('good', `${primary.instanceId} stands by for zone ${standbyFor}`)}${asked}`;
}

function seenText({ address }: ZoneReport, { latencyMs, seenAs }: ProbeReport, paint: Paint): string {
  const took = latencyMs === undefined ? '' : `, ${latencyMs} ms`;
  if (seenAs === undefined) {
    return took;
  }
  const isOther = address !== undefined && address.publicIp !== seenAs;
  return isOther
    ? `${took}, ${paint('wait', `seen as ${seenAs} and not as ${address.publicIp}`)}`
    : `${took}, seen as ${seenAs}`;
}

function ageText({ at: answeredAt }: ProbeReport, at: EpochMs): string {
  return answeredAt === undefined ? '' : `, ${ago(at - Date.parse(answeredAt))} ago`;
}

/** Mostly all fail alike. */
function failureText({ targets = [] }: ProbeReport): string {
  const failures = targets.flatMap(({ target, failed }) =>
    failed === undefined ? [] : [{ target, failed }],
  );
  const [first] = failures;
  if (first === undefined) {
    return 'no request passed';
  }
  return failures.every(({ failed }) => failed === first.failed)
    ? `${first.target}${failures.length === 1 ? '' : ` and ${failures.length - 1} more`}: ${first.failed}`
    : failures.map(({ target, failed }) => `${target}: ${failed}`).join(', ');
}

/** Not enough to say that egress fails, and too much to say that there is any. */
export function hasJustFailed({ egress, probe }: Pick<ZoneReport, 'egress' | 'probe'>): boolean {
  return egress === 'unknown' && probe?.at !== undefined && probe.latencyMs === undefined;
}

/** Its last word, where it has one: a request or two that failed decide nothing. */
function unknownText(probe: ProbeReport, at: EpochMs): string {
  if (probe.unknown !== undefined) {
    return probe.unknown;
  }
  return probe.at === undefined
    ? 'the probe has not answered yet'
    : `the last request failed${ageText(probe, at)} (${failureText(probe)})`;
}

/** Undefined: nothing is known of it. */
function loadText({ load }: ZoneReport): string | undefined {
  if (load === undefined) {
    return undefined;
  }
  const parts = [
    ...(load.bytesPerSecond === undefined ? [] : [`${bytes(load.bytesPerSecond)}/s`]),
    ...connectionsText(load),
    ...heldUpText(load),
    ...(load.stealPercent === undefined || load.stealPercent < 1
      ? []
      : [`${load.stealPercent} % of its CPU withheld`]),
  ];
  return parts.length === 0 ? undefined : `load ${parts.join(', ')}`;
}

function connectionsText({ connections }: LoadReport): string[] {
  return connections === undefined
    ? []
    : [`${count(connections.used)} of ${count(connections.most)} connections`];
}

function heldUpText({ heldUp }: LoadReport): string[] {
  if (heldUp === undefined) {
    return [];
  }
  return [heldUp === 0 ? 'no packet held up' : `${count(heldUp)} packets held up in the last minute`];
}

function count(value: number): string {
  return new Intl.NumberFormat('en').format(value);
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1);
  const amount = value / 1_000 ** power;
  return `${amount.toFixed(power === 0 || amount >= 100 ? 0 : 1)} ${units[power]}`;
}
