import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Lab } from '../network/lab.ts';
import { ofItself } from '../network/nat-files.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import type { ConnectionsArgument, ConnectionsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { LabScenario } from './lab-scenario.ts';
import { showSurvivors, survivorsOf } from './survivors.ts';

const elastic = '203.0.113.7';
const counts = { stream: 25, download: 10, echo: 5, upload: 5, idle: 5 };

/** An instance dies without a word, nobody has a copy of its connections, and the next one asks the clients, or not. */
export const paging: LabScenario = {
  name: 'paging',
  about: 'a sudden death without a copy, where the next instance asks clients whose a packet is',
  isLong: true,
  play: async (lab, section, { quick }) => {
    const outageMs = quick ? 4_000 : 27_000;
    const all = lab.hosts;
    const without = await outlive(lab, {
      hosts: all,
      from: '10.0.0.10',
      to: ['10.0.0.11'],
      outageMs,
      asks: 'no',
    });
    const asking = await outlive(lab, {
      hosts: all,
      from: '10.0.0.12',
      to: ['10.0.0.13'],
      outageMs,
      asks: 'its own',
    });
    // Under the secondary address of an instance that has its own zone, whose clients have no part in this.
    const ofA = all.filter(({ plan }) => plan.zone === 'a');
    const to = ['10.0.1.4', '10.0.1.5'];
    const beside = await outlive(lab, {
      hosts: ofA,
      from: '10.0.0.14',
      to,
      outageMs: 4_000,
      asks: "another zone's",
    });
    section.note(asking.said);
    section.note(`The neighbour, whose own window is over: ${beside.said}`);
    showSurvivors(section, `Connections of four hosts that go on after ${outageMs / 1_000} s`, {
      'nobody is asked': without.results,
      'clients are asked': asking.results,
      'by a neighbour, of two hosts, after 4 s': beside.results,
    });
    const standsIn = survivorsOf(beside.results);
    section.check(
      "a neighbour that stands in asks the zone's clients: all go on",
      standsIn.total > 0 && standsIn.survivors === standsIn.total,
      `${standsIn.survivors} of ${standsIn.total}`,
    );
    for (const kind of ['stream', 'download'] as const) {
      const before = survivorsOf(without.results, [kind]);
      const after = survivorsOf(asking.results, [kind]);
      section.check(
        `${kind}: lost where nobody is asked, this measures something`,
        before.total > 0 && before.survivors < 0.1 * before.total,
        `${before.survivors} of ${before.total}`,
      );
      section.check(
        `${kind}: at least 99 in 100 go on where clients are`,
        after.total > 0 && after.survivors >= 0.99 * after.total,
        `${after.survivors} of ${after.total}`,
      );
    }
    const others = survivorsOf(asking.results, ['echo', 'upload', 'idle']);
    section.check(
      'all that send go on',
      others.total > 0 && others.survivors === others.total,
      `${others.survivors} of ${others.total}`,
    );
    section.check('the window tells what came of it', asking.health.includes('"pages": '), asking.health);
  },
};

type Outlived = {
  readonly results: readonly ConnectionsResult[];
  readonly said: string;
  /** What the health answer says of the window. */
  readonly health: string;
};

type Death = {
  readonly hosts: readonly Host[];
  readonly from: string;
  /** The addresses of the next one: the last has the traffic. */
  readonly to: readonly string[];
  readonly outageMs: number;
  /** Which clients the next one asks. */
  readonly asks: 'no' | 'its own' | "another zone's";
};
const firstPorts = { no: 33_000, 'its own': 43_000, "another zone's": 53_000 };

async function outlive(lab: Lab, { hosts, from, to, outageMs, asks }: Death): Promise<Outlived> {
  const cidrs = hosts.map(({ plan }) => `10.0.${plan.third}.0/24`).join(' ');
  const dying = await lab.bootNat([from]);
  await dying.connect();
  await aim(lab, hosts, dying);
  await lab.setPolicy({ elastic: new Map([[elastic, from]]), checked: new Map(), dead: new Set() });
  const holders = await Promise.all(
    hosts.map(({ namespace }, index) => {
      // No two hosts have a port in common, nor two runs: the NAT need not change any.
      const firstPort = firstPorts[asks] + index * 1_000;
      const held: ConnectionsArgument = {
        counts,
        echoEveryMs: 250,
        graceMs: 2 * outageMs + 8_000,
        firstPort,
      };
      return Worker.start<ConnectionsResult>(namespace, 'connections', held);
    }),
  );
  const next = await nextOne(lab, to, asks, cidrs);
  await sleep(1_500);
  await dying.cutOff();
  await sleep(outageMs);
  if (asks === 'its own') next.startPaging();
  next.tellMetadata({ ...ofItself(to), 'public-ipv4s': [...publicAtFirst, elastic].join('\n') });
  await aim(lab, hosts, next);
  await lab.router.moveAddress({ publicIp: elastic, from, to: to.at(-1) ?? '' });
  const results = await Promise.all(holders.map((holder) => holder.finish()));
  // Its figures are renewed every five seconds.
  if (asks === 'its own') await sleep(7_000);
  const health = /"paging": (\{.*?\})/.exec((await next.health()).body)?.[1] ?? 'nothing';
  return { results, said: next.pagingSaid.trim(), health };
}

const publicAtFirst = ['203.0.113.8'];

/** One that has its own zone has been asking since its boot, and asks no more. */
async function nextOne(
  lab: Lab,
  to: readonly string[],
  asks: Death['asks'],
  cidrs: string,
): Promise<NatInstance> {
  const stands = asks === "another zone's";
  const env = stands ? { OWN_CIDRS: '10.0.120.0/24', OTHER_CIDRS: cidrs } : { OWN_CIDRS: cidrs };
  const metadata = { ...ofItself(to), 'public-ipv4s': publicAtFirst.join('\n') };
  const next = await lab.bootNat(to, env, stands ? metadata : undefined);
  await next.connect();
  if (stands) {
    next.startPaging(10);
    while (!next.pagingSaid.includes('any more')) await sleep(100);
  }
  return next;
}

async function aim(lab: Lab, hosts: readonly Host[], nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  await lab.router.setRoutes(hosts.map(({ plan }) => ({ plan, via })));
}
