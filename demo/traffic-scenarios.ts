import { minuteMs } from '../shared/core/model/time.ts';
import { instanceIn } from './handles.ts';
import { type Scenario, twoZones } from './scenario.ts';

/** About whether packets pass, which EC2 does not know. */
export const guardRepairs: Scenario = {
  name: 'guard-repairs',
  title: 'Somebody flushes the rules of a NAT instance.',
  prepared: twoZones,
  expected: 'Its guard loads them again within two seconds. The controller changes nothing.',
  from: 'settled',
  ends: 'left-alone',
  inject: (harness) => {
    const { id } = instanceIn(harness, 0);
    harness.sim.breakForwarding(id, { what: 'rules', guard: 'repairs' });
    return `somebody flushes the rules of ${id}`;
  },
};

export const forwardingBroken: Scenario = {
  name: 'forwarding-broken',
  title: 'A NAT instance no longer forwards, and its guard is broken, too.',
  prepared: twoZones,
  expected:
    'No status check fails. The probe sees that no request passes: the next zone carries it, and the instance is replaced.',
  from: 'settled',
  inject: (harness) => {
    const { id } = instanceIn(harness, 0);
    harness.sim.breakForwarding(id, { what: 'rules', guard: 'does-not-run' });
    return `somebody stops the guard of ${id} and flushes its rules: every status check goes on passing`;
  },
};

export const upstreamLost: Scenario = {
  name: 'upstream-lost',
  title: 'Packets to the internet are lost in every zone for ten minutes.',
  prepared: twoZones,
  expected:
    'The trouble is beyond the instances: another would fare no better, so nothing is launched or moved.',
  from: 'settled',
  ends: 'left-alone',
  inject: (harness) => {
    const publicSubnets = harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId);
    const upstream = harness.sim.loseUpstream(publicSubnets);
    return {
      trouble: 'what leaves the VPC for the internet is lost, in every zone; EC2 says that all is well',
      later: {
        afterMs: 10 * minuteMs,
        happens: () => {
          upstream.restore();
          return 'what leaves the VPC arrives again';
        },
      },
    };
  },
};

export const takeoverInVain: Scenario = {
  name: 'takeover-in-vain',
  title: 'A deployment takes over from NAT gateways, with instances that forward nothing.',
  prepared:
    'Two zones, each with a probe, and two private subnets behind a NAT gateway. The image boots and says that it forwards, and it does not.',
  expected:
    "No request passes through zone a's: its routes go back within ten seconds, zone b's stay, and the deployment fails.",
  harness: { vpc: { natGateways: true }, behaviour: { boot: 'pretends' } },
  from: 'untouched',
  ends: 'rolled-back',
  inject: (_harness, stack) => {
    stack.deploy().catch(() => undefined);
    return 'somebody deploys the stack beside the NAT gateways';
  },
};
