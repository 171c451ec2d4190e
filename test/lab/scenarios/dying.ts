import { setTimeout as sleep } from 'node:timers/promises';
import type { NatInstance } from '../network/nat-instance.ts';
import { pairOfZones, zoneA, zoneB } from '../network/pair-of-zones.ts';
import type { ConnectionsArgument, ConnectionsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { LabScenario } from './lab-scenario.ts';
import { showSurvivors, survivorsOf } from './survivors.ts';

const outageMs = 1_500;

/** Zone a's NAT dies, at once and without a word, and zone b's has a copy of its connections. */
export const dying: LabScenario = {
  name: 'copy',
  about: "a sudden death, where the neighbour that stands in has a copy of the dead one's connections",
  isLong: true,
  play: async (lab, section) => {
    const counts = { echo: 150, upload: 4, download: 4, stream: 250, keepalive: 50, idle: 42 };
    const held: ConnectionsArgument = { counts, echoEveryMs: 250, graceMs: 6_000, firstPort: 20_000 };
    const [a, b] = await pairOfZones(lab);
    await b.serveHealth();
    const hosts = lab.hosts.filter(({ plan }) => plan.zone === 'a');
    const aim = (nat: NatInstance) => {
      const via = { address: nat.addresses[0] ?? '', device: nat.device };
      return lab.router.setRoutes(hosts.map(({ plan }) => ({ plan, via })));
    };
    await aim(a);
    a.copyTable();
    b.copyTable(a);
    await sleep(1_000);
    const holders = await Promise.all(
      hosts.map(({ namespace }) => Worker.start<ConnectionsResult>(namespace, 'connections', held)),
    );
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0) * hosts.length;
    const copied = await comes(async () => (await b.connectionsKnown()) >= total);
    section.check('the neighbour knows its connections', copied, `${await b.connectionsKnown()} of ${total}`);
    await sleep(1_500);
    a.endCopy();
    await a.cutOff();
    await sleep(outageMs);
    await Promise.all([
      aim(b),
      lab.router.moveAddress({ publicIp: zoneA.elastic, from: zoneA.primary, to: zoneB.secondary }),
    ]);
    await sleep(2_000);
    const home = await lab.bootNat(['10.0.0.5'], { OTHER_CIDRS: '10.0.120.0/24', NAT_CIDRS: '10.0.1.0/24' });
    await home.connect();
    const taking = home.takeConnections(zoneB.secondary);
    const taken = await comes(async () => (await home.connectionsKnown()) >= total);
    section.check('so does the one that the zone goes home to', taken, `${await home.connectionsKnown()}`);
    await sleep(1_500);
    await aim(home);
    await lab.router.moveAddress({ publicIp: zoneA.elastic, from: zoneB.secondary, to: '10.0.0.5' });
    section.note((await taking).trim());
    const results = await Promise.all(holders.map((holder) => holder.finish()));
    b.endCopy();
    showSurvivors(section, 'Connections of two hosts that go on after a sudden death, and the way home', {
      'with the copy': results,
    });
    const { survivors, total: asked } = survivorsOf(results);
    section.check(
      'at least 99 in 100 go on',
      asked === total && survivors >= 0.99 * total,
      `${survivors} of ${asked}`,
    );
  },
};

async function comes(holds: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await holds()) return true;
    await sleep(100);
  }
  return false;
}
