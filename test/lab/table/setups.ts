import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Behaviour } from '../../../simulator/behaviour.ts';
import type { HarnessOptions } from '../../../simulator/harness/harness.ts';

/** How a stack is set up. */
export type Setup = {
  /** As the command line knows it. */
  readonly name: string;
  readonly about: string;
  readonly options: HarnessOptions;
  /** The one that is to reach something. */
  readonly isToReach?: true;
};

const handOverMs = minuteMs;
const instanceProfileArn = 'arn:aws:iam::123456789012:instance-profile/phoenat';

const alone: Setup = {
  name: 'one',
  about: 'One zone, `Probe=on`, `HandOverSeconds=60`:',
  options: { vpc: { zones: 1 }, settings: { handOverMs } },
};

const watched: Setup = {
  name: 'two',
  about: 'Two zones, `Watch=on` beside it:',
  options: { settings: { handOverMs, watch: 'on', instanceProfileArn } },
};

const neighbour: Setup = {
  name: 'neighbour',
  about: 'Two zones, `Watch=on` and `StandIn=on` beside it:',
  options: { settings: { handOverMs, watch: 'on', standIn: 'on', instanceProfileArn } },
  isToReach: true,
};

/** In one subnet, so that a failure of the Availability Zone takes both. */
export const standby: Setup = {
  name: 'standby',
  about: 'One zone, `Standby=on` and `Watch=on` beside it:',
  options: { vpc: { zones: 1, standby: true }, settings: { handOverMs, watch: 'on', instanceProfileArn } },
  isToReach: true,
};

export const setups: readonly Setup[] = [alone, watched, neighbour, standby];

/**
 * How long EC2 lets an operating system hold its shutdown is unproven: its documentation speaks of "a few minutes" (EC2
 * User Guide, "Troubleshoot instance termination").
 */
export const grace: Pick<Behaviour, 'shutdownGrace'> = {
  shutdownGrace: { minMs: 2 * minuteMs, maxMs: 2 * minuteMs },
};

export const noGrace: Pick<Behaviour, 'shutdownGrace'> = { shutdownGrace: { minMs: 0, maxMs: 0 } };

/** Longer than any of the events takes: what EC2's status checks would say, they say too late. */
export const unnoticed: Pick<Behaviour, 'statusCadenceMs'> = { statusCadenceMs: 3_600 * secondMs };
