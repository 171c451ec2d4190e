import { setTimeout as sleep } from 'node:timers/promises';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { interfaceOf, primaryOf } from '../../../simulator/harness/settled-harness.ts';
import { fullPace, LiveHarness, quickPace } from '../harness/live-harness.ts';
import type { Lab } from '../network/lab.ts';
import type { LabOptions } from '../options.ts';
import type {
  ConnectionsArgument,
  ConnectionsResult,
  RequestsArgument,
  RequestsResult,
} from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';
import { printConnections } from './print-connections.ts';

type Trouble = {
  readonly name: string;
  /** What happens to zone a. */
  readonly strike: (live: LiveHarness) => void;
  /** Whether the primary is another instance afterwards. */
  readonly replaces: boolean;
};

const troubles: readonly Trouble[] = [
  {
    name: 'drift: source/destination check on',
    strike: ({ harness }) =>
      harness.sim.setSourceDestCheck(interfaceOf(harness, primaryOf(harness, 'a')), true),
    replaces: false,
  },
  {
    name: 'planned rebuild',
    strike: (live) => live.wake({ action: 'rebuild', zone: 'a' }),
    replaces: true,
  },
  {
    name: 'terminated',
    strike: ({ harness }) => harness.sim.terminateInstance(primaryOf(harness, 'a')),
    replaces: true,
  },
  {
    name: 'hangs',
    strike: ({ harness }) => harness.sim.impair(primaryOf(harness, 'a'), 'instance'),
    replaces: true,
  },
];

/** The real controller heals zone a, while requests run from every host and connections are held from one. */
export const healing: LabScenario = {
  name: 'healing',
  about:
    'the controller heals each trouble under traffic: lost requests, stalls, connections that outlive it',
  play: async (lab, section, options) => {
    const pace = options.quick ? quickPace : fullPace;
    section.note(`simulated EC2: ${pace.about}`);
    const live = await LiveHarness.start(lab, pace);
    try {
      const healed: Healed[] = [];
      for (const trouble of troubles) healed.push(await heal(lab, live, trouble, section, options));
      printRequests(section, healed);
      printConnections(
        section,
        healed.map(({ trouble, connections }) => ({
          name: trouble.name,
          results: new Map([['a2', connections]]),
        })),
      );
    } finally {
      await live.stop();
    }
  },
};

type Healed = {
  readonly trouble: Trouble;
  readonly requests: ReadonlyMap<string, RequestsResult>;
  readonly connections: ConnectionsResult;
};

async function heal(
  lab: Lab,
  live: LiveHarness,
  trouble: Trouble,
  section: Section,
  options: LabOptions,
): Promise<Healed> {
  await live.skip(hourMs);
  const before = live.carrierOf(0);
  const traffic = await startTraffic(lab, options);
  await sleep(secondMs);
  trouble.strike(live);
  const isHealed = () => {
    const now = live.carrierOf(0);
    return now !== undefined && (now !== before) === trouble.replaces;
  };
  await live.until(`${trouble.name}: healed`, isHealed, options.quick ? minuteMs : 10 * minuteMs);
  await sleep(2 * secondMs);
  const heads = await Promise.all(lab.hosts.map((host) => lab.headInTheEnd(host)));
  const seen = [...new Set(heads.map((head) => (head.ok ? head.seenAddress : head.why)))];
  section.check(
    `${trouble.name}: every host gets out again`,
    heads.every(({ ok }) => ok),
    `seen as ${seen.join(', ')}`,
  );
  return { trouble, ...(await traffic.finish()) };
}

async function startTraffic(lab: Lab, { connections, quick }: LabOptions) {
  const pacing: RequestsArgument = { everyMs: 100, patienceMs: 4_000 };
  const held: ConnectionsArgument = {
    counts: { echo: connections, upload: 4, download: 4, stream: 4, keepalive: 4, idle: 10 },
    echoEveryMs: connections > 300 ? 1_000 : 250,
    // After an outage of a minute TCP's next retransmission is up to two minutes away.
    graceMs: quick ? 6_000 : 130_000,
  };
  const holder = await Worker.start<ConnectionsResult>(lab.host('a2').namespace, 'connections', held);
  const askers = await Promise.all(
    lab.hosts.map(async ({ plan, namespace }) => {
      return { plan, worker: await Worker.start<RequestsResult>(namespace, 'requests', pacing) };
    }),
  );
  return {
    finish: async () => {
      const results = await Promise.all(
        askers.map(async ({ plan, worker }) => [plan.name, await worker.finish()] as const),
      );
      return { requests: new Map(results), connections: await holder.finish() };
    },
  };
}

function printRequests(section: Section, healed: readonly Healed[]): void {
  const rows = healed.flatMap(({ trouble, requests }) =>
    [...requests].map(([host, { sent, lost, longestStallMs, seen }]) => [
      trouble.name,
      host,
      String(sent),
      String(lost),
      `${longestStallMs} ms`,
      seen.join(', '),
    ]),
  );
  const head = ['zone a', 'host', 'requests', 'lost', 'longest stall', 'seen as'];
  section.table('A request every 100 ms, lost after 4 s', head, rows);
  for (const { trouble, requests } of healed) {
    const others = [...requests].filter(([host]) => host.startsWith('b'));
    const lost = others.reduce((sum, [, result]) => sum + result.lost, 0);
    section.check(`${trouble.name}: zone b loses nothing`, lost === 0, `${lost} lost`);
  }
}
