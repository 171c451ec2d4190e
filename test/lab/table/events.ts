import type { Behaviour } from '../../../simulator/behaviour.ts';
import { primaryOf } from '../../../simulator/harness/settled-harness.ts';
import type { LiveHarness } from '../harness/live-harness.ts';
import { grace, noGrace, unnoticed } from './setups.ts';

/** What happens to zone a's instance. */
export type LabEvent = {
  /** As the command line knows it. */
  readonly name: string;
  readonly says: string;
  readonly behaviour: Partial<Behaviour>;
  /** What is to be reached with a neighbour that stands in, or a standby. */
  readonly must: string;
  /** Only in these setups; absent: in `one` and `neighbour`. */
  readonly setups?: readonly string[];
  readonly strike: (live: LiveHarness, instanceId: string) => void;
};

/** Of everything that is planned, the return home too. */
export const mustOfPlanned = '0.5 s, none lost';

export const hang: LabEvent = {
  name: 'hang',
  says: 'hangs, and EC2 notices nothing',
  must: '5 s',
  behaviour: unnoticed,
  setups: ['one', 'two', 'neighbour', 'standby'],
  strike: ({ harness }, id) => harness.sim.impair(id, 'instance'),
};

export const labEvents: readonly LabEvent[] = [
  {
    name: 'terminate',
    says: 'terminated',
    must: '1 s',
    behaviour: grace,
    setups: ['one', 'neighbour', 'standby'],
    strike: ({ harness }, id) => harness.sim.terminateInstance(id),
  },
  {
    name: 'terminate-now',
    says: 'terminated, EC2 grants no time',
    must: '',
    behaviour: noGrace,
    strike: ({ harness }, id) => harness.sim.terminateInstance(id),
  },
  {
    name: 'stop',
    says: 'stopped',
    must: '1 s',
    behaviour: grace,
    setups: ['one', 'neighbour', 'standby'],
    strike: ({ harness }, id) => harness.sim.stopInstance(id),
  },
  {
    name: 'reboot',
    says: 'rebooted',
    must: '1 s',
    behaviour: grace,
    setups: ['one', 'neighbour', 'standby'],
    strike: ({ harness }, id) => harness.sim.rebootInstance(id),
  },
  hang,
  {
    name: 'rebuild',
    says: 'planned rebuild',
    must: mustOfPlanned,
    behaviour: grace,
    strike: (live) => live.wake({ action: 'rebuild', zone: 'a' }),
  },
  {
    name: 'spot',
    says: 'Spot warning',
    must: mustOfPlanned,
    behaviour: grace,
    strike: ({ harness }, id) => harness.sim.interruptSpot(id),
  },
  {
    name: 'both',
    says: 'terminated in both zones, EC2 grants no time',
    must: 'as one zone',
    behaviour: noGrace,
    setups: ['neighbour'],
    strike: ({ harness }, id) => {
      harness.sim.terminateInstance(id);
      harness.sim.terminateInstance(primaryOf(harness, 'b'));
    },
  },
];
