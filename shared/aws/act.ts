import type { Tag } from '@aws-sdk/client-ec2';
import type { Effect } from '../core/memory/learn.ts';
import { assertNever, InvariantViolation } from '../core/model/assert.ts';
import { type InterfaceId, parseId, type RouteTableId } from '../core/model/ids.ts';
import type { RouteTarget } from '../core/model/snapshot.ts';
import type { InterfaceRef, Step } from '../core/model/step.ts';
import { tagKeys } from '../core/model/tags.ts';
import type { Ec2Input } from './api.ts';
import { malformedAnswer } from './ec2-caller.ts';
import { type Ec2Context, lacksTag, ownTags } from './ec2-context.ts';
import { launch } from './launch.ts';
import { renderTimes } from './noted-times.ts';
import { renderCutover, renderStoodIn, renderUndoneCutovers } from './parse-cutovers.ts';
import { renderMark, renderRefusedMove } from './parse-instances.ts';
import { defaultDestination, renderRemembered } from './parse-network.ts';
import { renderTakenOver } from './parse-taken-over.ts';
import { renderWatched } from './parse-watched.ts';

const done: Effect = { kind: 'done' };

/**
 * Performs one step: one EC2 call, and the only place that changes AWS. Rejects with `Ec2CallError`. References to an
 * interface must be resolved.
 */
export function act(step: Step, ec2Context: Ec2Context): Promise<Effect> {
  switch (step.kind) {
    case 'create-interface':
      return createInterface(step, ec2Context);
    case 'launch':
      return launch(step, ec2Context);
    case 'assign-secondary-address':
      return assignSecondaryAddress(step, ec2Context);
    case 'disable-source-dest-check':
      return modifyInterface(ec2Context, {
        NetworkInterfaceId: idOf(step.on),
        SourceDestCheck: { Value: false },
      });
    case 'set-security-groups':
      return modifyInterface(ec2Context, {
        NetworkInterfaceId: idOf(step.on),
        Groups: [...step.groupIds],
      });
    case 'give-up-own-address':
      return modifyInterface(ec2Context, {
        NetworkInterfaceId: step.interfaceId,
        AssociatePublicIpAddress: false,
      });
    case 'associate-address':
      return associateAddress(step, ec2Context);
    case 'set-default-route':
      return setDefaultRoute(step, ec2Context);
    case 'terminate':
    case 'delete-interface':
      return remove(step, ec2Context);
    case 'mark-for-replacement':
      return tag(ec2Context, step.instanceId, { Key: tagKeys.replace, Value: renderMark(step.mark) });
    case 'note-put-back':
      return tag(ec2Context, step.instanceId, { Key: tagKeys.putBack, Value: renderTimes(step.at) });
    case 'note-refused-move':
      return tag(ec2Context, step.instanceId, {
        Key: tagKeys.moveRefused,
        Value: renderRefusedMove({ ...step.refused, at: step.at }),
      });
    case 'note-watched':
      return tag(ec2Context, step.instanceId, { Key: tagKeys.watch, Value: renderWatched(step.watched) });
    case 'remember-route-target':
      return tag(ec2Context, step.routeTableId, { Key: tagKeys.remembered, Value: step.target.id });
    case 'note-takeover':
      return tag(ec2Context, step.routeTableId, {
        Key: tagKeys.takenOver,
        Value: renderTakenOver(ec2Context.settings.stack, step),
      });
    case 'remember-image':
      return tag(ec2Context, step.allocationId, {
        Key: tagKeys.lastGoodImage,
        Value: `${step.imageId} ${step.architecture}`,
      });
    case 'remember-launches':
      return tag(ec2Context, step.allocationId, {
        Key: tagKeys.launches,
        Value: renderTimes(step.launches),
      });
    case 'note-cutover':
      return tag(ec2Context, step.allocationId, {
        Key: tagKeys.cutover,
        Value: renderCutover(step.cutover),
      });
    case 'note-stood-in':
      return tag(ec2Context, step.allocationId, { Key: tagKeys.stoodIn, Value: renderStoodIn(step) });
    case 'note-undone-cutovers':
      return tag(ec2Context, step.allocationId, {
        Key: tagKeys.undoneCutovers,
        Value: renderUndoneCutovers(step.undone),
      });
    case 'pause':
      return tag(ec2Context, step.allocationId, { Key: tagKeys.paused, Value: step.since });
    case 'resume':
      return untag(ec2Context, step.allocationId, [tagKeys.paused]);
    case 'reset-breaker':
      return tag(ec2Context, step.allocationId, { Key: tagKeys.breakerReset, Value: step.at });
    case 'note-route-as-found':
      return tag(
        ec2Context,
        step.routeTableId,
        { Key: tagKeys.remembered, Value: renderRemembered(step.found) },
        { Key: tagKeys.takenOver, Value: renderTakenOver(ec2Context.settings.stack, { at: [] }) },
      );
    case 'take-address-off':
      return takeAddressOff(step, ec2Context);
    case 'delete-default-route':
      return deleteDefaultRoute(step.routeTableId, ec2Context);
    case 'forget-route':
      return untag(ec2Context, step.routeTableId, [tagKeys.remembered, tagKeys.takenOver]);
    case 'forget-address':
      return untag(ec2Context, step.allocationId, [
        tagKeys.paused,
        tagKeys.lastGoodImage,
        tagKeys.launches,
        tagKeys.breakerReset,
        tagKeys.cutover,
        tagKeys.undoneCutovers,
        tagKeys.stoodIn,
      ]);
    default:
      return assertNever(step);
  }
}

