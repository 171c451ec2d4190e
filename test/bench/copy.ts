import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { Lab } from '../lab/network/lab.ts';
import { attemptIn, closeLab, removeLeftovers, removeOwn, runIn } from '../lab/network/namespaces.ts';
import type { NatInstance } from '../lab/network/nat-instance.ts';
import { pairOfZones, zoneA } from '../lab/network/pair-of-zones.ts';
import { judgeMachine } from '../lab/requirements.ts';

const usage = `What the copy of the neighbour's connections costs: npm run bench:copy   (root on Linux)

  --help   this text

The shipped program between two namespaces, with entries that are made in the kernel's table; what the kernel itself takes
for its events is not counted.`;

const files = fileURLToPath(new URL('../../infra/nat-instance', import.meta.url));
const load = join(import.meta.dirname, 'copy-load.py');
const seconds = 12;

type Row = { readonly what: string; readonly standing: number; readonly perSecond: number };
const rows: readonly Row[] = [
  { what: 'no connection', standing: 0, perSecond: 0 },
  { what: '1,000 connections', standing: 1_000, perSecond: 0 },
  { what: '50,000 connections', standing: 50_000, perSecond: 0 },
  { what: '1,000 new a second', standing: 0, perSecond: 1_000 },
  { what: '3,000 new a second', standing: 0, perSecond: 3_000 },
];

async function measure({ standing, perSecond }: Row): Promise<readonly string[]> {
  const [a, b] = await pairOfZones(await Lab.build(files));
  const offer = (args: readonly string[]) =>
    runIn(a.namespace, ['python3', load, files, zoneA.primary, ...args]);
  if (standing > 0) await offer(['stand', `${standing}`]);
  a.copyTable();
  b.copyTable(a);
  const began = performance.now();
  while ((await b.connectionsKnown()) < standing && performance.now() - began < 30_000) await sleep(100);
  const first = [a, b].map((nat) => nat.copyCost().cpuMs);
  await sleep(4_000);
  const offering = perSecond > 0 ? offer(['new', `${perSecond}`, `${seconds + 8}`]) : undefined;
  if (offering !== undefined) await sleep(5_000);
  const before = [a, b].map((nat) => nat.copyCost().cpuMs);
  const bytesBefore = sentBy(a);
  await sleep(seconds * 1_000);
  const spent = [a, b].map((nat, nth) => (nat.copyCost().cpuMs - (before[nth] ?? 0)) / seconds / 10);
  const bytes = ((await sentBy(a)) - (await bytesBefore)) / seconds / 1_000;
  const copied = await b.connectionsKnown();
  await offering;
  const memory = [a, b].map((nat) => nat.copyCost().memoryMib.toFixed(0));
  const row = [
    `${spent[0]?.toFixed(1)} %, ${spent[1]?.toFixed(1)} %`,
    `${first.join(', ')} ms`,
    `${bytes.toFixed(1)} kB`,
    `${memory.join(', ')} MiB`,
    `${copied}`,
    a.copySaid.trim(),
  ];
  for (const nat of [a, b]) nat.endCopy();
  await removeOwn();
  return row;
}

async function sentBy({ namespace }: NatInstance): Promise<number> {
  const { stdout } = await attemptIn(namespace, ['cat', '/sys/class/net/eth0/statistics/tx_bytes']);
  return Number(stdout);
}

async function main(): Promise<number> {
  readCommandLine({ script: 'bench:copy', usage }, (args) => parseOptions({ args }));
  const fitness = await judgeMachine();
  if (fitness.kind !== 'fit') {
    console.log(`bench:copy  skipped: ${fitness.why}`);
    return 0;
  }
  await removeLeftovers();
  console.log(
    `on ${/model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'one processor'}`,
  );
  console.log(
    '| | of one core: who tells, who copies | at first | sent a second | memory | known there | it says |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) console.log(`| ${[row.what, ...(await measure(row))].join(' | ')} |`);
  return 0;
}

process.once('SIGINT', () => {
  closeLab();
  removeOwn().finally(() => process.exit(130));
});
process.exitCode = await main();
