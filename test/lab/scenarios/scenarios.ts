import { cutoverOrder } from './cutover-order.ts';
import { dying } from './dying.ts';
import { egressLists } from './egress-lists.ts';
import { forwarding } from './forwarding.ts';
import { guarding } from './guarding.ts';
import { handingOn } from './handing-on.ts';
import { healing } from './healing.ts';
import { intruders } from './intruders.ts';
import { keeping } from './keeping.ts';
import type { LabScenario } from './lab-scenario.ts';
import { losingUpstream } from './losing-upstream.ts';
import { bootingAgain } from './neighbours/booting-again.ts';
import { standingBy } from './neighbours/standing-by.ts';
import { standingIn } from './neighbours/standing-in.ts';
import { paging } from './paging.ts';
import { seeing } from './seeing.ts';
import { strangers } from './strangers.ts';
import { takingOver } from './taking-over.ts';

export const labScenarios: readonly LabScenario[] = [
  forwarding,
  guarding,
  healing,
  seeing,
  takingOver,
  losingUpstream,
  cutoverOrder,
  handingOn,
  bootingAgain,
  dying,
  paging,
  ...keeping,
  standingIn,
  standingBy,
  intruders,
  strangers,
  egressLists,
];
