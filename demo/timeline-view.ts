import type { DurationMs } from '../shared/core/model/time.ts';
import type { Paint, Tone } from './palette.ts';
import type { RecordedCall, ReportedOutage, TimelineEntry } from './scenario-result.ts';
import { plural, seconds, shortened, timelineTime, wrapped } from './text.ts';

/** One line of the log, as it is printed. */
export type Line = {
  /** Left out below the first line of an entry. */
  readonly atMs?: number;
  /** One character in front: a bracket around calls that leave together, or what it means. */
  readonly mark: string;
  readonly zone?: string;
  readonly label: string;
  readonly text: string;
  /** At the right edge. */
  readonly tookMs?: number | undefined;
  readonly tone: Tone;
};

/** A moment of the recording in words. */
type TimeOf = (atMs: DurationMs) => string;

/** One entry as it is printed: a line, or several. */
export function renderEntry(
  entry: TimelineEntry,
  paint: Paint,
  width: number,
  timeOf: TimeOf = timelineTime,
): string[] {
  return linesOf(entry, timeOf).flatMap((line) => {
    const time = line.atMs === undefined ? '' : timeOf(line.atMs);
    return renderLine(line, { time, paint, width });
  });
}

/** One entry as lines, without their layout. */
export function linesOf(entry: TimelineEntry, timeOf: TimeOf = timelineTime): Line[] {
  const { atMs } = entry;
  switch (entry.kind) {
    case 'trouble':
      return [{ atMs, mark: '●', label: 'begin', text: entry.detail, tone: 'strong' }];
    case 'later':
      return [{ atMs, mark: '●', label: 'then', text: entry.detail, tone: 'strong' }];
    case 'event':
      return [
        {
          atMs,
          mark: '▶',
          label: `run ${entry.run}`,
          text: eventText(entry, timeOf),
          tone: 'event',
        },
      ];
    case 'snapshot':
      return [snapshotLine(entry.calls, atMs)];
    case 'wave':
      return entry.calls.map((call, index) => callLine(call, index, entry.calls.length));
    case 'cutover-answered':
      return [cutoverLine(entry)];
    case 'egress':
      return [egressLine(entry)];
    case 'instance':
      return [instanceLine(entry)];
    case 'probe':
      return [probeLine(entry)];
    case 'looks':
      return [looksLine(entry)];
    case 'run-ended':
      return [endLine(entry)];
    case 'reported':
      return [reportedLine(entry, timeOf)];
    case 'guarded':
      return [guardedLine(entry)];
    case 'boot-told':
      return [bootLine(entry)];
    case 'alarm':
      return [alarmLine(entry)];
    case 'settled':
      return [{ atMs, mark: '✔', label: 'settled', text: 'nothing is left to do', tone: 'good' }];
    case 'idle-runs':
      return idleLines(entry.events);
  }
}

function eventText(entry: Extract<TimelineEntry, { kind: 'event' }>, timeOf: TimeOf): string {
  const { atMs, receivedAtMs, detail } = entry;
  return `event received${atMs === receivedAtMs ? '' : ` at ${timeOf(receivedAtMs)}`}: ${detail}`;
}

function snapshotLine(calls: readonly RecordedCall[], atMs: number): Line {
  const names = calls.map(({ call, outcome }) => `${call.replace('Describe', '')}${failure(outcome)}`);
  return {
    atMs,
    mark: ' ',
    label: 'describe',
    text: names.join(', '),
    tookMs: longest(calls),
    tone: 'plain',
  };
}

function longest(calls: readonly RecordedCall[]): number {
  const answered = calls.map(({ sentAtMs, answeredAtMs = sentAtMs }) => answeredAtMs);
  return Math.max(...answered) - Math.min(...calls.map(({ sentAtMs }) => sentAtMs));
}

function callLine(call: RecordedCall, index: number, count: number): Line {
  const { answeredAtMs, sentAtMs } = call;
  return {
    ...(index === 0 ? { atMs: sentAtMs } : {}),
    ...(call.zone === undefined ? {} : { zone: call.zone }),
    mark: bracket(index, count),
    label: call.effect,
    text: `${call.call} ${call.detail}${failure(call.outcome)}`,
    tookMs: answeredAtMs === undefined ? undefined : answeredAtMs - sentAtMs,
    tone: call.outcome === 'ok' || call.outcome === 'under way' ? toneOf(call) : 'bad',
  };
}

