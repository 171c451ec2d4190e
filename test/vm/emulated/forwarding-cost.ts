import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { service } from '../../lab/network/address-plan.ts';
import { putBetweenMarks } from '../../lab/table/write-table.ts';
import { forwardingIsOn } from '../cases/claims.ts';
import type { Image } from '../image.ts';
import { clear, furnish } from '../inside.ts';
import { userDataOf } from '../launch.ts';
import { Network } from '../network/network.ts';
import type { CostOptions } from '../options.ts';
import { median } from './boots-table.ts';
import { type CostRow, renderCosts } from './costs-table.ts';
import { Emulator } from './emulator.ts';
import { eachTook } from './pcap.ts';

const page = 'docs/nat-instance.md';
const marks = [
  '<!-- vm: from `npm run test:vm -- --qemu --cost 5 --write` -->',
  '<!-- /vm cost -->',
] as const;

const [bursts, packets] = [10, 200];
const to = service.echo;

/** What forwards, and how the instance is made to do it. `known`: how packets of a known connection are made for it. */
type Setup = { readonly name: string; readonly install: string; readonly known: 'known' | 'unasked' };

const ours = (flowTable: string) =>
  `nft flush ruleset; sed -i '/^FLOW_TABLE=/d' /etc/phoenat/nat.env; echo FLOW_TABLE=${flowTable} >>/etc/phoenat/nat.env; bash /etc/phoenat/configure.sh`;

const setups: readonly Setup[] = [
  { name: 'plain forwarding, no NAT', known: 'unasked', install: 'nft flush ruleset' },
  {
    name: 'one rule: masquerade',
    known: 'known',
    install: `nft flush ruleset; read -r uplink </run/phoenat/uplink; nft "table ip nat { chain postrouting { type nat hook postrouting priority srcnat; oifname \\"$uplink\\" masquerade; }; }"`,
  },
  { name: 'Phoenat', known: 'known', install: ours('') },
  { name: 'Phoenat, `FlowTable=on`', known: 'known', install: ours('1') },
];

/** Round by round, each beginning with another setup. */
export async function measureCost(image: Image, { rounds, json, write }: CostOptions): Promise<number> {
  const folder = await furnish('machine');
  const network = await Network.build('cost', folder);
  const disk = join(image.folder, 'disk.qcow2');
  const machine = await Emulator.make({ disk, image: image.folder, folder, network });
  try {
    const userData = userDataOf({ PHOENAT_FLOW_TABLE: 'on' });
    await network.serveMetadata({ userData, instanceId: 'i-0123456789abcdef0', version: '2' });
    await network.openRepositories(image.packages);
    await network.serveConnections();
    await machine.boot();
    await isCalm(machine);
    const rows = await allRounds(network, machine, rounds);
    process.stdout.write(json ? `${JSON.stringify(rows, undefined, 2)}\n` : renderCosts(rows));
    if (write) writeTable(renderCosts(rows));
    return 0;
  } finally {
    await machine.remove();
    await network.takeDown();
    await clear(folder);
  }
}

/** Its boot is done, and nobody puts right what is measured, for no probe has brought the guard. */
async function isCalm(machine: Emulator): Promise<void> {
  await machine.until(forwardingIsOn, machine.patience, () => machine.timesSaid(forwardingIsOn) > 0);
  const isUp = '[ "$(cloud-init status)" = "status: done" ] && systemctl is-active --quiet phoenat-nat';
  await machine.until('its boot ends', machine.patience, async () => (await machine.run(isUp)).code === 0);
  await machine.run('systemctl stop phoenat-health.socket');
}

async function allRounds(network: Network, machine: Emulator, rounds: number): Promise<CostRow[]> {
  const rows = setups.map(({ name }) => ({ name, known: [] as number[], first: [] as number[] }));
  let next = 1;
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < setups.length; turn += 1) {
      const nth = (round + turn) % setups.length;
      const [setup, row] = [setups[nth], rows[nth]];
      if (setup === undefined || row === undefined) continue;
      await install(machine, setup);
      row.known.push(await costOf(network, machine, setup.known, next));
      row.first.push(await costOf(network, machine, 'new', next + bursts));
      next += 2 * bursts;
      process.stderr.write(
        `${round + 1} of ${rounds}, ${setup.name}: ${row.known.at(-1)?.toFixed(2)} and ${row.first.at(-1)?.toFixed(2)} µs\n`,
      );
    }
  }
  return rows;
}

async function install(machine: Emulator, { name, install: command }: Setup): Promise<void> {
  const { code, stderr } = await machine.run(command);
  if (code !== 0) throw new Error(`${name}: ${stderr}`);
}

/** Of a packet, in microseconds of the machine's own time: the median of some bursts. */
async function costOf(
  network: Network,
  machine: Emulator,
  kind: 'known' | 'unasked' | 'new',
  first: number,
): Promise<number> {
  await sendBursts(network, machine, kind, first);
  const { frames } = machine;
  const taken = Array.from({ length: bursts }, (_, nth) =>
    eachTook(frames, { number: first + nth, to, packets }),
  );
  const whole = taken.flatMap((us) => us ?? []);
  if (whole.length < 3) throw new Error(`${whole.length} of ${bursts} bursts tell what a packet took`);
  return median(whole);
}

/** Each is there as a whole before the machine sees the first packet of it: it does not wait for any. */
async function sendBursts(network: Network, machine: Emulator, kind: string, first: number): Promise<void> {
  const program = fileURLToPath(new URL('../programs/bursts.py', import.meta.url));
  const args = [program, kind, to, `${first}`, `${packets}`];
  const command = ['netns', 'exec', network.namespace('client'), 'python3', ...args];
  const child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await network.silence(to, true);
  for (let nth = 0; nth < bursts; nth += 1) {
    await machine.pause();
    child.stdin.write('\n');
    await lines.next();
    await machine.resume();
    await sleep(300);
  }
  child.stdin.end();
  const [code] = await ended;
  await network.silence(to, false);
  if (code !== 0) throw new Error(`bursts.py ${kind} has ended with ${code}`);
}

function writeTable(table: string): void {
  const file = new URL(`../../../${page}`, import.meta.url);
  writeFileSync(file, putBetweenMarks(readFileSync(file, 'utf8'), table, page, marks));
}
