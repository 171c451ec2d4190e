import type { RecordedCall, ScenarioResult, TimelineEntry } from '../../demo/scenario-result.ts';
import { seconds } from '../../demo/text.ts';
import { arrow, box, renderSvg, text, width, wrapped } from './svg.ts';

/** Who takes part, and where the line of each stands. */
const places = { clients: 140, probe: 276, controller: 402, ec2: 756 } as const;
type Party = keyof typeof places;

const names: Readonly<Record<Party, string>> = {
  clients: 'clients in a',
  probe: 'probe in a',
  controller: 'controller',
  ec2: 'EC2, events',
};

type Row =
  | {
      readonly kind: 'message';
      readonly atMs: number;
      readonly from: Party;
      readonly to: Party;
      readonly words: string;
    }
  /** Something that befalls a party. */
  | {
      readonly kind: 'mark';
      readonly atMs: number;
      readonly at: Party;
      readonly words: string;
      readonly is: '' | 'good' | 'bad';
    };

/** Ids are long, and as good when they are short. */
function short(words: string): string {
  return words.replaceAll(/\b(i|eni|rtb|ami|subnet|eipalloc)-([0-9a-f]{6})[0-9a-f]+/g, '$1-$2');
}

function rowsOfCalls(calls: readonly RecordedCall[], atMs: number, seen: Set<string>): Row[] {
  return calls.flatMap(({ call, detail, effect }) => {
    const what = `${call} ${detail
      .replace(/ \(.*\)$/, '')
      .replace(/ in subnet-\w+/, '')
      .replace(/^eni-\w+:/, ':')}`;
    // What a second run does again beside the first changes nothing: calls are made so that they may be repeated.
    if (effect === 'note' || seen.has(what)) return [];
    seen.add(what);
    return [
      {
        kind: 'message' as const,
        atMs,
        from: 'controller' as const,
        to: 'ec2' as const,
        words: short(what.replace(' :', ':')),
      },
    ];
  });
}

function rowsOf(entry: TimelineEntry, seen: Set<string>): Row[] {
  const { atMs } = entry;
  switch (entry.kind) {
    case 'trouble':
      return /operator/.test(entry.detail)
        ? [{ kind: 'mark', atMs, at: 'controller', words: 'an operator says: rebuild zone a', is: '' }]
        : [{ kind: 'mark', atMs, at: 'ec2', words: short(entry.detail), is: 'bad' }];
    case 'event': {
      const isShown = entry.receivedAtMs === atMs && !/^command|^the schedule/.test(entry.detail);
      return isShown
        ? [{ kind: 'message', atMs, from: 'ec2', to: 'controller', words: `event: ${short(entry.detail)}` }]
        : [];
    }
    case 'egress':
      return [
        entry.change.to === 'lost'
          ? { kind: 'mark', atMs, at: 'clients', words: '✘ no way out', is: 'bad' }
          : {
              kind: 'mark',
              atMs,
              at: 'clients',
              words: `✔ back after ${seconds(entry.change.afterMs)}`,
              is: 'good',
            },
      ];
    case 'probe':
      return [
        {
          kind: 'message',
          atMs,
          from: 'probe',
          to: 'controller',
          words: entry.said === 'passed' ? 'a request passes' : 'none passes',
        },
      ];
    case 'snapshot': {
      const [first] = entry.calls;
      const words =
        entry.calls.length === 1 ? (first?.call ?? '') : `${entry.calls.length} Describe calls at once`;
      return seen.has('looked') ? [] : [{ kind: 'message', atMs, from: 'controller', to: 'ec2', words }];
    }
    case 'wave':
      seen.add('looked');
      return rowsOfCalls(entry.calls, atMs, seen);
    case 'instance':
      return [
        { kind: 'mark', atMs, at: 'ec2', words: `${short(entry.instanceId)} is ${entry.became}`, is: '' },
      ];
    case 'settled':
      return [{ kind: 'mark', atMs, at: 'controller', words: '✔ nothing is left to do', is: 'good' }];
    default:
      return [];
  }
}

const rowHeight = 36;
const top = 92;

/** Of subnets that lose their way out one after the other, the first counts; of those that get it back, the last. */
function withoutRepeats(rows: readonly Row[]): Row[] {
  return rows.filter((row, index) => {
    const other = rows[row.kind === 'mark' && row.is === 'bad' ? index - 1 : index + 1];
    const isRepeated =
      row.kind === 'mark' && other?.kind === 'mark' && row.at === 'clients' && other.at === 'clients';
    return !(isRepeated && row.is === other.is);
  });
}

function drawRow(row: Row, index: number): string[] {
  const y = top + index * rowHeight;
  const when = text({ x: 74, y: y + 5 }, `t+${seconds(row.atMs)}`, 'small soft end');
  if (row.kind === 'mark') {
    const x = row.at === 'ec2' ? width - 24 : places[row.at] + 10;
    return [
      when,
      `<circle cx="${places[row.at]}" cy="${y}" r="6" class="${row.is}tip"/>`,
      row.at === 'ec2'
        ? text({ x: places.ec2 - 12, y: y + 5 }, row.words, `small end ${row.is}`)
        : text({ x, y: y + 5 }, row.words, `small bold ${row.is}`),
    ];
  }
  const [from, to] = [places[row.from], places[row.to]];
  const middle = (from + to) / 2;
  return [
    when,
    arrow([
      { x: from, y },
      { x: to, y },
    ]),
    text({ x: middle, y: y - 5 }, row.words, 'small middle'),
  ];
}

export type Sequence = { readonly title: string; readonly result: ScenarioResult };

export function drawSequence({ title, result }: Sequence): string {
  const seen = new Set<string>();
  const rows = withoutRepeats(result.timeline.flatMap((entry) => rowsOf(entry, seen)));
  const bottom = top + rows.length * rowHeight;
  const note = `Drawn from the scenario "${result.scenario}" of npm run demo: simulated EC2, not measured on AWS. Left out: notes in tags, later looks, and what a second run repeats.`;
  return renderSvg({
    title,
    description: `${rows.map((row) => `t+${seconds(row.atMs)} ${row.kind === 'mark' ? names[row.at] : `${names[row.from]} to ${names[row.to]}`}: ${row.words}`).join('. ')}. ${note}`,
    height: bottom + 50,
    body: [
      text({ x: 20, y: 28 }, title, 'head'),
      ...Object.entries(places).flatMap(([party, x]) => [
        `<path class="line" stroke-dasharray="2 4" d="M${x} 72V${bottom - 12}"/>`,
        box({ x: x - 60, y: 42, w: 120, h: 28 }, [names[party as Party]]),
      ]),
      ...rows.flatMap(drawRow),
      ...wrapped(note, 112).map((line, index) =>
        text({ x: 20, y: bottom + 14 + index * 18 }, line, 'small soft'),
      ),
    ],
  });
}
