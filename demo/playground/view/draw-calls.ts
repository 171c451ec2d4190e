import { timelineTime } from '../../text.ts';
import type { History, PlayedCall } from '../history.ts';
import { element, type Markup } from './markup.ts';

/** What the strip of calls shows: a stretch of time, on so many pixels. */
export type Strip = {
  readonly fromMs: number;
  readonly toMs: number;
  /** What is under way has come so far. */
  readonly nowMs: number;
  readonly width: number;
  readonly chosen?: number;
};

const left = 78;
const outageHeight = 16;
const laneHeight = 44;
/** Within a lane: changes above, looks below. */
const changesAt = { top: 5, height: 18 } as const;
const looksAt = { top: 25, height: 12 } as const;
const axisHeight = 20;

/** Runs as bars, their calls on them, and above, for each zone, when its private subnets were cut off. */
export function drawCalls(history: History, strip: Strip): Markup {
  const lanes = lanesOf(history, strip);
  const runsTop = history.zones.length * outageHeight + 6;
  const height = runsTop + Math.max(1, lanes.length) * laneHeight + axisHeight;
  const x = scaleOf(strip);
  return element(
    'svg',
    {
      viewBox: `0 0 ${strip.width} ${height}`,
      class: 'calls',
      role: 'group',
      'aria-label': 'EC2 calls over time; arrow keys move from call to call',
    },
    ...axis(strip, height),
    element('line', { x1: x(strip.nowMs), x2: x(strip.nowMs), y1: 0, y2: height - axisHeight, class: 'now' }),
    ...history.zones.flatMap((zone, index) => outageRow(history, zone, index * outageHeight, x)),
    ...lanes.flatMap((lane, index) => laneRow(history, lane, runsTop + index * laneHeight, strip, x)),
  );
}

type Scale = (atMs: number) => number;

function scaleOf({ fromMs, toMs, width }: Strip): Scale {
  const perMs = (width - left - 8) / Math.max(1, toMs - fromMs);
  return (atMs) => left + Math.min(Math.max(0, atMs - fromMs), toMs - fromMs) * perMs;
}

/** Runs that do not overlap share a lane. */
function lanesOf({ runs, endMs }: History, { fromMs, toMs }: Strip): number[][] {
  const lanes: { runs: number[]; freeAtMs: number }[] = [];
  for (const { run, startedAtMs, endedAtMs = endMs } of runs) {
    if (endedAtMs < fromMs || startedAtMs > toMs) continue;
    const lane = lanes.find(({ freeAtMs }) => freeAtMs <= startedAtMs);
    if (lane === undefined) lanes.push({ runs: [run], freeAtMs: endedAtMs });
    else {
      lane.runs.push(run);
      lane.freeAtMs = endedAtMs;
    }
  }
  return lanes.map(({ runs: own }) => own);
}

function outageRow({ outages, endMs }: History, zone: string, y: number, x: Scale): Markup[] {
  const own = outages.filter((outage) => outage.zone === zone);
  return [
    element('text', { x: 4, y: y + 12, class: 'row-name' }, `zone ${zone}`),
    element('rect', {
      x: left,
      y: y + 2,
      width: x(Number.POSITIVE_INFINITY) - left,
      height: 10,
      class: 'online',
    }),
    ...own.flatMap(({ fromMs, toMs = endMs, why }) => {
      const width = x(toMs) - x(fromMs);
      if (width <= 0) return [];
      return [
        element(
          'rect',
          { x: x(fromMs), y: y + 2, width: Math.max(2, width), height: 10, class: 'offline' },
          element('title', {}, `cut off from ${timelineTime(fromMs)}: ${why}`),
        ),
      ];
    }),
  ];
}

function laneRow(history: History, lane: readonly number[], y: number, strip: Strip, x: Scale): Markup[] {
  const name = `${lane.length === 1 ? 'run' : 'runs'} ${lane.join(', ')}`;
  return [
    element(
      'text',
      { x: 4, y: y + 26, class: 'row-name' },
      name.length > 12 ? `${name.slice(0, 11)}…` : name,
    ),
    ...lane.flatMap((run) => runMarks(history, run, y, strip, x)),
  ];
}

