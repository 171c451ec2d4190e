import { setTimeout as sleep } from 'node:timers/promises';
import type { Guard } from '../network/guard.ts';
import type { Lab } from '../network/lab.ts';
import { attemptIn } from '../network/namespaces.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import type { ConnectionsArgument, ConnectionsResult, RequestsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';

const elasticIp = '203.0.113.7';
const natIp = '10.0.0.4';
const secondMs = 1_000;

type Damage = { readonly what: string; readonly command: readonly string[] };

/** Those of the scenario `probe`, beside the controller: with `--quick` they are left to it. */
const plainDamages: readonly Damage[] = [
  { what: 'forwarding switched off', command: ['sysctl', '-qw', 'net.ipv4.ip_forward=0'] },
  { what: 'all rules flushed', command: ['nft', 'flush', 'ruleset'] },
];

const partialDamages: readonly Damage[] = [
  { what: 'translation deleted', command: ['nft', 'flush', 'chain', 'ip', 'phoenat', 'postrouting'] },
  {
    what: 'a rule added that drops everything',
    command: ['nft', 'insert', 'rule', 'ip', 'phoenat', 'forward', 'drop'],
  },
];

/** The shipped guard beside traffic: what breaks on the instance is back before anybody is asked, how soon says the table. */
export const guarding: LabScenario = {
  name: 'guard',
  about: 'forwarding switched off, rules flushed or changed: how long traffic stands still beside the guard',
  play: async (lab, section, { quick }) => {
    const nat = await lab.bootNat([natIp]);
    await nat.connect();
    await lab.setPolicy({ elastic: new Map([[elasticIp, natIp]]), checked: new Map(), dead: new Set() });
    const via = { address: natIp, device: nat.device };
    await lab.router.setRoutes(lab.hosts.map(({ plan }) => ({ plan, via })));
    const guard = nat.startGuard();
    try {
      const damages = quick ? partialDamages : [...plainDamages, ...partialDamages];
      await showRepairs({ lab, section, nat, guard }, damages);
      await showLostEgress(lab, section, nat, guard);
    } finally {
      guard.stop();
    }
  },
};

type Stall = {
  readonly what: string;
  readonly isBack: boolean;
  readonly requests: RequestsResult;
  readonly held: ConnectionsResult;
};

type Place = {
  readonly lab: Lab;
  readonly section: Section;
  readonly nat: NatInstance;
  readonly guard: Guard;
};

async function showRepairs({ lab, section, nat, guard }: Place, damages: readonly Damage[]): Promise<void> {
  const stalls: Stall[] = [];
  for (const damage of damages) stalls.push(await stallOf(lab, nat, guard, damage));
  const head = ['damage', 'requests', 'lost', 'longest stall', 'seen as', 'connections that go on'];
  section.table(
    'A request every 50 ms, lost after 4 s',
    head,
    stalls.map(({ what, requests, held }) => [
      what,
      `${requests.sent}`,
      `${requests.lost}`,
      `${requests.longestStallMs} ms`,
      requests.seen.join(', '),
      `${held.echo?.survivors ?? 0} of ${held.echo?.total ?? 0}`,
    ]),
  );
  for (const { what, isBack, requests, held } of stalls) {
    const { longestStallMs, seen } = requests;
    section.check(
      `${what}: traffic is back`,
      isBack && `${seen}` === elasticIp,
      `after ${longestStallMs} ms, seen as ${seen.join(', ')}`,
    );
    const goOn = held.echo?.survivors === held.echo?.total;
    section.check(`${what}: connections go on`, goOn, `${held.echo?.survivors} of ${held.echo?.total}`);
  }
  const repairs = repairsOf(guard);
  section.check('each is said once', repairs === damages.length, `${repairs} repairs`);
}

function repairsOf(guard: Guard): number {
  return guard.said.split('\n').filter((line) => line.startsWith('phoenat: repaired: ')).length;
}

async function stallOf(lab: Lab, nat: NatInstance, guard: Guard, { what, command }: Damage): Promise<Stall> {
  const echoing: ConnectionsArgument = { counts: { echo: 20 }, echoEveryMs: 250, graceMs: 4 * secondMs };
  const pacing = { everyMs: 50, patienceMs: 4 * secondMs };
  const holder = await Worker.start<ConnectionsResult>(lab.host('a2').namespace, 'connections', echoing);
  const asker = await Worker.start<RequestsResult>(lab.host('b1').namespace, 'requests', pacing);
  await sleep(secondMs);
  const before = repairsOf(guard);
  await attemptIn(nat.namespace, command);
  for (let tries = 0; tries < 600 && repairsOf(guard) === before; tries += 1) await sleep(secondMs / 10);
  // Long enough for what was sent meanwhile to be sent again.
  await sleep(4 * secondMs);
  const requests = await asker.finish();
  const { ok: isBack } = await lab.headInTheEnd(lab.host('b1'));
  return { what, isBack, requests, held: await holder.finish() };
}

/** Nothing beyond the instance is there any more: that is said, and ends nothing. */
async function showLostEgress(lab: Lab, section: Section, nat: NatInstance, guard: Guard): Promise<void> {
  await lab.setPolicy({ elastic: new Map(), checked: new Map(), dead: new Set() });
  let answer = await nat.health();
  for (let tries = 0; tries < 60 && !/"egress": false/.test(answer.body); tries += 1) {
    await sleep(secondMs);
    answer = await nat.health();
  }
  const said = /"problems": (\[[^\]]*\])/.exec(answer.body)?.[1] ?? answer.body;
  section.check('no way out: the health endpoint says so', /no way to the internet/.test(said), said);
  section.check('and that it is ready all the same', /"ready": true/.test(answer.body), `${answer.status}`);
  await sleep(12 * secondMs);
  section.check('the guard ends nothing for it', !guard.hasPoweredOff, guard.hasPoweredOff ? 'off' : 'on');
  await attemptIn(nat.namespace, ['nft', 'flush', 'ruleset']);
  let rules = false;
  for (let tries = 0; tries < 60 && !rules; tries += 1) {
    await sleep(secondMs);
    rules = (await nat.health()).body.includes('"masquerade": true');
  }
  section.check('and goes on repairing', rules, rules ? 'repaired' : 'not repaired');
}
