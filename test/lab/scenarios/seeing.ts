import { setTimeout as sleep } from 'node:timers/promises';
import { type DurationMs, hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { primaryOf } from '../../../simulator/harness/settled-harness.ts';
import { fullPace, LiveHarness, type Pace, quickPace } from '../harness/live-harness.ts';
import { WhatItDid } from '../harness/what-it-did.ts';
import type { Lab } from '../network/lab.ts';
import { attemptIn } from '../network/namespaces.ts';
import type { RequestsArgument, RequestsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';

const checksPassAfterMs = 20 * secondMs;

/** Whoever waited for the status checks of a candidate would be seen to. */
const quickButForChecks: Pace = {
  ...quickPace,
  behaviour: { ...quickPace.behaviour, statusInitializingMs: checksPassAfterMs },
  about: 'an instance forwards 1.7 s after its launch, its status checks pass after 20 s',
};

type Place = { readonly lab: Lab; readonly live: LiveHarness; readonly section: Section };

/** Probes in a private host of each zone tell the controller what passes; guard and health run on each NAT. */
export const seeing: LabScenario = {
  name: 'probe',
  about: 'the controller hears its probes: what the guard repairs, what is replaced, what is left alone',
  play: async (lab, section, options) => {
    const pace = options.quick ? quickButForChecks : fullPace;
    section.note(`simulated EC2: ${pace.about}`);
    const live = await LiveHarness.start(lab, pace, 'on');
    const place = { lab, live, section };
    try {
      await showSettled(place);
      // On an instance that has had no trouble: one that comes back within 15 s is the same to it.
      await showReplaced(place);
      for (const damage of damages) await showRepair(place, damage);
      await showPlanned(place);
    } finally {
      await live.stop();
    }
  },
};

/** A settled run has asked every probe: what passed, and how the outside saw it. */
async function showSettled({ live, section }: Place): Promise<void> {
  const { harness } = live;
  const runs = harness.invocations.length;
  const report = () =>
    harness.invocations.slice(runs).findLast((run) => run.report?.outcome === 'settled')?.report;
  await live.until('settled', () => report() !== undefined, 3 * minuteMs);
  for (const [index, { zone, probe }] of (report()?.zones ?? []).entries()) {
    const publicIp = harness.topology.zones[index]?.publicIp;
    const [target] = probe?.targets ?? [];
    section.check(
      `zone ${zone}: a request passes, seen as its Elastic IP`,
      target?.status === 200 && probe?.seenAs === publicIp,
      `${target?.target} answers ${target?.status} in ${probe?.latencyMs} ms, sees ${probe?.seenAs}`,
    );
  }
}

type Damage = { readonly what: string; readonly command: readonly string[] };

const damages: readonly Damage[] = [
  { what: 'forwarding switched off', command: ['sysctl', '-qw', 'net.ipv4.ip_forward=0'] },
  { what: 'rules flushed', command: ['nft', 'flush', 'ruleset'] },
];

/**
 * The instance's guard is faster than anybody who could be asked. A connection that begins between two rulesets stays
 * untranslated, and its request is lost.
 */
async function showRepair({ lab, live, section }: Place, { what, command }: Damage): Promise<void> {
  const { harness, mirror } = live;
  // What was replaced before is removed by a later run than the one that has replaced it.
  const runs = harness.invocations.length;
  const isDone = () => harness.invocations.slice(runs).some((run) => run.report?.outcome === 'settled');
  await live.until('nothing is left over', isDone, 3 * minuteMs);
  const did = new WhatItDid(harness);
  const asker = await ask(lab);
  const nat = mirror.natOf(primaryOf(harness, 'a'));
  await attemptIn(nat.namespace, command);
  const isRepaired = async () => /"forwarding": true.*"masquerade": true/.test((await nat.health()).body);
  for (let tries = 0; tries < 60 && !(await isRepaired()); tries += 1) await sleep(secondMs / 2);
  await sleep(4 * secondMs);
  const { longestStallMs, lost } = await asker.finish();
  const { ok: isBack } = await lab.headInTheEnd(lab.host('a2'));
  section.check(
    `${what}: repaired, nothing replaced`,
    isBack && did.changes.length === 0,
    `after ${longestStallMs} ms, ${lost} requests lost, ${did.launches} launches, changes: ${did.changes.join(', ') || 'none'}`,
  );
}

/** Forwarding is off, and no guard puts it right. */
async function showReplaced({ lab, live, section }: Place): Promise<void> {
  await live.skip(hourMs);
  const { harness } = live;
  const did = new WhatItDid(harness);
  const asker = await ask(lab);
  await changeOfCarrier(live, () =>
    harness.sim.breakForwarding(primaryOf(harness, 'a'), { what: 'settings', guard: 'does-not-run' }),
  );
  const { longestStallMs, seen } = await asker.finish();
  const publicIp = harness.topology.zones[0]?.publicIp;
  section.check(
    'no guard, forwarding off: replaced, and a request passes within 90 s',
    longestStallMs <= 90 * secondMs && did.launches === 1 && `${seen}` === publicIp,
    `${seconds(longestStallMs)}, ${did.launches} launch, seen as ${seen.join(', ')}`,
  );
  await live.until('its run has ended', () => did.outage !== undefined, 3 * minuteMs);
  const { outageMs = 0, knownFrom = '' } = did.outage ?? {};
  section.check(
    'and its report counts the outage as the requests saw it',
    Math.abs(outageMs - longestStallMs) <= outageAccuracyMs && ['instance', 'probe'].includes(knownFrom),
    `${seconds(outageMs)}, known from the ${knownFrom}`,
  );
}

/** An instance tells in whole seconds for how long it has been in trouble, and a busy machine is late with both. */
const outageAccuracyMs = 5 * secondMs;

/** Nothing but the candidate's own word is waited for: its checks would pass long after that. */
async function showPlanned({ lab, live, section }: Place): Promise<void> {
  await live.skip(hourMs);
  const { harness, mirror } = live;
  const did = new WhatItDid(harness);
  const asker = await ask(lab);
  await changeOfCarrier(live, () => live.wake({ action: 'rebuild', zone: 'a' }));
  const { longestStallMs, lost, sent } = await asker.finish();
  const launchedAt = did.answeredAt('RunInstances') ?? 0;
  const bootedAt = mirror.connectedAt(live.carrierOf(0) ?? '') ?? 0;
  const cutoverAt = did.answeredAt('AssociateAddress') ?? Number.POSITIVE_INFINITY;
  section.check(
    'planned replacement: cut over after the boot, long before the checks pass',
    cutoverAt - bootedAt <= checksPassAfterMs / 2 && did.launches === 1,
    `${seconds(cutoverAt - launchedAt)} from launch to cutover, ${seconds(bootedAt - launchedAt)} of it the boot`,
  );
  section.check('and no request fails', lost === 0, `${lost} of ${sent} lost, stall ${longestStallMs} ms`);
}

/** Waits until another instance carries zone a, and then for what is still under way. */
async function changeOfCarrier(live: LiveHarness, cause: () => void): Promise<void> {
  const before = live.carrierOf(0);
  cause();
  const isOther = () => ![before, undefined].includes(live.carrierOf(0));
  await live.until('another instance carries zone a', isOther, 5 * minuteMs);
  await sleep(3 * secondMs);
}

/** From a host that shares no subnet with the zone's probe. */
async function ask(lab: Lab): Promise<Worker<RequestsResult>> {
  const pacing: RequestsArgument = { everyMs: 100, patienceMs: 4 * secondMs };
  const asker = await Worker.start<RequestsResult>(lab.host('a2').namespace, 'requests', pacing);
  await sleep(secondMs);
  return asker;
}

function seconds(durationMs: DurationMs): string {
  return `${(durationMs / secondMs).toFixed(1)} s`;
}
