import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../network/lab.ts';
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
    const without = await outlive(lab, ['10.0.0.10', '10.0.0.11'], outageMs, false);
    const asking = await outlive(lab, ['10.0.0.12', '10.0.0.13'], outageMs, true);
    section.note(asking.said);
    section.note(
      JSON.stringify(
        asking.results.map((one) => Object.entries(one).map(([k, v]) => [k, v?.total, v?.ends])),
      ),
    );
    showSurvivors(section, `Connections of four hosts that go on after ${outageMs / 1_000} s`, {
      'nobody is asked': without.results,
      'clients are asked': asking.results,
    });
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

async function outlive(
  lab: Lab,
  [from = '', to = '']: readonly string[],
  outageMs: number,
  asks: boolean,
): Promise<Outlived> {
  const cidrs = lab.hosts.map(({ plan }) => `10.0.${plan.third}.0/24`).join(' ');
  const dying = await lab.bootNat([from], { OWN_CIDRS: cidrs });
  await dying.connect();
  await aim(lab, dying);
  await lab.setPolicy({ elastic: new Map([[elastic, from]]), checked: new Map(), dead: new Set() });
  const holders = await Promise.all(
    lab.hosts.map(({ namespace }, index) => {
      // No two hosts have a port in common, nor the two runs: the NAT need not change any.
      const firstPort = (asks ? 43_000 : 33_000) + index * 1_000;
      const held: ConnectionsArgument = {
        counts,
        echoEveryMs: 250,
        graceMs: 2 * outageMs + 8_000,
        firstPort,
      };
      return Worker.start<ConnectionsResult>(namespace, 'connections', held);
    }),
  );
  await sleep(1_500);
  await dying.cutOff();
  await sleep(outageMs);
  const next = await lab.bootNat([to], { OWN_CIDRS: cidrs });
  await next.connect();
  if (asks) next.startPaging();
  await aim(lab, next);
  await lab.router.moveAddress({ publicIp: elastic, from, to });
  const results = await Promise.all(holders.map((holder) => holder.finish()));
  const health = /"paging": (\{.*?\})/.exec((await next.health()).body)?.[1] ?? 'nothing';
  return { results, said: next.pagingSaid.trim(), health };
}

async function aim(lab: Lab, nat: NatInstance): Promise<void> {
  const via = { address: nat.addresses[0] ?? '', device: nat.device };
  await lab.router.setRoutes(lab.hosts.map(({ plan }) => ({ plan, via })));
}