async function createInterface(
  { zone, subnetId, secondary, clientToken }: Extract<Step, { kind: 'create-interface' }>,
  { ec2, settings }: Ec2Context,
): Promise<Effect> {
  const answer = await ec2.call('CreateNetworkInterface', {
    SubnetId: subnetId,
    Groups: [...settings.securityGroupIds],
    Description: `NAT instance of zone ${zone}, made by ${settings.stack}`,
    ClientToken: clientToken,
    ...(secondary === true ? { SecondaryPrivateIpAddressCount: 1 } : {}),
    TagSpecifications: [{ ResourceType: 'network-interface', Tags: ownTags(zone, settings) }],
  });
  const interfaceId = parseId('interface', answer.NetworkInterface?.NetworkInterfaceId);
  if (interfaceId === undefined) {
    throw malformedAnswer('CreateNetworkInterface', 'the id of the interface');
  }
  if (lacksTag(answer.NetworkInterface?.TagSet, settings)) {
    return { kind: 'replayed-dead', instanceId: interfaceId, state: 'without our tag' };
  }
  return { kind: 'interface-created', interfaceId };
}

async function assignSecondaryAddress(
  { interfaceId }: Extract<Step, { kind: 'assign-secondary-address' }>,
  { ec2 }: Ec2Context,
): Promise<Effect> {
  await ec2.call('AssignPrivateIpAddresses', {
    NetworkInterfaceId: interfaceId,
    SecondaryPrivateIpAddressCount: 1,
  });
  return done;
}

async function modifyInterface(
  { ec2 }: Ec2Context,
  input: Ec2Input<'ModifyNetworkInterfaceAttribute'>,
): Promise<Effect> {
  await ec2.call('ModifyNetworkInterfaceAttribute', input);
  return done;
}

async function associateAddress(
  step: Extract<Step, { kind: 'associate-address' }>,
  { ec2 }: Ec2Context,
): Promise<Effect> {
  await ec2.call('AssociateAddress', {
    AllocationId: step.allocationId,
    NetworkInterfaceId: idOf(step.to),
    ...(step.privateIp === undefined ? {} : { PrivateIpAddress: step.privateIp }),
    // The default for a VPC address; explicit because everything depends on it.
    AllowReassociation: true,
  });
  return done;
}

async function setDefaultRoute(
  step: Extract<Step, { kind: 'set-default-route' }>,
  { ec2 }: Ec2Context,
): Promise<Effect> {
  if (step.to.kind === 'created') {
    throw new InvariantViolation('a route cannot be aimed at an interface that does not exist yet');
  }
  const input = {
    RouteTableId: step.routeTableId,
    DestinationCidrBlock: defaultDestination,
    ...routeTarget(step.to),
  };
  await ec2.call(step.exists ? 'ReplaceRoute' : 'CreateRoute', input);
  return done;
}

function routeTarget(target: RouteTarget): {
  NetworkInterfaceId?: string;
  InstanceId?: string;
  NatGatewayId?: string;
} {
  switch (target.kind) {
    case 'interface':
      return { NetworkInterfaceId: target.id };
    case 'instance':
      return { InstanceId: target.id };
    case 'nat-gateway':
      return { NatGatewayId: target.id };
    case 'internet-gateway':
    case 'other':
      throw new InvariantViolation(`a private route is never aimed at ${target.id}`);
    default:
      return assertNever(target);
  }
}

async function remove(
  step: Extract<Step, { kind: 'terminate' | 'delete-interface' }>,
  { ec2 }: Ec2Context,
): Promise<Effect> {
  if (step.kind === 'terminate') {
    // Nothing is led to it any more, as far as is known: it has no traffic for which to hold its shutdown.
    await ec2.call('TerminateInstances', { InstanceIds: [step.instanceId], SkipOsShutdown: true });
  } else {
    await ec2.call('DeleteNetworkInterface', { NetworkInterfaceId: step.interfaceId });
  }
  return done;
}

async function deleteDefaultRoute(RouteTableId: RouteTableId, { ec2 }: Ec2Context): Promise<Effect> {
  await ec2.call('DeleteRoute', { RouteTableId, DestinationCidrBlock: defaultDestination });
  return done;
}

async function takeAddressOff(
  { associationId }: Extract<Step, { kind: 'take-address-off' }>,
  { ec2 }: Ec2Context,
): Promise<Effect> {
  await ec2.call('DisassociateAddress', { AssociationId: associationId });
  return done;
}

async function tag({ ec2 }: Ec2Context, resource: string, ...Tags: Tag[]): Promise<Effect> {
  await ec2.call('CreateTags', { Resources: [resource], Tags });
  return done;
}

async function untag({ ec2 }: Ec2Context, resource: string, keys: readonly string[]): Promise<Effect> {
  await ec2.call('DeleteTags', { Resources: [resource], Tags: keys.map((Key) => ({ Key })) });
  return done;
}

function idOf(ref: InterfaceRef): InterfaceId {
  if (ref.kind === 'created') {
    throw new InvariantViolation('the interface that this step is about was never made');
  }
  return ref.id;
}
