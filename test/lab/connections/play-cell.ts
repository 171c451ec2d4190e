import { setTimeout as sleep } from 'node:timers/promises';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { Lab } from '../network/lab.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import { envOfA, pairOfZones, zoneA, zoneB } from '../network/pair-of-zones.ts';
import type {
  HeldClientsArgument,
  HeldClientsResult,
  HeldOutcome,
  HeldServerArgument,
  HeldServerResult,
} from '../programs/held-protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { Cell } from './cells.ts';
import { type CellFigures, figuresOf } from './figures.ts';
import { connectionsOf } from './mix.ts';

/** Zone a's clients are in two subnets. */
const subnets = ['a1', 'a2'] as const;
const addressOfNew = '10.0.0.5';
/** What `KeepConnections=all` opens in the instances' security group. */
const pagedPorts = '32768-65535';

/**
 * Zone a's instance dies at once and without a word: its link goes down, and stays down. After the outage its routes and
 * its Elastic IP are with the successor, at once, as the controller moves them.
 */
export async function playCell(lab: Lab, cell: Cell): Promise<CellFigures> {
  const { outageMs } = cell;
  const perSubnet = await Promise.all(subnets.map((name) => lab.addClients(name, cell.clients / 2)));
  if (cell.groups !== 'open') await Promise.all(subnets.map((name) => lab.closeSecurityGroup(name)));
  if (cell.groups === 'instances') await lab.router.groupNats(cell.keep === 'all' ? pagedPorts : undefined);
  const keep = { KEEP_CONNECTIONS: cell.keep };
  const [a, b] = await pairOfZones(lab, keep);
  b.tellPublicIps([zoneB.elastic]);
  if (cell.keep === 'all') {
    b.closePaging();
    b.startPaging();
  }
  await lead(lab, a);
  if (cell.successor === 'copy') {
    a.copyTable();
    b.copyTable(a);
  }
  const waits: HeldServerArgument = { graceMs: graceMs(outageMs) };
  const server = await Worker.start<HeldServerResult>(lab.internet.namespace, 'held-server', waits);
  const held = connectionsOf(alternately(perSubnet));
  const holders = await Promise.all(
    subnets.map((name, index) => {
      const own = held.filter(({ client }) => perSubnet[index]?.includes(client));
      const argument: HeldClientsArgument = { connections: own, ...waits };
      return Worker.start<HeldClientsResult>(lab.host(name).namespace, 'held-clients', argument);
    }),
  );
  await sleep(2 * secondMs);
  if (cell.successor === 'copy') await untilItKnows(b, held.length);

  const diedAt = performance.now();
  a.endCopy();
  await a.cutOff();
  const successor = cell.successor === 'new' ? await bootNew(lab, cell, diedAt) : b;
  await sleep(Math.max(0, diedAt + outageMs - performance.now()));
  const to = cell.successor === 'new' ? addressOfNew : zoneB.secondary;
  await Promise.all([
    lead(lab, successor),
    lab.router.moveAddress({ publicIp: zoneA.elastic, from: zoneA.primary, to }),
  ]);
  successor.tellPublicIps([...(successor === b ? [zoneB.elastic] : []), zoneA.elastic]);
  await sleep(secondMs);
  const finished = Promise.all(holders.map((holder) => holder.finish()));
  // What comes before a holder has begun to listen for it would not count.
  await sleep(secondMs / 2);
  server.send('answer');
  const results = await finished;
  // It ends last: with it, every connection is over.
  const { uploads } = await server.finish();
  b.endCopy();
  const outcomes = results.flatMap((result) => result.outcomes);
  return figuresOf(outcomes.map((outcome) => asTheServerSees(outcome, uploads)));
}

function asTheServerSees(outcome: HeldOutcome, uploads: HeldServerResult['uploads']): HeldOutcome {
  if (outcome.kind !== 'upload') return outcome;
  const { end = 'silent', ...rest } = outcome;
  const { goesOn = false, longestStallMs = 0 } = uploads.find(({ port }) => port === outcome.seenPort) ?? {};
  return { ...rest, goesOn, longestStallMs, ...(!goesOn && { end }) };
}

/** TCP's next retransmission after an outage is as far away as the outage was long. */
function graceMs(outageMs: number): number {
  return Math.round(1.1 * outageMs) + 5 * secondMs;
}

/** It forwards shortly before it gets the traffic, as when the controller has waited for it. */
async function bootNew(lab: Lab, { keep, outageMs }: Cell, diedAt: number): Promise<NatInstance> {
  await sleep(Math.max(0, diedAt + outageMs - 4 * secondMs - performance.now()));
  const successor = await lab.bootNat([addressOfNew], { ...envOfA, KEEP_CONNECTIONS: keep });
  if (keep === 'all') successor.startPaging();
  await successor.connect();
  return successor;
}

function lead(lab: Lab, nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  return lab.router.setRoutes(subnets.map((name) => ({ plan: lab.host(name).plan, via })));
}

/** A second or two after the last connection was opened; on a machine with much to do, a copy may begin late. */
async function untilItKnows(nat: NatInstance, total: number): Promise<void> {
  const end = performance.now() + 60 * secondMs;
  while ((await nat.connectionsKnown()) < total) {
    if (performance.now() > end)
      throw new Error(`the neighbour knows ${await nat.connectionsKnown()} of ${total}: ${nat.copySaid}`);
    await sleep(100);
  }
}

/** The first of each, the second of each, and so on. */
function alternately(lists: readonly (readonly string[])[]): readonly string[] {
  const most = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: most }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}