function bracket(index: number, count: number): string {
  if (count === 1) {
    return ' ';
  }
  return index === 0 ? '┌' : index === count - 1 ? '└' : '│';
}

function failure(outcome: string): string {
  if (outcome === 'under way') return ' …';
  return outcome === 'ok' ? '' : ` ✘\u00a0${outcome}`;
}

function toneOf({ effect }: RecordedCall): Tone {
  return effect === 'cutover' || effect === 'launch' ? 'action' : 'plain';
}

function cutoverLine(entry: Extract<TimelineEntry, { kind: 'cutover-answered' }>): Line {
  const since = entry.from === 'event' ? 'the event' : 'the look that found it due';
  const trips = plural(entry.roundTrips, 'round trip');
  return {
    atMs: entry.atMs,
    mark: '✔',
    zone: entry.zone,
    label: 'cutover',
    text: `answered ${seconds(entry.afterMs, 2)} after ${since}: ${trips}`,
    tone: 'good',
  };
}

function egressLine({ atMs, zone, subnetIds, change }: Extract<TimelineEntry, { kind: 'egress' }>): Line {
  const subnets = subnetIds.length === 1 ? subnetIds.join() : `${subnetIds.length} private subnets`;
  const base = { atMs, zone, label: 'egress' };
  return change.to === 'lost'
    ? { ...base, mark: '✘', text: `${subnets} cut off: ${change.why}`, tone: 'bad' }
    : { ...base, mark: '✔', text: `${subnets} back after ${seconds(change.afterMs)}`, tone: 'good' };
}

const lifeWords = {
  running: 'is running',
  forwarding: 'has booted and forwards packets',
  broken: 'runs and forwards nothing',
  repaired: 'forwards packets: its guard has repaired it',
  stopped: 'is stopped',
  terminated: 'is terminated',
} as const;

function instanceLine({
  atMs,
  zone,
  instanceId,
  became,
}: Extract<TimelineEntry, { kind: 'instance' }>): Line {
  const text = `${instanceId} ${lifeWords[became]}`;
  return { atMs, zone, mark: '·', label: 'instance', text, tone: 'plain' };
}

function looksLine({ atMs, looks, calls, meanwhile }: Extract<TimelineEntry, { kind: 'looks' }>): Line {
  const describes = plural(calls, 'Describe call');
  // The rest of a look that another entry has cut in two.
  const count = looks === 0 ? describes : `${plural(looks, 'look')}, ${describes}`;
  const text = meanwhile === undefined ? count : `${count}, while ${meanwhile}`;
  return { atMs, mark: '…', label: 'look', text, tone: 'dim' };
}

function endLine({ atMs, run, outcome, why }: Extract<TimelineEntry, { kind: 'run-ended' }>): Line {
  const base = { atMs, mark: '■', label: `run ${run}` };
  switch (outcome) {
    case 'died':
      return { ...base, text: 'its process is dead', tone: 'bad' };
    case 'SUCCESS':
    case 'FAILED':
      return {
        ...base,
        text: [`answers CloudFormation: ${outcome}`, ...why].join('; '),
        tone: outcome === 'FAILED' ? 'bad' : 'good',
      };
    case 'attention':
      return { ...base, text: ['calls for attention', ...why].join('; '), tone: 'bad' };
    default:
      return {
        ...base,
        text: [`ends ${outcome}`, ...why].join('; '),
        tone: outcome === 'waiting' ? 'dim' : 'bad',
      };
  }
}

function probeLine({ atMs, zone, said }: Extract<TimelineEntry, { kind: 'probe' }>): Line {
  const base = { atMs, zone, label: 'probe' };
  return said === 'passed'
    ? { ...base, mark: '✔', text: 'a request from the zone passes', tone: 'good' }
    : { ...base, mark: '✘', text: 'no request from the zone passes', tone: 'bad' };
}

