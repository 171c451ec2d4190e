import { type DurationMs, dayMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Breakage } from '../../../simulator/ec2/records.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { Harness as Deployment } from '../../../simulator/harness/harness.ts';
import {
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';
import { formatDuration } from '../report/format-duration.ts';
import { bootGoals } from './boot-goals.ts';
import type { Goal, Measured } from './goal.ts';
import { standInGoals } from './stand-in-goals.ts';

const imageWithEverything = { installingPackages: { minMs: 0, maxMs: 0 } };
/** Runs begin at the full minute of the schedule, and trouble at any second of it. */
const partOfAMinute = (seed: number): DurationMs => (seed * 7_919) % minuteMs;

async function settled(seed: number): Promise<Harness> {
  const harness = await settledHarness({ seed, probe: 'on', behaviour: imageWithEverything });
  harness.goLive();
  await harness.clock.runFor(2 * minuteMs + partOfAMinute(seed));
  return harness;
}

function launches(harness: Harness, from: number): number {
  return mutations(harness, from).filter((name) => name === 'RunInstances').length;
}

/** Of the subnet that was offline longest. */
function longestOutage({ meter, topology }: Harness): DurationMs {
  return Math.max(...topology.privateSubnetIds.map((id) => meter.outageMs(id)));
}

/** From now on: the meter has counted the first launch. */
function sinceNow(harness: Harness): () => DurationMs {
  const { meter, topology } = harness;
  const before = new Map(topology.privateSubnetIds.map((id) => [id, meter.outageMs(id)]));
  return () => Math.max(...[...before].map(([id, ms]) => meter.outageMs(id) - ms));
}

async function broken(seed: number, breakage: Breakage, forMs: DurationMs) {
  const harness = await settled(seed);
  const from = harness.sim.calls.length;
  const outage = sinceNow(harness);
  harness.sim.breakForwarding(primaryOf(harness, 'a'), breakage);
  await harness.clock.runFor(forMs);
  return { outageMs: outage(), launches: launches(harness, from) };
}

async function repairedInPlace(seed: number): Promise<Measured> {
  const what = seed % 2 === 0 ? 'settings' : 'rules';
  const { outageMs, launches } = await broken(seed, { what, guard: 'repairs' }, 5 * minuteMs);
  const isReached = outageMs <= 2 * secondMs && launches === 0;
  return { figure: `${formatDuration(outageMs)}, ${launches} launches`, worstMs: outageMs, isReached };
}

async function replaced(seed: number): Promise<Measured> {
  return await replacedAfter(seed, { what: seed % 2 === 0 ? 'settings' : 'rules', guard: 'gives-up' });
}

async function replacedUnguarded(seed: number): Promise<Measured> {
  return await replacedAfter(seed, { what: seed % 2 === 0 ? 'settings' : 'rules', guard: 'does-not-run' });
}

async function replacedUnseen(seed: number): Promise<Measured> {
  return await replacedAfter(seed, { what: 'unseen', guard: 'does-not-run' });
}

async function replacedAfter(seed: number, breakage: Breakage): Promise<Measured> {
  const { outageMs } = await broken(seed, breakage, 15 * minuteMs);
  return { figure: formatDuration(outageMs), worstMs: outageMs, isReached: outageMs <= 90 * secondMs };
}

/** From the answer to the launch to the last call of the cutover, less what the instance took to boot. */
async function plannedReplacement(seed: number): Promise<Measured> {
  const harness = await settled(seed);
  const { sim } = harness;
  const from = sim.calls.length;
  harness.start({ action: 'rebuild', zone: 'a' }).catch(() => undefined);
  await harness.clock.runFor(15 * minuteMs);
  const calls = sim.calls.slice(from);
  const launchedAt = calls.find(({ name }) => name === 'RunInstances')?.answeredAt;
  const cutoverAt = calls.findLast(({ name }) => name === 'AssociateAddress')?.answeredAt;
  const bootedAt = sim.region.store.instances.current.get(primaryOf(harness, 'a'))?.bootedAt;
  if (launchedAt === undefined || cutoverAt === undefined || bootedAt === undefined) {
    return { figure: 'never', isReached: false };
  }
  const beyondMs = cutoverAt - bootedAt;
  const boot = formatDuration(bootedAt - launchedAt);
  return {
    figure: `the boot (${boot}) and ${formatDuration(beyondMs)}`,
    worstMs: beyondMs,
    isReached: beyondMs <= 5 * secondMs,
  };
}

async function upstreamLost(seed: number): Promise<Measured> {
  const harness = await settled(seed);
  const from = harness.sim.calls.length;
  const upstream = harness.sim.loseUpstream(
    harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId),
  );
  await harness.clock.runFor(10 * minuteMs);
  const saysSo = ({ report }: (typeof harness.invocations)[number]) =>
    report?.zones.every(({ findings }) => findings.some(({ code }) => code === 'upstream-trouble')) === true;
  const told = harness.invocations.filter(saysSo).length;
  upstream.restore();
  await harness.clock.runFor(5 * minuteMs);
  const moves = mutations(harness, from).length;
  return {
    figure: `${launches(harness, from)} launches, ${moves} changes, told by ${told} runs`,
    isReached: moves === 0 && told > 0 && harness.isSettled(),
  };
}

