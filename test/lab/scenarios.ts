import { cutoverOrder } from './cutover-order.ts';
import { egressLists } from './egress-lists.ts';
import { forwarding } from './forwarding.ts';
import { healing } from './healing.ts';
import { intruders } from './intruders.ts';
import type { Lab } from './lab.ts';
import type { LabOptions } from './options.ts';
import type { Section } from './report.ts';
import { standingIn } from './standing-in.ts';

/** One experiment in a lab of its own. It throws only where the lab itself is broken. */
export type LabScenario = {
  readonly name: string;
  readonly about: string;
  readonly play: (lab: Lab, section: Section, options: LabOptions) => Promise<void>;
};

export const labScenarios: readonly LabScenario[] = [
  forwarding,
  healing,
  cutoverOrder,
  standingIn,
  intruders,
  egressLists,
];
