import { setTimeout as sleep } from 'node:timers/promises';
import { service, servicePort } from '../network/address-plan.ts';
import type { Host, Lab } from '../network/lab.ts';
import { configure, readCounter, runIn } from '../network/namespaces.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import { type Forged, forge } from '../programs/forged.ts';
import type { ConnectionsArgument, ConnectionsResult, RequestsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';
import { survivorsOf } from './survivors.ts';

const elasticIp = '203.0.113.7';
const stranger = '192.0.2.66';
/** More packets of unknown connections than a second has pages for. */
const flood = { perSecond: 10_000, seconds: 4 } as const;
/** Copies a second, and at once to those who have been seen and to the others, as paging.py has it. */
const mostCopies = { perSecond: 20_000, atOnce: 2 * 2_000 } as const;
const streams = 40;

/** What others can do with paging.py's window for packets of unknown connections, where hosts have no security group. */
export const strangers: LabScenario = {
  name: 'strangers',
  about: 'forged packets, floods and wrong owners while clients are asked whose a packet is',
  play: async (lab, section) => {
    await configure(lab.internet.namespace, [`addr add ${stranger}/24 dev eth0`]);
    await runIn(lab.internet.namespace, ['nft', '-f', '-'], internetCounters);
    for (const { namespace } of lab.hosts) await runIn(namespace, ['nft', '-f', '-'], hostCounters);
    await showClosed(lab, section);
    await showForged(lab, section);
    await showOwners(lab, section);
    await showFlood(lab, section);
    await showEnd(lab, section);
  },
};

let given = 10;

/** Another instance that knows nothing, with the Elastic IP and the hosts' routes. */
async function takeOver(lab: Lab, before?: NatInstance, outageMs = 0): Promise<NatInstance> {
  await before?.cutOff();
  await sleep(outageMs);
  given += 1;
  const address = `10.0.0.${given}`;
  const cidrs = lab.hosts.map(({ plan }) => `10.0.${plan.third}.0/24`).join(' ');
  const nat = await lab.bootNat([address], { OWN_CIDRS: cidrs });
  await runIn(nat.namespace, ['nft', '-f', '-'], natCounters);
  await nat.connect();
  return nat;
}

async function aim(lab: Lab, nat: NatInstance): Promise<void> {
  const [address = ''] = nat.addresses;
  const via = { address, device: nat.device };
  await lab.router.setRoutes(lab.hosts.map(({ plan }) => ({ plan, via })));
  await lab.setPolicy({ elastic: new Map([[elasticIp, address]]), checked: new Map(), dead: new Set() });
}

async function openWindow(nat: NatInstance, seconds = 300): Promise<void> {
  nat.startPaging(seconds);
  for (let tries = 0; tries < 100 && !nat.pagingSaid.includes('asks clients'); tries += 1) await sleep(100);
}

/** Each host sends something, and is asked first from then on. */
async function beSeen(lab: Lab, nat: NatInstance): Promise<void> {
  for (const host of lab.hosts) await lab.head(host);
  const seen = async () =>
    runIn(nat.namespace, ['nft', 'list', 'chain', 'ip', 'phoenat_paging', 'own_seen_0']);
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await seen().catch(() => '')).split(' dup to ').length > lab.hosts.length) return;
    await sleep(100);
  }
  throw new Error('hosts that have sent something are not seen');
}

/** Each packet to a port of its own, so that none is asked about twice. */
function forgery(flags: Forged['flags'], changes: Partial<Forged> = {}): Forged {
  const from = { sources: [stranger], sourcePort: servicePort, destination: elasticIp };
  return { ...from, port: 33_000, ports: 20_000, flags, perSecond: 100, seconds: 2, ...changes };
}

/** What has come to hosts, what resets they have sent, which of these have left the NAT, and what has come to the stranger. */
async function count(lab: Lab, nat: NatInstance) {
  const sum = async (name: string) => {
    const counts = await Promise.all(
      lab.hosts.map(({ namespace }) => readCounter(namespace, name, 'strangers')),
    );
    return counts.reduce((total, one) => total + one, 0);
  };
  const { namespace } = lab.internet;
  return {
    copies: await sum('copies'),
    resets: await sum('resets'),
    toStranger: await readCounter(namespace, 'answers', 'strangers'),
    resetsOut: await readCounter(nat.namespace, 'resets', 'strangers'),
  };
}

