import type { InstanceRecord } from '../../simulator/ec2/records.ts';
import type { Harness } from '../../simulator/harness/harness.ts';
import { nameOf, zoneOf } from '../handles.ts';

/** Something that a person does to the simulated account. */
export type Strike = {
  readonly name: string;
  /** On its button. */
  readonly label: string;
  /** What it means, for who points at it. */
  readonly hint: string;
  /** Whether it is about one zone, which the person chooses. */
  readonly isZonal: boolean;
  /** Does it, and says what was done. @throws Error where there is nothing to do it to. */
  readonly does: (harness: Harness, zone: number) => string;
};

/** More calls than a run sends at once, and fewer than it may send in all. */
const throttledCalls = 12;

/** What can befall the account, in the order of the buttons. */
export const strikes: readonly Strike[] = [
  {
    name: 'terminate',
    label: 'Terminate',
    hint: 'The NAT instance is terminated, as by a person or a Spot reclaim.',
    isZonal: true,
    does: (harness, zone) => {
      const { id } = runningIn(harness, zone);
      harness.sim.terminateInstance(id);
      return `somebody terminates ${id}`;
    },
  },
  {
    name: 'hang',
    label: 'Hang',
    hint: 'Its operating system stops; EC2 says "running" for minutes.',
    isZonal: true,
    does: (harness, zone) => {
      const { id } = runningIn(harness, zone);
      harness.sim.impair(id, 'instance');
      return `the operating system of ${id} hangs; EC2's checks have not noticed yet`;
    },
  },
  {
    name: 'break-forwarding',
    label: 'Break forwarding',
    hint: 'It runs, answers, passes every check, and forwards nothing.',
    isZonal: true,
    does: (harness, zone) => {
      const { id } = runningIn(harness, zone);
      harness.sim.breakForwarding(id);
      return `${id} forwards nothing any longer, and no check shows it`;
    },
  },
  {
    name: 'flush-rules',
    label: 'Flush its rules',
    hint: 'Somebody runs "nft flush ruleset"; the guard on the instance repairs that.',
    isZonal: true,
    does: (harness, zone) => {
      const { id } = runningIn(harness, zone);
      harness.sim.breakForwarding(id, { what: 'rules', guard: 'repairs' });
      return `somebody flushes the rules of ${id}`;
    },
  },
  {
    name: 'take-address',
    label: 'Take its Elastic IP',
    hint: 'Somebody disassociates the Elastic IP.',
    isZonal: true,
    does: (harness, zone) => {
      const { allocationId, publicIp } = zoneOf(harness, zone);
      const address = harness.sim.region.store.view('current').addresses.get(allocationId);
      if (address?.association === undefined) throw new Error(`${publicIp} is on no interface`);
      harness.sim.takeAddressOff(allocationId);
      return `somebody disassociates ${publicIp}`;
    },
  },
  {
    name: 'no-capacity',
    label: 'Take the capacity',
    hint: 'EC2 has no more instances of these types in the zone, until it is mended.',
    isZonal: true,
    does: (harness, zone) => {
      const { name } = zoneOf(harness, zone);
      for (const type of harness.settings.instanceTypes) harness.sim.withoutCapacity(type, name);
      return `${name} has run out of ${harness.settings.instanceTypes.join(', ')}`;
    },
  },
  {
    name: 'upstream',
    label: 'Cut the internet',
    hint: 'Beyond the account all packets are lost, until it is mended: no NAT instance is to blame.',
    isZonal: false,
    does: (harness) => {
      harness.sim.loseUpstream(harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId));
      return 'beyond the account, packets from every zone are lost';
    },
  },
  {
    name: 'throttle',
    label: 'Throttle EC2',
    hint: `EC2 refuses the next ${throttledCalls} calls: RequestLimitExceeded.`,
    isZonal: false,
    does: (harness) => {
      harness.sim.injectEverywhere({ call: '*', times: throttledCalls, fault: { kind: 'throttle' } });
      return `EC2 will throttle the next ${throttledCalls} calls`;
    },
  },
  {
    name: 'kill',
    label: 'Kill the controller',
    hint: 'The process of the run that changes something next dies, before its change is made.',
    isZonal: false,
    does: (harness) => {
      harness.sim.injectEverywhere({
        call: '*',
        when: (name) => harness.sim.isMutating(name),
        times: 1,
        fault: { kind: 'crash', when: 'before' },
      });
      return 'the run that changes something next will be killed before it does';
    },
  },
  {
    name: 'mend',
    label: 'Mend',
    hint: 'Gives capacity and internet back, and ends throttling. What is broken on an instance stays broken.',
    isZonal: false,
    does: (harness) => {
      harness.sim.removeAllFaults();
      harness.sim.loseUpstream(harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId)).restore();
      return 'capacity, the internet and the API are as they should be';
    },
  },
];

/** Does it, and tells it to a recording. What cannot be done is said instead, and changes nothing. */
export function strike(
  harness: Harness,
  name: string,
  zone: number,
): { readonly ok: boolean; readonly text: string } {
  const found = strikes.find((candidate) => candidate.name === name);
  if (found === undefined) return { ok: false, text: `there is nothing called ${name}` };
  try {
    return { ok: true, text: found.does(harness, zone) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, text: `${found.label}, zone ${nameOf(harness, zone)}: ${why}` };
  }
}

/** The youngest of the zone's own: while another zone's carries it, that one is not meant. @throws Error where none runs. */
function runningIn(harness: Harness, zone: number): InstanceRecord {
  const { publicSubnetId } = zoneOf(harness, zone);
  const [own] = harness.sim.region.store
    .view('current')
    .instances.all()
    .filter(({ launch, state }) => launch.subnetId === publicSubnetId && state === 'running')
    .toSorted((a, b) => b.launchedAt - a.launchedAt);
  if (own === undefined) {
    throw new Error(`zone ${nameOf(harness, zone)} has no running NAT instance to break`);
  }
  return own;
}
