import { assertNever } from '../../../shared/core/model/assert.ts';
import type { Play } from '../play/play.ts';
import type { Fault } from '../schedule/schedule.ts';
import { type Hit, known } from './hit.ts';
import { injectCallFault } from './inject-call-fault.ts';
import { command, injectControllerFault } from './inject-controller-fault.ts';
import { injectImageFault, injectInstanceFault } from './inject-instance-fault.ts';
import { injectInterfaceFault, injectRouteFault } from './inject-network-fault.ts';
import { blockPublicAccess } from './inject-public-access-fault.ts';
import { injectTrafficFault } from './inject-traffic-fault.ts';
import { injectWatchFault } from './inject-watch-fault.ts';

/** Does to the account what the fault says. */
export function injectFault(fault: Fault, play: Play): Hit {
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
      return known(injectInstanceFault(fault, play));
    case 'image-published':
    case 'image-withdrawn':
      return known(injectImageFault(fault, play));
    case 'source-dest-check-on':
    case 'address-taken-off':
    case 'address-on-foreign-interface':
    case 'second-interface-attached':
    case 'free-interface-deleted':
    case 'security-group-gone':
      return known(injectInterfaceFault(fault, play));
    case 'route-deleted':
    case 'route-blackholed':
    case 'route-pointed-elsewhere':
    case 'table-reassociated':
      return known(injectRouteFault(fault, play));
    case 'public-access-blocked':
      return known(blockPublicAccess(fault, play));
    case 'forwarding-broken':
    case 'upstream-lost':
    case 'probe-target-dead':
    case 'probe-troubled':
      return injectTrafficFault(fault, play);
    case 'alarm-storm':
    case 'neighbour-unheard':
      return known(injectWatchFault(fault, play));
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
      return injectCallFault(fault, play);
    case 'events-lost':
    case 'events-doubled':
    case 'events-late':
    case 'controllers-at-once':
    case 'runs-cut-short':
    case 'redeployed':
      return known(injectControllerFault(fault, play));
    case 'rebuild':
    case 'pause':
    case 'resume':
    case 'restore':
      return known(command(fault, play));
    default:
      return assertNever(fault);
  }
}
