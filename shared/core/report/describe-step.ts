import { assertNever } from '../model/assert.ts';
import type { InterfaceRef, Step } from '../model/step.ts';

function describeTakeover({
  routeTableId,
  tried,
  ledBack,
}: Extract<Step, { readonly kind: 'note-takeover' }>): string {
  const route = `the default route of ${routeTableId}`;
  if (tried !== undefined) {
    return `note that ${route} is about to be taken over`;
  }
  return ledBack === undefined
    ? `note that ${route} is taken over`
    : `note that the takeover of ${route} is undone`;
}

/** A sentence for people: "point the default route of rtb-1 at eni-2". */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'create-interface':
      return `create a network interface in ${step.subnetId}`;
    case 'assign-secondary-address':
      return `assign a secondary private address to ${step.interfaceId}`;
    case 'disable-source-dest-check':
      return `switch the source/destination check of ${refName(step.on)} off`;
    case 'set-security-groups':
      return `put ${refName(step.on)} back into ${step.groupIds.join(', ')}`;
    case 'give-up-own-address':
      return `give up the public address that ${step.interfaceId} was launched with`;
    case 'associate-address':
      return `move Elastic IP ${step.allocationId} to ${step.privateIp === undefined ? '' : `${step.privateIp} of `}${refName(step.to)}`;
    case 'set-default-route':
      return `point the default route of ${step.routeTableId} at ${step.to.kind === 'created' ? refName(step.to) : step.to.id}${step.again ? ', once more after the pause' : ''}`;
    case 'launch':
      return `launch a ${step.instanceType}${step.spot === true ? ' (Spot)' : ''} from ${step.image.id}${onWhat(step.on)}`;
    case 'terminate':
      return `terminate ${step.instanceId}`;
    case 'delete-interface':
      return `delete network interface ${step.interfaceId}`;
    case 'mark-for-replacement':
      return `mark ${step.instanceId} for replacement (${step.mark.reason})`;
    case 'note-put-back':
      return `note that the interface of ${step.instanceId} is put back`;
    case 'note-refused-move':
      return `note that ${step.refused.of} could not be moved to ${step.instanceId}`;
    case 'note-watched':
      return `have ${step.instanceId} watch ${step.watched.instanceId} of zone ${step.watched.zone}`;
    case 'remember-route-target':
      return `remember that ${step.routeTableId} pointed at ${step.target.id}`;
    case 'note-takeover':
      return describeTakeover(step);
    case 'note-cutover':
      return `note that the traffic is moved from ${step.cutover.from} to ${step.cutover.to}`;
    case 'note-stood-in':
      return `note that ${step.by} stands in`;
    case 'note-undone-cutovers':
      return `note that the cutover to ${step.undone[0]?.instanceId ?? 'no instance'} is undone`;
    case 'remember-image':
      return `remember ${step.imageId} as the image that works`;
    case 'remember-launches':
      return `note ${step.launches.length === 1 ? 'the launch' : `the ${step.launches.length} launches`} of the last hour`;
    case 'pause':
      return 'pause the zone';
    case 'resume':
      return 'resume the zone';
    case 'reset-breaker':
      return 'reset the breaker: launches before now count no more';
    case 'note-route-as-found':
      return step.found.kind === 'no-route'
        ? `note that ${step.routeTableId} had no default route`
        : `note that the default route of ${step.routeTableId} led to ${step.found.id}`;
    case 'delete-default-route':
      return `delete the default route of ${step.routeTableId}, which has no way back`;
    case 'take-address-off':
      return `take Elastic IP ${step.allocationId} off ${step.from}, which no longer stands in for its zone`;
    case 'forget-route':
      return `remove our tag from ${step.routeTableId}`;
    case 'forget-address':
      return `remove our tags from Elastic IP ${step.allocationId}`;
    default:
      return assertNever(step);
  }
}

function refName(ref: InterfaceRef): string {
  return ref.kind === 'interface' ? ref.id : 'the new interface';
}

function onWhat(on: Extract<Step, { kind: 'launch' }>['on']): string {
  return on.kind === 'new-interface' ? ` in ${on.subnetId}` : ` on ${refName(on)}`;
}
