import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../network/lab.ts';
import type { NatInstance } from '../../network/nat-instance.ts';
import { pairOfZones, zoneA, zoneB } from '../../network/pair-of-zones.ts';
import type { ConnectionsArgument, ConnectionsResult } from '../../programs/protocol.ts';
import { Worker } from '../../programs/worker.ts';
import type { LabScenario } from '../lab-scenario.ts';
import { showSurvivors, survivorsOf } from '../survivors.ts';

/** What it was told at its launch, whoever carries its zone now: nobody is there. */
const formerPredecessor = '10.0.0.99';

/** Zone a's NAT is rebooted, zone b's stands in meanwhile, and the traffic comes back to the same instance. */
export const bootingAgain: LabScenario = {
  name: 'reboot',
  about: 'an instance that has booted again fetches the connections from the neighbour that carried its zone',
  play: async (lab, section, { quick }) => {
    const counts = quick
      ? { echo: 25, upload: 2, download: 2, stream: 50, keepalive: 10, idle: 11 }
      : { echo: 150, upload: 4, download: 4, stream: 250, keepalive: 50, idle: 42 };
    const held: ConnectionsArgument = { counts, echoEveryMs: 250, graceMs: 6_000, firstPort: 20_000 };
    const [a, b] = await pairOfZones(lab);
    await b.serveHealth();
    await aim(lab, a);
    a.copyTable();
    b.copyTable(a);
    await sleep(1_000);
    const holders = await Promise.all(
      lab.hosts
        .filter(({ plan }) => plan.zone === 'a')
        .map(({ namespace }) => Worker.start<ConnectionsResult>(namespace, 'connections', held)),
    );
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0) * holders.length;
    await comes(async () => (await b.connectionsKnown()) >= total);
    await sleep(1_500);

    b.tellPublicAddresses(zoneB.elastic, zoneA.elastic);
    await moveTo(lab, b, { from: zoneA.primary, to: zoneB.secondary });
    await a.destroy();
    await sleep(2_000);

    const again = await bootedAgain(lab);
    const atFirst = await again.connectionsKnown();
    section.check('after its boot it knows none of them', atFirst < total / 10, `${atFirst}`);
    const coming = again.comeHome().catch(() => 'nothing was fetched');
    again.copyTable();
    const knows = await comes(async () => (await again.connectionsKnown()) >= total);
    section.check(
      'it learns who carries its zone, and fetches them before the traffic comes back',
      knows,
      `${await again.connectionsKnown()} of ${total}`,
    );
    await sleep(1_500);
    await moveTo(lab, again, { from: zoneB.secondary, to: zoneA.primary });
    b.tellPublicAddresses(zoneB.elastic);
    if (knows) section.note((await coming).trim());
    const results = await Promise.all(holders.map((holder) => holder.finish()));
    for (const nat of [again, b]) nat.endCopy();
    showSurvivors(section, 'Connections of two hosts that go on after a reboot, and the way back', {
      'through the neighbour, and back': results,
    });
    const { survivors, total: asked } = survivorsOf(results);
    section.check(
      'at least 99 in 100 go on, whoever sends and whichever port it has',
      asked === total && survivors >= 0.99 * total,
      `${survivors} of ${asked}`,
    );
  },
};

/** Its zone's Elastic IP is elsewhere. */
async function bootedAgain(lab: Lab): Promise<NatInstance> {
  const env = {
    OTHER_CIDRS: '10.0.120.0/24',
    NAT_CIDRS: '10.0.1.0/24',
    PREDECESSOR: formerPredecessor,
  };
  const nat = await lab.bootNat([zoneA.primary], env, {
    'local-ipv4s': zoneA.primary,
    mac: '02:00:00:00:00:01',
  });
  await nat.connect();
  await nat.serveHealth();
  return nat;
}

async function moveTo(
  lab: Lab,
  nat: NatInstance,
  way: { readonly from: string; readonly to: string },
): Promise<void> {
  await aim(lab, nat);
  await lab.router.moveAddress({ publicIp: zoneA.elastic, ...way });
}

async function aim(lab: Lab, nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  const hosts = lab.hosts.filter(({ plan }) => plan.zone === 'a');
  await lab.router.setRoutes(hosts.map(({ plan }) => ({ plan, via })));
}

async function comes(holds: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await holds()) return true;
    await sleep(100);
  }
  return false;
}
