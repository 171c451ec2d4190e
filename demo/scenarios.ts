import type { Ec2CallName } from '../shared/aws/api.ts';
import type { Harness } from '../simulator/harness/harness.ts';
import { command, instanceIn, interfaceIn, nameOf, tableIn, zoneOf } from './handles.ts';
import { oneZone, type Scenario, twoZones } from './scenario.ts';
import { forwardingBroken, guardRepairs, takeoverInVain, upstreamLost } from './traffic-scenarios.ts';

function hang(harness: Harness): string {
  const { id } = instanceIn(harness, 0);
  harness.sim.impair(id, 'instance');
  return `the operating system of ${id} hangs; EC2's checks, once a minute, have not noticed yet`;
}

export const scenarios: readonly [Scenario, ...Scenario[]] = [
  {
    name: 'terminated',
    title: 'A NAT instance is terminated.',
    prepared: twoZones,
    expected:
      'The instance of the next zone carries it, at its own Elastic IP, until it has one of its own again.',
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.terminateInstance(id);
      return `somebody terminates ${id}`;
    },
  },
  {
    name: 'one-zone',
    title: 'The only NAT instance is terminated: no neighbour helps.',
    prepared: oneZone,
    expected:
      'Another is launched at once, and gets the Elastic IP and the routes; until it has booted the zone is offline.',
    harness: { vpc: { zones: 1 } },
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.terminateInstance(id);
      return `somebody terminates ${id}`;
    },
  },
  {
    name: 'stopped',
    title: 'A NAT instance is stopped.',
    prepared: twoZones,
    expected: 'The next zone carries it. Another is launched, and the stopped one is terminated.',
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.stopInstance(id);
      return `somebody stops ${id}`;
    },
  },
  {
    name: 'status-check',
    title: 'A NAT instance hangs.',
    prepared: twoZones,
    expected:
      "The watch of the next zone's instance notices, the probes prove it, and that instance carries the zone.",
    from: 'settled',
    inject: hang,
  },
  {
    name: 'one-zone-hangs',
    title: 'The only NAT instance hangs: no neighbour helps.',
    prepared: oneZone,
    expected: 'A candidate takes over as soon as it may be trusted more than the suspect, which goes last.',
    harness: { vpc: { zones: 1 } },
    from: 'settled',
    inject: hang,
  },
  {
    name: 'source-dest-check',
    title: 'The source/destination check is switched on.',
    prepared: twoZones,
    expected: 'One call puts it right; nothing is launched.',
    from: 'settled',
    inject: (harness) => {
      const id = interfaceIn(harness, 0);
      harness.sim.setSourceDestCheck(id, true);
      return `somebody switches the source/destination check of ${id} on: EC2 drops what it forwards`;
    },
  },
  {
    name: 'elastic-ip',
    title: 'The Elastic IP is taken off.',
    prepared: twoZones,
    expected: 'One call puts it back; nothing is launched.',
    from: 'settled',
    inject: (harness) => {
      const { allocationId, publicIp } = zoneOf(harness, 0);
      harness.sim.takeAddressOff(allocationId);
      return `somebody disassociates ${publicIp}`;
    },
  },
  {
    name: 'route-blackholed',
    title: 'A private route is aimed at an interface that is gone.',
    prepared: twoZones,
    expected: 'One call aims it back; nothing is launched.',
    from: 'settled',
    inject: (harness) => {
      const table = tableIn(harness, 0);
      harness.sim.pointRouteAt(table, { kind: 'interface', id: 'eni-0dead0000000beef0' });
      return `somebody points the default route of ${table} at a deleted interface: a blackhole`;
    },
  },
  {
    name: 'route-deleted',
    title: 'A private default route is deleted.',
    prepared: twoZones,
    expected: 'One call makes it anew; nothing is launched.',
    from: 'settled',
    inject: (harness) => {
      const table = tableIn(harness, 0);
      harness.sim.deleteRoute(table);
      return `somebody deletes the default route of ${table}`;
    },
  },
  {
    name: 'no-capacity',
    title: 'EC2 has no capacity for the instance type that is lost.',
    prepared: `${twoZones} Instance types listed: t4g.nano, then t3.nano, which is of another architecture.`,
    expected:
      'The next type is launched, from the image of its own architecture, while the next zone carries the zone.',
    harness: { settings: { instanceTypes: ['t4g.nano', 't3.nano'] } },
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.withoutCapacity('t4g.nano', zoneOf(harness, 0).name);
      harness.sim.terminateInstance(id);
      return `${id} is terminated, and ${zoneOf(harness, 0).name} has run out of t4g.nano`;
    },
  },
  {
    name: 'image-gone',
    title: 'The newest AMI is listed but can no longer be launched.',
    prepared: twoZones,
    expected:
      'The newest image that does launch is taken, of the same family, while the next zone carries the zone.',
    from: 'settled',
    inject: (harness) => {
      const { id, launch } = instanceIn(harness, 0);
      harness.sim.imageGoneButListed(launch.imageId);
      harness.sim.terminateInstance(id);
      return `${id} is terminated, and its image ${launch.imageId} has been withdrawn`;
    },
  },
  {
    name: 'throttled',
    title: 'EC2 throttles the controller in the middle of a failover.',
    prepared: twoZones,
    expected: 'Throttled calls are repeated with growing pauses; nothing is concluded from them.',
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      const calls: Ec2CallName[] = [
        'DescribeRouteTables',
        'AssociateAddress',
        'ReplaceRoute',
        'RunInstances',
      ];
      for (const call of calls) {
        harness.sim.inject({ call, times: 2, fault: { kind: 'throttle' } });
      }
      harness.sim.terminateInstance(id);
      return `${id} is terminated, and EC2 throttles ${calls.join(', ')} twice each`;
    },
  },
  {
    name: 'two-zones',
    title: 'Both NAT instances are terminated at once.',
    prepared: twoZones,
    expected: 'Neither can carry the other: both are rebuilt at the same time, as fast as one.',
    from: 'settled',
    inject: (harness) => {
      const ids = [instanceIn(harness, 0).id, instanceIn(harness, 1).id];
      for (const id of ids) {
        harness.sim.terminateInstance(id);
      }
      return `somebody terminates ${ids.join(' and ')}`;
    },
  },
  {
    name: 'controller-dies',
    title: 'The controller itself dies in the middle of a failover.',
    prepared: twoZones,
    expected: 'There is no state to lose: the next run goes on from what EC2 shows.',
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.inject({ call: 'AssociateAddress', times: 1, fault: { kind: 'crash', when: 'before' } });
      harness.sim.terminateInstance(id);
      return `${id} is terminated, and the controller is killed as it moves the Elastic IP`;
    },
  },
  {
    name: 'spot-interruption',
    title: 'A Spot interruption is announced two minutes ahead.',
    prepared: twoZones,
    expected: 'The next zone carries it before EC2 takes the old instance away.',
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.interruptSpot(id);
      return `EC2 warns that it will interrupt ${id} in two minutes`;
    },
  },
  {
    name: 'retirement',
    title: "EC2 schedules the retirement of a NAT instance's host.",
    prepared: twoZones,
    expected: 'Make before break, long before the date.',
    from: 'settled',
    inject: (harness) => {
      const { id } = instanceIn(harness, 0);
      harness.sim.retire(id);
      return `EC2 schedules the retirement of ${id} in two weeks`;
    },
  },
  {
    name: 'rebuild',
    title: 'An operator forces a rebuild of one zone.',
    prepared: twoZones,
    expected: 'Make before break: the routes move as soon as the candidate says that it forwards.',
    from: 'settled',
    inject: (harness) => command(harness, { action: 'rebuild', zone: nameOf(harness, 0) }),
  },
  {
    name: 'rebuild-probe-off',
    title: 'An operator forces a rebuild of one zone, in a stack with Probe=off.',
    prepared: 'Two zones without probes, each with two private subnets behind a NAT instance of its own.',
    expected:
      "Nobody asks the candidate whether it forwards: the routes wait for its console and EC2's status checks.",
    harness: { probe: 'off' },
    from: 'settled',
    inject: (harness) => command(harness, { action: 'rebuild', zone: nameOf(harness, 0) }),
  },
  {
    name: 'rebuild-immediate',
    title: 'An operator forces an immediate rebuild of one zone.',
    prepared: twoZones,
    expected: 'Break before make, as asked: the next zone carries it while the new instance boots.',
    from: 'settled',
    inject: (harness) => command(harness, { action: 'rebuild', zone: nameOf(harness, 0), immediate: true }),
  },
  guardRepairs,
  forwardingBroken,
  upstreamLost,
  {
    name: 'first-launch',
    title: 'The controller starts for the first time, in an empty VPC.',
    prepared:
      'Two zones, each with a probe, and two private subnets that have no default route: no egress at all.',
    expected: 'One NAT instance in each zone, with its Elastic IP and its routes.',
    from: 'untouched',
    inject: (harness) => {
      harness.goLive();
      return 'the stack has been deployed: the schedule begins';
    },
  },
  {
    name: 'nat-gateway',
    title: 'The controller takes over from NAT gateways.',
    prepared: 'Two zones, each with a probe, and two private subnets behind a NAT gateway.',
    expected: 'Routes move only to instances that say that they forward; the way back is remembered.',
    harness: { vpc: { natGateways: true } },
    from: 'untouched',
    inject: (harness) => {
      harness.goLive();
      return 'the stack has been deployed beside the NAT gateways: the schedule begins';
    },
  },
  takeoverInVain,
];

export function findScenario(name: string): Scenario | undefined {
  return scenarios.find((candidate) => candidate.name === name);
}
