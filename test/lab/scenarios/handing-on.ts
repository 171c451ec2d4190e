import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Lab } from '../network/lab.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import type { ConnectionsArgument, ConnectionsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { LabScenario } from './lab-scenario.ts';
import { showSurvivors, survivorsOf } from './survivors.ts';

/** The same planned cutover in two zones at once. */
type Trial = { readonly zone: string; readonly third: number; readonly takes: boolean };
const trials: readonly Trial[] = [
  { zone: 'a', third: 0, takes: false },
  { zone: 'b', third: 1, takes: true },
];

export const handingOn: LabScenario = {
  name: 'table',
  about: "a planned cutover with and without the old instance's table of connections",
  play: async (lab, section, { quick }) => {
    // Each of two hosts: 1,000 connections in all. The hosts of a zone use the same ports, so that the NAT must change
    // those of one: whose packets come first at the next instance is not who came first at this one.
    const counts = quick
      ? { echo: 25, upload: 2, download: 2, stream: 50, keepalive: 10, idle: 11 }
      : { echo: 150, upload: 4, download: 4, stream: 250, keepalive: 50, idle: 42 };
    const held: ConnectionsArgument = { counts, echoEveryMs: 250, graceMs: 5_000, firstPort: 20_000 };
    const elastic = trials.map(({ third }) => [publicIp(third), `10.0.${third}.10`] as const);
    await lab.setPolicy({ elastic: new Map(elastic), checked: new Map(), dead: new Set() });
    const [without = lost, along = lost] = await Promise.all(
      trials.map((trial) => cutOver(lab, trial, held)),
    );
    section.note(along.said);
    showSurvivors(
      section,
      'Connections of two hosts that go on through the next instance, and the longest stall',
      {
        'without the table': without.results,
        'with it': along.results,
      },
    );
    const { total, survivors } = survivorsOf(along.results);
    section.check(
      'with the table at least 99 in 100 go on, whoever sends and whichever port it has',
      total > 0 && survivors >= 0.99 * total,
      `${survivors} of ${total}`,
    );
    const listening = survivorsOf(without.results, ['stream']);
    section.check(
      'without it, what only listens is lost: this measures something',
      listening.survivors < 0.9 * listening.total,
      `${listening.survivors} of ${listening.total}`,
    );
  },
};

type CutOver = { readonly results: readonly ConnectionsResult[]; readonly said: string };
const lost: CutOver = { results: [], said: '' };

async function cutOver(lab: Lab, { zone, third, takes }: Trial, held: ConnectionsArgument): Promise<CutOver> {
  const [from, to] = [`10.0.${third}.10`, `10.0.${third}.11`];
  const old = await lab.bootNat([from]);
  const next = await lab.bootNat([to]);
  await old.connect();
  await next.connect();
  await old.serveHealth();
  const hosts = lab.hosts.filter(({ plan }) => plan.zone === zone);
  await aim(lab, hosts, old);
  const holders = await Promise.all(
    hosts.map(({ namespace }) => Worker.start<ConnectionsResult>(namespace, 'connections', held)),
  );
  const total = Object.values(held.counts).reduce((count, one) => count + one, 0);
  const taking = takes ? next.takeConnections(from) : '';
  await untilItKnows(next, takes ? total * hosts.length : 0);
  await sleep(1_500);
  await aim(lab, hosts, next);
  await lab.router.moveAddress({ publicIp: publicIp(third), from, to });
  const said = await taking;
  await sleep(500);
  return { results: await Promise.all(holders.map((holder) => holder.finish())), said: said.trim() };
}

/** A new instance fetches the table right after its rules are loaded, and is ready a second or more later. */
async function untilItKnows(next: NatInstance, total: number): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end && (await next.connectionsKnown()) < total) await sleep(100);
}

function publicIp(third: number): string {
  return `203.0.113.${third + 7}`;
}

async function aim(lab: Lab, hosts: readonly Host[], nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  await lab.router.setRoutes(hosts.map(({ plan }) => ({ plan, via })));
}
