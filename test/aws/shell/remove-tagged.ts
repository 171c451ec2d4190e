import {
  DeleteNetworkInterfaceCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  type NetworkInterface,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { runTag } from '../core/names.ts';
import { type Rig, waitFor } from './rig.ts';

/** What keeps a stack from being deleted: instances and interfaces that no template names. By the run's tag, and no other. */
export async function removeTagged(rig: Rig): Promise<void> {
  await terminateInstances(rig);
  let inUse: readonly NetworkInterface[] = [];
  try {
    const waitedFor = () => `${inUse.map(idOf).join(', ') || 'the run’s interfaces'} not to be in use`;
    await waitFor(rig, waitedFor, rig.inUseMs, async () => {
      inUse = await deleteInterfaces(rig);
      return inUse.length === 0 ? true : undefined;
    });
  } catch (error) {
    rig.signal.throwIfAborted();
    if (inUse.length === 0) throw error;
    for (const each of inUse) rig.say(howToRemove(rig, each));
  }
}

async function terminateInstances({ aws, names, say }: Rig): Promise<void> {
  const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ Filters: filters(names) }));
  const InstanceIds = (Reservations ?? [])
    .flatMap(({ Instances }) => Instances ?? [])
    .flatMap(({ InstanceId, State }) =>
      InstanceId === undefined || State?.Name === 'terminated' ? [] : [InstanceId],
    );
  if (InstanceIds.length === 0) return;
  say(`terminating ${InstanceIds.join(', ')}`);
  await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
}

/**
 * Gives those that are in use. An interface that was made before its instance outlives it, and one that the launch has made
 * goes with it: either is in use until the instance has ended, which takes EC2 minutes.
 */
async function deleteInterfaces({ aws, names, say }: Rig): Promise<readonly NetworkInterface[]> {
  const { NetworkInterfaces = [] } = await aws.ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: filters(names) }),
  );
  const inUse: NetworkInterface[] = [];
  for (const each of NetworkInterfaces) {
    if (each.Status !== 'available' || !(await isDeleted(aws, each))) inUse.push(each);
    else say(`deleted ${idOf(each)}`);
  }
  return inUse;
}

/** It may be listed as available and be in use, and be listed and be gone: what EC2 lists is some seconds old. */
async function isDeleted(aws: Rig['aws'], { NetworkInterfaceId }: NetworkInterface): Promise<boolean> {
  try {
    await aws.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'InvalidNetworkInterfaceID.NotFound') return true;
    // EC2 says InvalidParameterValue, with these words; InvalidNetworkInterface.InUse is the documented code.
    if (error.name === 'InvalidNetworkInterface.InUse' || /currently in use/.test(error.message))
      return false;
    throw error;
  }
}

function howToRemove({ aws, inUseMs }: Rig, each: NetworkInterface): string {
  const { Attachment, Description } = each;
  const by = Attachment?.InstanceId ?? (Description || 'what EC2 does not name');
  const profile = aws.profile === undefined ? '' : ` --profile ${aws.profile}`;
  return `${idOf(each)} is in use by ${by} after ${Math.round(inUseMs / 1_000)} s, and left for now. When it is free: aws ec2 delete-network-interface --network-interface-id ${idOf(each)} --region ${aws.region}${profile}`;
}

function idOf({ NetworkInterfaceId }: NetworkInterface): string {
  return NetworkInterfaceId ?? '?';
}

function filters({ run }: Rig['names']) {
  return [{ Name: `tag:${runTag}`, Values: [run] }];
}