/** What these packets have led to. */
async function after(lab: Lab, nat: NatInstance, forged: Forged) {
  const before = await count(lab, nat);
  const { sent } = await forge(lab.internet.namespace, forged);
  await sleep(300);
  const now = await count(lab, nat);
  return {
    sent,
    copies: now.copies - before.copies,
    resets: now.resets - before.resets,
    toStranger: now.toStranger - before.toStranger,
    resetsOut: now.resetsOut - before.resetsOut,
  };
}

async function showClosed(lab: Lab, section: Section): Promise<void> {
  const nat = await takeOver(lab);
  await aim(lab, nat);
  const { sent, copies } = await after(lab, nat, forgery(['ack']));
  section.check('without a window, nothing is copied', copies === 0 && sent === 200, `${copies} of ${sent}`);
  await nat.destroy();
}

async function showForged(lab: Lab, section: Section): Promise<void> {
  const nat = await takeOver(lab);
  await aim(lab, nat);
  await openWindow(nat);
  await beSeen(lab, nat);
  const hosts = lab.hosts.length;
  const acks = await after(lab, nat, forgery(['ack', 'psh'], { perSecond: 20 }));
  section.check(
    "a stranger's ACK reaches each host, and once more where it may be unseen",
    acks.copies >= hosts * acks.sent && acks.copies <= 2 * hosts * acks.sent,
    `${acks.copies} copies of ${acks.sent} packets at ${hosts} hosts`,
  );
  section.check(
    'their resets reach nobody',
    acks.resets > 0 && acks.resetsOut === 0 && acks.toStranger === 0,
    `${acks.resets} sent, ${acks.resetsOut} went on, ${acks.toStranger} answers`,
  );
  // Addresses that nobody has been seen at are asked too, a second later and 15 packets a second.
  await sleep(5_000);
  const again = await after(lab, nat, forgery(['ack'], { ports: 1, seconds: 2 }));
  section.check(
    'packets of one connection are asked about twice a second, the later ones of two groups of hosts',
    again.copies > 0 && again.copies <= 2 * hosts * (2 * 2 + 1),
    `${again.copies} copies of ${again.sent} packets`,
  );
  await sleep(2_000);
  const others: readonly (readonly [string, Forged])[] = [
    ['SYN', forgery(['syn'])],
    ['SYN with ACK', forgery(['syn', 'ack'])],
    ['RST', forgery(['rst'])],
    ['RST with ACK', forgery(['rst', 'ack'])],
    ['no flag at all', forgery([])],
    ['an ACK from a port that clients may not reach', forgery(['ack'], { sourcePort: 8443 })],
    ['an ACK to a port that no client has', forgery(['ack'], { port: 22, ports: 1 })],
  ];
  for (const [what, forged] of others) {
    const { sent, copies } = await after(lab, nat, forged);
    section.check(`${what} is never copied`, copies === 0 && sent > 0, `${copies} of ${sent}`);
  }
  await nat.destroy();
}

function hold(host: Host, firstPort: number): Promise<Worker<ConnectionsResult>> {
  const counts = { echo: 1, stream: streams };
  const held: ConnectionsArgument = { counts, echoEveryMs: 250, graceMs: 12_000, firstPort };
  return Worker.start<ConnectionsResult>(host.namespace, 'connections', held);
}

/**
 * Three hosts listen to the same server: the first, the second from the same ports, which had to be changed, the third from
 * others. The fourth has no connection. Whoever is asked for a connection of another's answers with a reset, or with the
 * acknowledgement of its own connection at that port.
 */
async function showOwners(lab: Lab, section: Section): Promise<void> {
  const [first, second, third] = lab.hosts;
  if (first === undefined || second === undefined || third === undefined) throw new Error('too few hosts');
  for (const [owner, other, firstPort] of [
    [first, second, 34_000],
    [second, first, 36_000],
  ] as const) {
    const dying = await takeOver(lab);
    await aim(lab, dying);
    const owning = await hold(owner, firstPort);
    const clashing = await hold(other, firstPort);
    const apart = await hold(third, firstPort + 1_000);
    await sleep(1_000);
    const nat = await takeOver(lab, dying, 2_000);
    const before = await count(lab, nat);
    await openWindow(nat);
    await aim(lab, nat);
    await sleep(8_000);
    const now = await count(lab, nat);
    const [kept, changed, alone] = await Promise.all([owning, clashing, apart].map((one) => one.finish()));
    const { survivors, total } = survivorsOf([kept ?? {}, alone ?? {}], ['stream']);
    const lost = survivorsOf([changed ?? {}], ['stream']);
    section.note(`of those whose port had to be changed, ${lost.survivors} of ${lost.total} go on`);
    section.check(
      `each finds its owner, ${owner.plan.name} before one with the same ports`,
      survivors === total && total === 2 * streams,
      `${survivors} of ${total}`,
    );
    section.check(
      'no reset of the others goes on',
      now.resets > before.resets && now.resetsOut === before.resetsOut,
      `${now.resets - before.resets} sent, ${now.resetsOut - before.resetsOut} went on`,
    );
    await dying.destroy();
    await nat.destroy();
  }
}

