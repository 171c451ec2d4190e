import { assertNever } from '../../shared/core/model/assert.ts';
import type { Field } from './field.ts';
import type { Fault } from './schedule.ts';
import { strikeCalls } from './strike-calls.ts';
import { command, strikeController } from './strike-controller.ts';
import { strikeImages, strikeInstance } from './strike-instances.ts';
import { blockPublicAccess } from './strike-public-access.ts';
import { strikeInterface, strikeRoutes } from './strike-surroundings.ts';
import { known, type Struck } from './struck.ts';

/** Does to the world what the fault says. */
export function strike(fault: Fault, field: Field): Struck {
  switch (fault.kind) {
    case 'instance-terminated':
    case 'instance-stopped':
    case 'instance-rebooted':
    case 'instance-hung':
    case 'host-lost':
    case 'instance-impaired-for-a-while':
    case 'launch-failed':
    case 'retirement-scheduled':
    case 'spot-interrupted':
    case 'rebalance-recommended':
      return known(strikeInstance(fault, field));
    case 'image-published':
    case 'image-withdrawn':
      return known(strikeImages(fault, field));
    case 'source-dest-check-on':
    case 'address-taken-off':
    case 'address-on-foreign-interface':
    case 'second-interface-attached':
    case 'free-interface-deleted':
    case 'security-group-gone':
      return known(strikeInterface(fault, field));
    case 'route-deleted':
    case 'route-blackholed':
    case 'route-pointed-elsewhere':
    case 'table-reassociated':
      return known(strikeRoutes(fault, field));
    case 'public-access-blocked':
      return known(blockPublicAccess(fault, field));
    case 'no-capacity':
    case 'quota-exceeded':
    case 'volume-key-refused':
    case 'calls-throttled':
    case 'calls-failed':
    case 'answers-lost':
    case 'requests-lost':
    case 'answers-slow':
    case 'calls-unanswered':
    case 'permission-removed':
    case 'reads-stale':
    case 'controller-killed':
      return strikeCalls(fault, field);
    case 'events-lost':
    case 'events-doubled':
    case 'events-late':
    case 'controllers-at-once':
    case 'runs-cut-short':
    case 'redeployed':
      return known(strikeController(fault, field));
    case 'rebuild':
    case 'pause':
    case 'resume':
    case 'restore':
      return known(command(fault, field));
    default:
      return assertNever(fault);
  }
}