const startWords: Readonly<Record<ReportedOutage['knownFrom'], string>> = {
  event: "EC2's event",
  ec2: "EC2's own words",
  instance: "the instance's own clock",
  probe: 'the first request that failed',
  look: 'the look that found it',
};

const endWords = {
  request: 'to a request that passed',
  ec2: 'until the instance ran, as far as EC2 can tell',
} as const;

/** It may have begun before somebody looked. */
export function sinceWords(knownFrom: ReportedOutage['knownFrom']): 'since' | 'at least since' {
  return knownFrom === 'probe' || knownFrom === 'look' ? 'at least since' : 'since';
}

function reportedLine(entry: Extract<TimelineEntry, { kind: 'reported' }>, timeOf: TimeOf): Line {
  const { atMs, zone, run, outage } = entry;
  const { fromMs, knownFrom, over } = outage;
  const from = `${timeOf(fromMs)} (${startWords[knownFrom]})`;
  const base = { atMs, zone, label: 'report' };
  if (over === 'unknown') {
    return {
      ...base,
      mark: '✔',
      text: `run ${run} says: requests pass again; it has not seen since when`,
      tone: 'good',
    };
  }
  return over === undefined
    ? {
        ...base,
        mark: '✘',
        text: `run ${run} says: offline ${sinceWords(knownFrom)} ${from}, and it goes on`,
        tone: 'bad',
      }
    : {
        ...base,
        mark: '✔',
        text: `run ${run} says: offline for ${seconds(over.atMs - fromMs)}, from ${from} ${endWords[over.knownFrom]}`,
        tone: 'good',
      };
}

function guardedLine({
  atMs,
  zone,
  run,
  instanceId,
  count,
}: Extract<TimelineEntry, { kind: 'guarded' }>): Line {
  const times = count === 1 ? 'once' : `${count} times`;
  const text = `run ${run} says: the guard of ${instanceId} has repaired it ${times} since its boot`;
  return { atMs, mark: '✔', zone, label: 'report', text, tone: 'good' };
}

function bootLine({ atMs, zone, run, text }: Extract<TimelineEntry, { kind: 'boot-told' }>): Line {
  return { atMs, mark: '·', zone, label: 'report', text: `run ${run} says: ${text}`, tone: 'plain' };
}

function alarmLine({ atMs, alarm, isUrgent, to }: Extract<TimelineEntry, { kind: 'alarm' }>): Line {
  const whom = isUrgent ? 'to the urgent topic' : 'to the topic that can wait until morning';
  const base = { atMs, label: 'alarm' };
  return to === 'ALARM'
    ? { ...base, mark: '✘', text: `${alarm} rings, ${whom}`, tone: 'bad' }
    : { ...base, mark: '✔', text: `${alarm} is over`, tone: 'good' };
}

function idleLines(events: readonly string[]): Line[] {
  if (events.length === 0) {
    return [];
  }
  const counts = Map.groupBy(events, (event) => event);
  const words = [...counts].map(([event, all]) => (all.length === 1 ? event : `${event} (${all.length} ×)`));
  const text = `woken with nothing to do: ${words.join('; ')}`;
  return [{ mark: ' ', label: 'idle', text, tone: 'dim' }];
}

type Drawing = { readonly time: string; readonly paint: Paint; readonly width: number };

/** Before the text: time, mark, zone and label. */
const frontColumns = 24;
const tookColumns = 9;

function renderLine({ mark, zone, label, text, tookMs, tone }: Line, drawing: Drawing): string[] {
  const { paint, width } = drawing;
  const time = drawing.time.padStart(10);
  const front = `${mark} ${(zone ?? '').padEnd(1)} ${label.padEnd(8)}`;
  const columns = width - frontColumns - (tookMs === undefined ? 0 : tookColumns);
  const [first = '', ...more] = wrapped(shortened(text), columns).map((part) =>
    part.replaceAll('\u00a0', ' '),
  );
  const took = tookMs === undefined ? '' : `${tookMs} ms`.padStart(columns - first.length + tookColumns - 1);
  return [
    `${paint('dim', time)} ${paint(tone, `${front} ${first}`)}${paint('dim', took)}`,
    ...more.map((part) => `${' '.repeat(frontColumns)}${paint(tone, part)}`),
  ];
}
