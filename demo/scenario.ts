import type { DurationMs } from '../shared/core/model/time.ts';
import type { Harness, HarnessOptions } from '../simulator/harness/harness.ts';
import type { StackHarness } from '../simulator/harness/stack-harness.ts';

export type Scenario = {
  readonly name: string;
  /** One sentence, for `--list`. */
  readonly title: string;
  readonly prepared: string;
  readonly expected: string;
  readonly harness?: HarnessOptions;
  /**
   * `settled`: the controller has launched every zone before the trouble begins. `untouched`: it has never run, and the
   * trouble is its first start.
   */
  readonly from: 'settled' | 'untouched';
  /** Does it, and says what was done. */
  readonly inject: (harness: Harness, stack: StackHarness) => string | Trouble;
  /**
   * What it ends in: `settled`, after something was changed; `left-alone`, settled without a change, and no alarm rings any
   * longer; `rolled-back`: CloudFormation has taken down what could not be built.
   */
  readonly ends?: 'settled' | 'left-alone' | 'rolled-back';
};

/** In words, and what happens by itself some time later. */
export type Trouble = {
  readonly trouble: string;
  readonly later?: { readonly afterMs: DurationMs; readonly happens: () => string };
};

export const oneZone =
  'One zone with a probe, and two private subnets behind its NAT instance: there is no neighbour.';

export const twoZones =
  'Two zones, each with a probe, and two private subnets behind a NAT instance of its own.';