function runMarks({ runs, calls, endMs }: History, run: number, y: number, strip: Strip, x: Scale): Markup[] {
  const found = runs.find((candidate) => candidate.run === run);
  if (found === undefined) return [];
  const { startedAtMs, endedAtMs = endMs, event, outcome = 'goes on' } = found;
  const from = x(startedAtMs);
  const width = Math.max(2, x(endedAtMs) - from);
  return [
    element(
      'rect',
      { x: from, y: y + 2, width, height: laneHeight - 6, rx: 3, class: 'run' },
      element('title', {}, `run ${run}: ${event}; ${outcome}`),
    ),
    ...rowsOf(calls, run, strip).map((placed) => callMark(placed, y, strip, x)),
  ];
}

type Placed = {
  readonly call: PlayedCall;
  readonly index: number;
  readonly row: number;
  readonly rows: number;
};

/** Calls that are under way together lie below each other, so that each can be seen and chosen. */
function rowsOf(calls: readonly PlayedCall[], run: number, strip: Strip): Placed[] {
  const own = calls.flatMap((call, index) =>
    call.run === run && call.sentAtMs <= strip.toMs && endOf(call, strip) >= strip.fromMs
      ? [{ call, index }]
      : [],
  );
  const isLook = ({ call }: { readonly call: PlayedCall }) => call.effect === 'look';
  return [own.filter(isLook), own.filter((one) => !isLook(one))].flatMap((kind) => {
    const freeAt: number[] = [];
    const rows = kind.map(({ call }) => {
      const free = freeAt.findIndex((atMs) => atMs <= call.sentAtMs);
      const row = free < 0 ? freeAt.length : free;
      freeAt[row] = endOf(call, strip);
      return row;
    });
    return kind.map((one, place) => ({ ...one, row: rows[place] ?? 0, rows: freeAt.length }));
  });
}

/** What is under way has come so far. */
function endOf({ answeredAtMs }: PlayedCall, { nowMs }: Strip): number {
  return answeredAtMs ?? nowMs;
}

function callMark({ call, index, row, rows }: Placed, y: number, strip: Strip, x: Scale): Markup {
  const { sentAtMs, effect, outcome } = call;
  const isFailed = outcome !== 'ok' && outcome !== 'under way';
  const isChosen = index === strip.chosen;
  const { top, height } = effect === 'look' ? looksAt : changesAt;
  return element(
    'rect',
    {
      x: x(sentAtMs),
      y: y + top + (row * height) / rows,
      width: Math.max(3, x(endOf(call, strip)) - x(sentAtMs)),
      height: height / rows,
      rx: 1,
      class: `call ${effect}${isFailed ? ' failed' : ''}${isChosen ? ' chosen' : ''}`,
      'data-call': index,
      role: 'button',
      tabindex: isChosen ? 0 : -1,
      'aria-label': spoken(call),
    },
    element('title', {}, spoken(call)),
  );
}

/** A call in one sentence. */
export function spoken({ call, detail, outcome, sentAtMs, answeredAtMs, run }: PlayedCall): string {
  const took = answeredAtMs === undefined ? 'no answer yet' : `${answeredAtMs - sentAtMs} ms`;
  const words = detail === '' ? call : `${call} ${detail}`;
  return `${timelineTime(sentAtMs)}, run ${run}: ${words}: ${outcome}, ${took}`;
}

function axis(strip: Strip, height: number): Markup[] {
  const x = scaleOf(strip);
  const spanMs = strip.toMs - strip.fromMs;
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].map((seconds) => seconds * 1_000);
  const room = strip.width < 500 ? 4 : 8;
  const step = steps.find((candidate) => spanMs / candidate <= room) ?? 600_000;
  const first = Math.ceil(strip.fromMs / step) * step;
  const marks: Markup[] = [];
  for (let at = first; at <= strip.toMs; at += step) {
    marks.push(
      element('line', { x1: x(at), x2: x(at), y1: 0, y2: height - axisHeight, class: 'tick' }),
      element(
        'text',
        { x: x(at), y: height - 5, 'text-anchor': anchorAt(x(at), strip), class: 'tick-name' },
        `${Math.round(at / 1_000)} s`,
      ),
    );
  }
  return marks;
}

/** At the right edge there is no room for its second half. */
function anchorAt(x: number, { width }: Strip): string {
  return x > width - 24 ? 'end' : 'middle';
}
