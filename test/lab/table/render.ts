import { cpus } from 'node:os';
import { markdownTable } from 'markdown-table';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { EventFigures } from './play-event.ts';
import { setups } from './setups.ts';
import { connectionGroups, patienceMs, requestsEveryMs } from './traffic.ts';

/** A row that could not be played to its end says why. */
export type RowOutcome =
  | { readonly kind: 'played'; readonly figures: EventFigures }
  | { readonly kind: 'failed'; readonly setup: string; readonly says: string; readonly why: string };

const head = [
  "zone a's instance, in the lab",
  'requests lost',
  'longest stall',
  'to be reached',
  ...connectionGroups.map((name) => `survivors: ${name}`),
  'address seen',
];

/** One row; whoever reads it is to see at once what did not come to its end. */
export function rowOf(outcome: RowOutcome): readonly string[] {
  if (outcome.kind === 'failed') {
    return [
      outcome.says,
      `did not come to its end: ${outcome.why}`,
      '',
      '',
      ...connectionGroups.map(() => ''),
      '',
    ];
  }
  const { says, must = '', requests, connections, publicIp } = outcome.figures;
  return [
    says,
    `${requests.lost} of ${requests.sent}`,
    seconds(requests.longestStallMs),
    must,
    ...connectionGroups.map((group) => {
      const found = connections.find(({ name }) => name === group);
      return found === undefined ? '' : `${found.survivors} of ${found.total}`;
    }),
    addressOf(requests.seen, publicIp),
  ];
}

function addressOf(seen: readonly string[], publicIp: string): string {
  if (seen.length === 0) return 'nothing came through';
  return seen.every((address) => address === publicIp) ? 'the same' : seen.join(', then ');
}

function seconds(ms: number): string {
  return `${(ms / secondMs).toFixed(1)} s`;
}

/** On what the figures rest. */
export type Basis = {
  readonly connections: number;
  /** What the simulated EC2 takes. */
  readonly pace: string;
  /** How many programs were waiting for a processor when it began. */
  readonly load: number;
};

/** In Markdown, with what it rests on; a table for each setup of which there is a row. */
export function renderTable(outcomes: readonly RowOutcome[], basis: Basis): string {
  const tables = setups.flatMap(({ name, about }) => {
    const own = outcomes.filter((outcome) => setupOf(outcome) === name).map(rowOf);
    return own.length === 0
      ? []
      : [`${about}\n\n${markdownTable([head, ...own].map((cells) => [...cells]))}\n`];
  });
  return [`${inWords(basis)}\n`, ...tables].join('\n');
}

function inWords({ connections, pace, load }: Basis): string {
  return [
    `Each event once; ${connections} connections of two hosts, from ports that their kernels choose;`,
    `a request every ${requestsEveryMs} ms, lost after ${patienceMs / secondMs} s.`,
    `The simulated EC2: ${pace}; its events come 0.5 to 3 s late, a watch's within a second;`,
    'it lets an instance hold its shutdown for two minutes, unless a row says otherwise.',
    `A machine with ${cpus().length} processors, load ${load.toFixed(1)} when it began.`,
  ].join(' ');
}

function setupOf(outcome: RowOutcome): string {
  return outcome.kind === 'played' ? outcome.figures.setup : outcome.setup;
}

/** For a reader in a hurry: with one zone, and with a neighbour that stands in. */
export function renderBrief(outcomes: readonly RowOutcome[]): string {
  const [alone, neighbour] = ['one', 'neighbour'];
  const all = [...new Set(outcomes.map(saysOf))];
  const told = (setup: string, says: string) => {
    const found = outcomes.find((outcome) => setupOf(outcome) === setup && saysOf(outcome) === says);
    return found === undefined ? '' : inBrief(found);
  };
  const rows = all.map((says) => [says, told(alone, says), told(neighbour, says)]);
  return `${markdownTable([
    ["zone a's instance, in the lab", 'one zone, EC2 simulated', 'two zones, `StandIn=on`, EC2 simulated'],
    ...rows,
  ])}\n`;
}

function inBrief(outcome: RowOutcome): string {
  if (outcome.kind === 'failed') return 'did not come to its end';
  const { requests, connections, publicIp } = outcome.figures;
  const survivors = sum(connections.map((group) => group.survivors));
  const total = sum(connections.map((group) => group.total));
  const address = addressOf(requests.seen, publicIp);
  return [
    seconds(requests.longestStallMs),
    `${requests.lost} lost`,
    `${survivors} of ${total} go on`,
    ...(address === 'the same' ? [] : [address]),
  ].join(', ');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function saysOf(outcome: RowOutcome): string {
  return outcome.kind === 'played' ? outcome.figures.says : outcome.says;
}
