import { assertNever } from '../../../shared/core/model/assert.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import type { ProbeTrouble } from '../../../simulator/probe/simulated-probes.ts';
import type { Play } from '../play/play.ts';
import type { FaultOf } from '../schedule/schedule.ts';
import { type Hit, known } from './hit.ts';
import { picked } from './inject-instance-fault.ts';

type Trouble = FaultOf<'forwarding-broken' | 'upstream-lost' | 'probe-target-dead' | 'probe-troubled'>;

/** What keeps packets from passing, or a probe from seeing whether they do, and no EC2 call tells. */
export function injectTrafficFault(fault: Trouble, play: Play): Hit {
  switch (fault.kind) {
    case 'forwarding-broken':
      return known(breakForwarding(fault, play));
    case 'upstream-lost':
      return known(loseUpstream(fault, play));
    case 'probe-target-dead':
      return silenceTarget(fault, play);
    case 'probe-troubled':
      return troubleProbe(fault, play);
    default:
      return assertNever(fault);
  }
}

/** False where nothing forwards that could be broken. */
function breakForwarding(fault: FaultOf<'forwarding-broken'>, play: Play): boolean {
  const { sim } = play.harness;
  const running = play
    .instancesIn(play.zone(fault.zone).name)
    .filter(({ state, booted, breakage }) => state === 'running' && booted && breakage === undefined);
  const victim = picked(fault, running, play);
  if (victim === undefined) return false;
  const { what, forMs } = fault;
  // What shows nowhere on the instance the guard cannot see.
  const guard = what === 'unseen' ? 'does-not-run' : fault.guard;
  play.note(`forwarding-broken: ${victim.id}, ${what}, the guard ${guard}`);
  sim.breakForwarding(victim.id, { what, guard });
  if (guard === 'does-not-run' && (!play.hasProbes || failsEverywhere(play))) {
    play.lasting(forMs, () => {
      play.note(`forwarding-broken: ${victim.id} is mended by hand`);
      sim.mendForwarding(victim.id);
    });
  }
  return true;
}

/**
 * Requests fail in every one of several zones, and no instance says why: that cannot be told from a lost upstream, for which
 * nothing is launched.
 */
function failsEverywhere(play: Play): boolean {
  const { zones } = play.harness.topology;
  const fails = ({ breakage }: InstanceRecord) => breakage?.what === 'unseen';
  return zones.length > 1 && zones.every(({ name }) => play.instancesIn(name).every(fails));
}

/** False while it is lost there already. */
function loseUpstream({ where, zone, forMs }: FaultOf<'upstream-lost'>, play: Play): boolean {
  const { sim, topology } = play.harness;
  const zones = where === 'one-zone' ? [play.zone(zone)] : topology.zones;
  const subnetIds = zones
    .map(({ publicSubnetId }) => publicSubnetId)
    .filter((id) => sim.region.store.subnets.current.get(id)?.upstreamLost !== true);
  if (subnetIds.length === 0) return false;
  play.note(`upstream-lost: of ${subnetIds.join(', ')}`);
  const upstream = sim.loseUpstream(subnetIds);
  play.lasting(forMs, () => {
    play.note(`upstream-lost: no longer of ${subnetIds.join(', ')}`);
    upstream.restore();
  });
  return true;
}

/** At least one goes on answering: several that have nothing to do with each other do not fall silent at once. */
function silenceTarget({ target, forMs }: FaultOf<'probe-target-dead'>, play: Play): Hit {
  const { probes } = play.harness;
  const name = probes.targets[target % Math.max(1, probes.targets.length)];
  if (name === undefined || probes.deadTargets.size + 1 >= probes.targets.length) return known(false);
  play.note(`probe-target-dead: ${name}`);
  probes.deadTargets.add(name);
  play.lasting(forMs, () => probes.deadTargets.delete(name));
  return askedSince(undefined, play);
}

function troubleProbe({ zone, trouble, forMs }: FaultOf<'probe-troubled'>, play: Play): Hit {
  const letter = play.letter(zone);
  play.note(`probe-troubled: ${letter}, ${trouble}`);
  const { end } = play.harness.probes.trouble(letter, troubleOf(trouble));
  play.lasting(forMs, end);
  return askedSince(letter, play);
}

function troubleOf(trouble: FaultOf<'probe-troubled'>['trouble']): ProbeTrouble {
  switch (trouble) {
    case 'late':
      return { kind: trouble, byMs: 3 * secondMs };
    case 'fails-at-times':
      return { kind: trouble, share: 1 / 3 };
    default:
      return { kind: trouble };
  }
}

function askedSince(zone: string | undefined, { harness }: Play): Hit {
  const { invocations } = harness.probes;
  const from = invocations.length;
  return () => invocations.slice(from).some((invocation) => zone === undefined || invocation.zone === zone);
}