async function failsAtTimes(seed: number): Promise<Measured> {
  const harness = await settled(seed);
  for (const { name } of harness.settings.zones) {
    harness.probes.trouble(name, { kind: 'fails-at-times', share: 1 / 3 });
  }
  const from = harness.sim.calls.length;
  const asked = harness.probes.invocations.length;
  await harness.clock.runFor(dayMs);
  const said = harness.probes.invocations.slice(asked);
  const failed = said.filter((invocation) => invocation.said === 'failed').length;
  const changes = mutations(harness, from).length;
  return {
    figure: `${launches(harness, from)} launches, ${changes} changes (${failed} of ${said.length} answers wrong)`,
    isReached: changes === 0 && failed > 0,
  };
}

/** Of routes that NAT gateways serve, by instances that say that all is well. */
async function takeoverInVain(seed: number): Promise<Measured> {
  const harness = new Deployment({
    seed,
    probe: 'on',
    vpc: { natGateways: true },
    behaviour: { ...imageWithEverything, boot: 'pretends' },
  });
  const stack = new StackHarness(harness);
  const { Status, Reason = '' } = await stack.create();
  const outageMs = longestOutage(harness);
  const hasFailed = Status === 'FAILED' && Reason !== '';
  return {
    figure: `${formatDuration(outageMs)}, the deployment ${hasFailed ? 'fails' : 'succeeds'}`,
    worstMs: outageMs,
    isReached: outageMs <= 10 * secondMs && hasFailed,
  };
}

async function settledRun(seed: number): Promise<Measured> {
  const harness = await settledHarness({ seed, probe: 'on', behaviour: imageWithEverything });
  const from = harness.sim.calls.length;
  const asked = harness.probes.invocations.length;
  await harness.invoke(harness.scheduledEvent());
  const looks = harness.sim.calls.length - from - mutations(harness, from).length;
  const invocations = harness.probes.invocations.length - asked;
  const changes = mutations(harness, from).length;
  const foreign = harness.sim.calls.length;
  await harness.invoke(stateChange(harness, 'i-0123456789abcdef0', 'stopped'));
  const ofForeign = harness.sim.calls.length - foreign;
  const zones = harness.settings.zones.length;
  return {
    figure: `${looks} Describe calls, ${invocations} invocations for ${zones} zones, ${changes} changes; ${ofForeign} call for a foreign event`,
    isReached: looks === 6 && invocations === zones && changes === 0 && ofForeign === 1,
  };
}

/** While EC2 lets it: how long that is, nobody says. */
async function handsOver(seed: number): Promise<Measured> {
  const behaviour = { ...imageWithEverything, shutdownGrace: { minMs: minuteMs, maxMs: minuteMs } };
  const settings = { handOverMs: minuteMs };
  const harness = await settledHarness({ seed, probe: 'on', settings, behaviour });
  harness.goLive();
  await harness.clock.runFor(2 * minuteMs + partOfAMinute(seed));
  const outage = sinceNow(harness);
  const id = primaryOf(harness, 'a');
  if (seed % 2 === 0) harness.sim.terminateInstance(id);
  else harness.sim.stopInstance(id);
  await harness.clock.runFor(5 * minuteMs);
  const outageMs = outage();
  return { figure: formatDuration(outageMs), worstMs: outageMs, isReached: outageMs <= secondMs };
}

/** In the words of who asked for it. */
export const goals: readonly Goal[] = [
  {
    what: 'forwarding switched off, or rules flushed',
    must: 'repaired in 2 s, no replacement',
    days: 30,
    measure: repairedInPlace,
  },
  {
    what: 'an instance that cannot forward and powers itself off',
    must: 'replaced in 90 s',
    days: 30,
    measure: replaced,
  },
  {
    what: 'one whose guard is broken, too, and whose health says so',
    must: 'replaced in 90 s',
    days: 30,
    measure: replacedUnguarded,
  },
  {
    what: 'one that says all is well, and only failed requests show it',
    must: 'replaced in 90 s',
    days: 30,
    measure: replacedUnseen,
  },
  {
    what: 'terminated or stopped, with a hand-over and a minute of patience of EC2’s',
    must: '1 s offline',
    days: 30,
    measure: handsOver,
  },
  {
    what: 'planned replacement, from launch to cutover',
    must: 'the boot and 5 s',
    days: 30,
    measure: plannedReplacement,
  },
  {
    what: "all zones' upstream lost for ten minutes",
    must: '0 launches, 0 moves, an alarm',
    days: 10,
    measure: upstreamLost,
  },
  {
    what: 'a probe that fails one time in three',
    must: '0 replacements in a day',
    days: 1,
    measure: failsAtTimes,
  },
  {
    what: 'a takeover by an instance that does not forward',
    must: 'back in 10 s, the deployment fails with the reason',
    days: 30,
    measure: takeoverInVain,
  },
  {
    what: 'a settled run',
    must: '6 Describe calls, one Invoke for each zone, 0 changes',
    days: 3,
    measure: settledRun,
  },
  ...standInGoals,
  ...bootGoals,
];
