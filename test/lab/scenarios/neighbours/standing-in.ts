import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Lab } from '../../network/lab.ts';
import type { NatInstance } from '../../network/nat-instance.ts';
import type { ConnectionsArgument, ConnectionsResult } from '../../programs/protocol.ts';
import { Worker } from '../../programs/worker.ts';
import type { Section } from '../../report.ts';
import type { LabScenario } from '../lab-scenario.ts';
import { printConnections } from '../print-connections.ts';

/** Zone a's Elastic IP, and zone b's. */
const [ofA, ofB] = ['203.0.113.7', '203.0.113.8'];
/** Zone b's instance: its own address, and the one for standing in. */
const [primaryOfB, secondaryOfB] = ['10.0.1.4', '10.0.1.5'];
const cidrsOfA = '10.0.100.0/24 10.0.101.0/24';

/** Zone a's NAT dies, zone b's stands in with a's Elastic IP on its secondary address, and a new one takes over. */
export const standingIn: LabScenario = {
  name: 'ring',
  about: 'the neighbour stands in with the Elastic IP of the zone that it helps, and hands back',
  play: async (lab, section) => {
    const dying = await lab.bootNat(['10.0.0.4']);
    const addresses = [primaryOfB, secondaryOfB];
    const neighbour = await lab.bootNat(addresses, { OTHER_CIDRS: cidrsOfA }, { 'local-ipv4s': primaryOfB });
    const next = await lab.bootNat(['10.0.0.5']);
    for (const nat of [dying, neighbour, next]) await nat.connect();
    await aim(lab, 'a', dying);
    await aim(lab, 'b', neighbour);
    const elastic = new Map([
      [ofA, '10.0.0.4'],
      [ofB, primaryOfB],
    ]);
    await lab.setPolicy({ elastic, checked: new Map(), dead: new Set() });

    const atFirst = await standInOf(neighbour);
    section.check('no secondary address is known yet', atFirst === null, String(atFirst));
    neighbour.tellMetadata({ 'local-ipv4s': addresses.join('\n') });
    const guard = neighbour.startGuard();
    try {
      const learned = await inTheEnd(async () => (await standInOf(neighbour)) === secondaryOfB);
      const told = String(await standInOf(neighbour));
      section.check('one that is assigned later is found, and the health answer tells it', learned, told);
    } finally {
      guard.stop();
    }
    const toNeighbour = await hold(lab, () => failOver(lab, dying, neighbour));
    await showAddresses(lab, section, 'the neighbour stands in');
    const handedBack = await hold(lab, () => handBack(lab, next));
    await showAddresses(lab, section, 'handed back');
    printConnections(section, [
      { name: 'dead for 1 s, then the neighbour', results: toNeighbour },
      { name: 'handed back, routes first', results: handedBack },
    ]);
  },
};

async function standInOf(nat: NatInstance): Promise<unknown> {
  return Reflect.get(Object(JSON.parse((await nat.health()).body)), 'standIn');
}

async function inTheEnd(holds: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await holds()) return true;
    await sleep(200);
  }
  return false;
}

async function failOver(lab: Lab, dying: NatInstance, neighbour: NatInstance): Promise<void> {
  await dying.cutOff();
  await sleep(1_000);
  await Promise.all([
    aim(lab, 'a', neighbour),
    lab.router.moveAddress({ publicIp: ofA, from: '10.0.0.4', to: secondaryOfB }),
  ]);
}

async function handBack(lab: Lab, next: NatInstance): Promise<void> {
  await aim(lab, 'a', next);
  await lab.router.moveAddress({ publicIp: ofA, from: secondaryOfB, to: '10.0.0.5' });
}

/** Holds connections from both zones meanwhile; zone b's must not notice. */
async function hold(lab: Lab, event: () => Promise<void>): Promise<ReadonlyMap<string, ConnectionsResult>> {
  const held: ConnectionsArgument = {
    counts: { echo: 50, upload: 4, download: 4, stream: 4, keepalive: 4, idle: 4 },
    echoEveryMs: 100,
    graceMs: 5_000,
  };
  const holders = await Promise.all(
    ['a1', 'b1'].map(async (name) => {
      const { namespace } = lab.host(name);
      return [name, await Worker.start<ConnectionsResult>(namespace, 'connections', held)] as const;
    }),
  );
  await sleep(1_000);
  await event();
  await sleep(1_000);
  const results = holders.map(async ([name, worker]) => [name, await worker.finish()] as const);
  return new Map(await Promise.all(results));
}

async function showAddresses(lab: Lab, section: Section, when: string): Promise<void> {
  const seenBy = async (host: Host) => {
    const answer = await lab.head(host);
    return answer.ok ? answer.seenAddress : answer.why;
  };
  const seen = await Promise.all(lab.hosts.map(seenBy));
  const isRight = lab.hosts.every(({ plan }, index) => seen[index] === (plan.zone === 'a' ? ofA : ofB));
  section.check(`${when}: every zone keeps its public address`, isRight, seen.join(', '));
}

async function aim(lab: Lab, zone: string, nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  const hosts = lab.hosts.filter(({ plan }) => plan.zone === zone);
  await lab.router.setRoutes(hosts.map(({ plan }) => ({ plan, via })));
}
