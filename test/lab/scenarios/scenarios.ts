import { cutoverOrder } from './cutover-order.ts';
import { egressLists } from './egress-lists.ts';
import { forwarding } from './forwarding.ts';
import { guarding } from './guarding.ts';
import { healing } from './healing.ts';
import { intruders } from './intruders.ts';
import type { LabScenario } from './lab-scenario.ts';
import { standingIn } from './standing-in.ts';

export const labScenarios: readonly LabScenario[] = [
  forwarding,
  guarding,
  healing,
  cutoverOrder,
  standingIn,
  intruders,
  egressLists,
];
