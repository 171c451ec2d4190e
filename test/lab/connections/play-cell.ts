import { setTimeout as sleep } from 'node:timers/promises';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { Lab } from '../network/lab.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import { envOfA, pairOfZones, zoneA, zoneB } from '../network/pair-of-zones.ts';
import {
  type HeldClientsArgument,
  type HeldClientsResult,
  type HeldKind,
  type HeldOutcome,
  type HeldServerResult,
  listeningKinds,
} from '../programs/held-protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { Cell, Keep } from './cells.ts';
import { type CellFigures, figuresOf } from './figures.ts';
import { connectionsOf, heldInAll } from './mix.ts';

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
  const clients = await Promise.all(subnets.map((name) => lab.addClients(name, cell.clients / 2)));
  if (cell.groups !== 'open') await Promise.all(subnets.map((name) => lab.closeSecurityGroup(name)));
  if (cell.groups === 'instances') await lab.router.groupNats(cell.keep === 'all' ? pagedPorts : undefined);
  const [dying, neighbour] = await bootBoth(lab, cell);
  const connections = await hold(lab, clients, cell);
  await sleep(2 * secondMs);
  if (cell.successor === 'copy') await untilItKnows(neighbour, heldInAll);

  const successor = await dieAndWait(lab, cell, [dying, neighbour]);
  const to = cell.successor === 'new' ? addressOfNew : zoneB.secondary;
  await Promise.all([
    lead(lab, successor),
    lab.router.moveAddress({ publicIp: zoneA.elastic, from: zoneA.primary, to }),
  ]);
  successor.tellPublicIps([...(successor === neighbour ? [zoneB.elastic] : []), zoneA.elastic]);
  await sleep(secondMs);
  const outcomes = await conclude(connections);
  neighbour.endCopy();
  return figuresOf(outcomes);
}

async function bootBoth(lab: Lab, { successor, keep }: Cell): Promise<readonly [NatInstance, NatInstance]> {
  const [a, b] = await pairOfZones(lab, { KEEP_CONNECTIONS: keep });
  b.tellPublicIps([zoneB.elastic]);
  if (keep === 'all') {
    b.closePaging();
    b.startPaging();
  }
  await lead(lab, a);
  if (successor === 'copy') {
    a.copyTable();
    b.copyTable(a);
  }
  return [a, b];
}

type Connections = { readonly server: Worker<HeldServerResult>; readonly holders: readonly Worker<object>[] };

/** `clients`: of each subnet. */
async function hold(lab: Lab, clients: readonly (readonly string[])[], cell: Cell): Promise<Connections> {
  const server = await Worker.start<HeldServerResult>(lab.internet.namespace, 'held-server', {});
  const held = connectionsOf(alternately(clients), (kind, isPaired) => graceMs(cell, kind, isPaired));
  const holders = await Promise.all(
    subnets.map((name, index) => {
      const connections = held.filter(({ client }) => clients[index]?.includes(client));
      const argument: HeldClientsArgument = { connections };
      return Worker.start<object>(lab.host(name).namespace, 'held-clients', argument);
    }),
  );
  return { server, holders };
}

async function conclude({ server, holders }: Connections): Promise<readonly HeldOutcome[]> {
  for (const holder of holders) holder.send('conclude');
  // What comes before a holder has begun to listen for it would not count.
  await sleep(secondMs / 2);
  server.send('answer');
  const results = await Promise.all(holders.map((holder) => holder.nextAnswer<HeldClientsResult>()));
  // With it, every connection is over.
  const { uploads } = await server.finish();
  const outcomes = results.flatMap((result) => result.outcomes);
  return outcomes.map((outcome) => asTheServerSees(outcome, uploads));
}

function asTheServerSees(outcome: HeldOutcome, uploads: HeldServerResult['uploads']): HeldOutcome {
  if (outcome.kind !== 'upload') return outcome;
  const { end = 'silent', ...rest } = outcome;
  const { goesOn = false, longestStallMs = 0 } = uploads.find(({ port }) => port === outcome.seenPort) ?? {};
  return { ...rest, goesOn, longestStallMs, ...(!goesOn && { end }) };
}

/**
 * TCP's next retransmission after an outage is as far away as the outage was long. It may be the one after that which comes
 * through: where the other end sent something too early, or a client was asked too early. Nothing is to be waited for of who
 * only listens where nobody is asked, and half of those that share their port are lost for good.
 */
function graceMs({ successor, keep, outageMs }: Cell, kind: HeldKind, isPaired: boolean): number {
  const once = Math.round(1.1 * outageMs) + 5 * secondMs;
  const isLost = keep === 'senders' && successor !== 'copy' && listeningKinds.includes(kind);
  return isLost || isPaired ? once : 3 * once;
}

/** A new instance begins to boot so long before it gets the traffic; where the outage is shorter, before the death. */
const bootsBeforeMs = 10 * secondMs;

/** Resolves to the successor when the outage is over. @throws Error where the machine is too slow for that outage. */
async function dieAndWait(
  lab: Lab,
  { successor, keep, outageMs }: Cell,
  [dying, neighbour]: readonly [NatInstance, NatInstance],
): Promise<NatInstance> {
  const isLong = outageMs > bootsBeforeMs;
  const early = successor === 'new' && !isLong ? await bootNew(lab, keep) : neighbour;
  dying.endCopy();
  await dying.cutOff();
  const diedAt = performance.now();
  if (isLong) await sleep(outageMs - bootsBeforeMs);
  const next = successor === 'new' && isLong ? await bootNew(lab, keep) : early;
  const lateMs = performance.now() - diedAt - outageMs;
  if (lateMs > 0) throw new Error(`the successor was ready ${Math.round(lateMs)} ms too late`);
  await sleep(-lateMs);
  return next;
}

async function bootNew(lab: Lab, keep: Keep): Promise<NatInstance> {
  const next = await lab.bootNat([addressOfNew], { ...envOfA, KEEP_CONNECTIONS: keep });
  if (keep === 'all') next.startPaging();
  await next.connect();
  return next;
}

function lead(lab: Lab, nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  return lab.router.setRoutes(subnets.map((name) => ({ plan: lab.host(name).plan, via })));
}

/** A second or two after the last connection was opened; on a machine with much to do, a copy may begin late. */
async function untilItKnows(nat: NatInstance, total: number): Promise<void> {
  const end = performance.now() + 60 * secondMs;
  for (let known = 0; known < total; known = await copiedTo(nat)) {
    if (performance.now() > end)
      throw new Error(`the copy has ${known} connections of ${total}: ${nat.copySaid}`);
    await sleep(secondMs / 5);
  }
}

/** Of another instance: not those that it has itself, of its metadata service and of the copy. */
async function copiedTo(nat: NatInstance): Promise<number> {
  return Number(/"copy": \{[^}]*"connections": (\d+)/.exec((await nat.health()).body)?.[1] ?? 0);
}

/** The first of each, the second of each, and so on. */
function alternately(lists: readonly (readonly string[])[]): readonly string[] {
  const most = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: most }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}
