import Table from 'cli-table3';
import type { Paint } from './palette.ts';
import type { Path, ScenarioResult } from './scenario-result.ts';
import { enumerated, plural, seconds, shortened, wrapped } from './text.ts';
import type { ImageState, ZoneState } from './zone-state.ts';

/** The result of a recording: the zones before and after, then the numbers. */
export function renderSummary(result: ScenarioResult, paint: Paint, width: number): string[] {
  return [
    ...zoneTable(result, paint, width).split('\n'),
    '',
    ...numbers(result, paint, width),
    '',
    verdict(result, paint),
  ];
}

/** All results at a glance. */
function outageIn(zone: string, { outages }: ScenarioResult): string {
  const found = outages.find((outage) => outage.zone === zone);
  return found === undefined ? '' : seconds(found.outageMs);
}

export function renderOverview(results: readonly ScenarioResult[], paint: Paint, width: number): string[] {
  const heads = ['scenario', 'ends', 'outage a', 'outage b', 'to cutover', 'round trips', 'calls', 'settled'];
  const isNarrow = width < overviewColumns;
  const table = plainTable(isNarrow ? heads.map((head) => head.replace(' ', '\n')) : heads, paint, isNarrow);
  for (const result of results) {
    const path = result.paths[0];
    table.push([
      result.scenario,
      result.ok ? paint('good', '✔ well') : paint('bad', '✘ badly'),
      // A stack may have one zone.
      ...['a', 'b'].map((zone) => outageIn(zone, result)),
      path === undefined ? '' : seconds(path.lastCutoverAnswerMs - path.fromMs, 2),
      path === undefined ? '' : String(path.roundTrips.length),
      `${result.counts.describe} + ${result.counts.mutating}`,
      result.settledAtMs === undefined ? 'never' : seconds(result.settledAtMs),
    ]);
  }
  const legend =
    'Outage: how long the private subnets of zones a and b had no egress. To cutover: from the event, or from the look that found it due, to the last answer. Calls: Describe + those that change something. Settled: when nothing was left to do. All times are simulated.';
  return [...table.toString().split('\n'), ...wrapped(legend, width).map((line) => paint('dim', line))];
}

/** With a head of one line and room beside each cell. */
const overviewColumns = 100;

function plainTable(head: readonly string[], paint: Paint, isDense: boolean): Table.Table {
  // The library's own colours ignore NO_COLOR.
  return new Table({
    head: head.map((cell) => paint('strong', cell)),
    style: { head: [], border: [], compact: true, ...(isDense ? { 'padding-left': 0 } : {}) },
    ...(isDense ? { chars: noSides } : {}),
  });
}

const noSides = {
  left: '',
  'left-mid': '',
  'top-left': '',
  'bottom-left': '',
  right: '',
  'right-mid': '',
  'top-right': '',
  'bottom-right': '',
};

function zoneTable({ before, after }: ScenarioResult, paint: Paint, width: number): string {
  const isNarrow = width < zoneTableColumns;
  const table = plainTable(['zone', '', 'before', 'after'], paint, isNarrow);
  const inCell = (text: string) => (isNarrow ? wrapped(text, narrowCell).join('\n') : text);
  for (const [index, zone] of after.entries()) {
    const earlier = before[index];
    const was = new Map(earlier === undefined ? [] : facts(earlier));
    for (const [nth, [label, now]] of facts(zone).entries()) {
      const then = was.get(label) ?? '';
      const shown = shortened(now);
      table.push([
        nth === 0 ? zone.zone : '',
        label,
        inCell(shortened(then)),
        then === now ? inCell(shown) : paint('action', inCell(shown)),
      ]);
    }
  }
  return table.toString();
}

/** As wide as an address on an interface, or an image with its date. */
const zoneTableColumns = 95;
const narrowCell = 26;

function facts({ instance, address, routes, egress }: ZoneState): (readonly [string, string])[] {
  const targets = [
    ...new Set(routes.map(({ target, state }) => (target === undefined ? state : `${target} ${state}`))),
  ];
  const remembered = [...new Set(routes.flatMap((route) => route.remembered ?? []))];
  const withEgress = egress.filter(({ ok }) => ok).length;
  return [
    [
      'NAT instance',
      instance === undefined ? 'none' : `${instance.id} ${instance.instanceType}, ${instance.state}`,
    ],
    ['image', instance === undefined ? '' : imageWords(instance.image)],
    ['Elastic IP', `${address.publicIp} ${address.on === undefined ? 'on nothing' : `on ${address.on}`}`],
    [plural(routes.length, 'route'), enumerated(targets)],
    ...(remembered.length === 0 ? [] : [['way back', enumerated(remembered)] as const]),
    ['egress', `${withEgress} of ${plural(egress.length, 'subnet')}`],
  ];
}

function imageWords({ id, architecture, createdOn }: ImageState): string {
  return `${id}, ${architecture}, of ${createdOn}`;
}

function numbers(result: ScenarioResult, paint: Paint, width: number): string[] {
  const { counts, outages } = result;
  return [
    ...outages.map(({ zone, outageMs }) =>
      entry(`outage of zone ${zone}`, [paint(outageMs === 0 ? 'good' : 'strong', seconds(outageMs))], paint),
    ),
    ...result.paths.map((path) => entry(`cutover of zone ${path.zone}`, pathLines(path, width), paint)),
    entry('API calls', [callWords(counts)], paint),
    entry('alarms that rang', wrapped(result.alarms.join(', ') || 'none', width - labelColumns - 2), paint),
    entry('probes', [result.probed === 0 ? 'none asked' : `asked ${result.probed} times`], paint),
    ...(result.settledAtMs === undefined
      ? []
      : [entry('settled', [`after ${seconds(result.settledAtMs)}`], paint)]),
  ];
}

function callWords({ describe, mutating, failed }: ScenarioResult['counts']): string {
  return `${describe} Describe, ${mutating} that change something; ${failed === 0 ? 'none' : failed} failed`;
}

const labelColumns = 20;

function entry(label: string, lines: readonly string[], paint: Paint): string {
  const [first = '', ...more] = lines;
  const head = `  ${paint('dim', label.padEnd(labelColumns))}${first}`;
  return [head, ...more.map((line) => `${' '.repeat(labelColumns + 2)}${line}`)].join('\n');
}

function pathLines(path: Path, width: number): string[] {
  const { fromMs, firstCutoverCallMs, lastCutoverAnswerMs, roundTrips } = path;
  const since = path.from === 'event' ? 'the event' : 'the look that found it due';
  const trips = roundTrips.map(({ calls, sentAtMs, answeredAtMs }) => {
    const [only = ''] = calls;
    const what = calls.length === 1 ? only : `${calls.length} calls together`;
    return `${what} ${answeredAtMs - sentAtMs} ms`;
  });
  const columns = width - labelColumns - 2;
  return [
    ...wrapped(
      `first call ${seconds(firstCutoverCallMs - fromMs, 2)}, last answer ${seconds(lastCutoverAnswerMs - fromMs, 2)} after ${since}`,
      columns,
    ),
    ...wrapped(`${plural(roundTrips.length, 'round trip')}: ${trips.join(' → ')}`, columns),
  ];
}

function verdict({ ok, problems, after }: ScenarioResult, paint: Paint): string {
  const how = after.some(({ instance }) => instance?.state === 'running') ? 'settled' : 'rolled back';
  return ok
    ? paint('good', `✔ ${how}, with egress in every zone`)
    : problems.map((problem) => paint('bad', `✘ ${shortened(problem)}`)).join('\n');
}