/** A stranger sends as fast as he can while connections wait to be found again, and others are at work. */
async function showFlood(lab: Lab, section: Section): Promise<void> {
  const dying = await takeOver(lab);
  await aim(lab, dying);
  const holders = await Promise.all(lab.hosts.map((host, index) => hold(host, 40_000 + index * 1_000)));
  await sleep(1_000);
  const nat = await takeOver(lab, dying, 1_000);
  await openWindow(nat);
  const flooding = after(lab, nat, forgery(['ack'], { ...flood, port: 33_000, ports: 5_000 }));
  await sleep(500);
  await aim(lab, nat);
  const pacing = { everyMs: 50, patienceMs: 2_000 };
  const asker = await Worker.start<RequestsResult>(lab.host('b1').namespace, 'requests', pacing);
  const { sent, toStranger } = await flooding;
  const copies = await readCounter(nat.namespace, 'copies', 'phoenat_paging');
  const requests = await asker.finish();
  const { perSecond, atOnce } = mostCopies;
  const most = perSecond * (flood.seconds + 0.5) + atOnce;
  section.check(
    'a flood: requests pass',
    requests.lost === 0 && requests.sent > 20,
    `${requests.lost} of ${requests.sent} lost, the longest wait ${requests.longestStallMs} ms`,
  );
  section.check(
    'a flood: copies are bounded',
    copies > 0 && copies < most,
    `${copies} copies of ${sent} packets, ${most} at most`,
  );
  section.check('a flood: nobody answers it', toStranger === 0, `${toStranger} answers`);
  await sleep(4_000);
  const { survivors, total } = survivorsOf(await Promise.all(holders.map((one) => one.finish())));
  section.check(
    'a flood: connections are found again all the same',
    survivors >= 0.99 * total && total > 0,
    `${survivors} of ${total}`,
  );
  await dying.destroy();
  await nat.destroy();
}

/** The kernel itself ends it, and then its program. */
async function showEnd(lab: Lab, section: Section): Promise<void> {
  const nat = await takeOver(lab);
  await aim(lab, nat);
  await openWindow(nat, 3);
  const during = await after(lab, nat, forgery(['ack'], { seconds: 1 }));
  await sleep(4_000);
  const { sent, copies } = await after(lab, nat, forgery(['ack'], { port: 45_000, ports: 10_000 }));
  section.check(
    'when the window is over, nothing is copied',
    during.copies > 0 && copies === 0,
    `${copies} of ${sent}, before that ${during.copies} of ${during.sent}`,
  );
  const { resetsOut, toStranger } = await count(lab, nat);
  section.check(
    'what still waited is answered by nobody',
    resetsOut === 0 && toStranger === 0,
    `${resetsOut} resets, ${toStranger} answers`,
  );
  const tables = await runIn(nat.namespace, ['nft', 'list', 'tables']);
  section.check('and its rules are gone', !tables.includes('paging'), tables.trim().replaceAll('\n', ', '));
  section.note(nat.pagingSaid.trim());
}

const internetCounters = `table ip strangers {
  counter answers { }
  chain arriving {
    type filter hook prerouting priority raw; policy accept;
    iifname "eth0" ip daddr ${stranger} counter name answers
  }
}
`;

const natCounters = `table ip strangers {
  counter resets { }
  chain leaving {
    type filter hook postrouting priority 300; policy accept;
    ip daddr { ${service.download}, ${stranger} } tcp flags & rst == rst counter name resets
  }
}
`;

const hostCounters = `table ip strangers {
  counter copies { }
  counter resets { }
  chain arriving {
    type filter hook prerouting priority raw; policy accept;
    iifname "eth0" ip saddr ${stranger} counter name copies
  }
  chain leaving {
    type filter hook output priority raw; policy accept;
    oifname "eth0" tcp flags & rst == rst counter name resets
  }
}
`;
