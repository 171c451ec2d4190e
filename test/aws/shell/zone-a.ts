import { DescribeImagesCommand, DescribeInstancesCommand, type Instance } from '@aws-sdk/client-ec2';
import { runTag } from '../core/names.ts';
import type { Rig } from './rig.ts';

/** The NAT instances of the run that are not gone, by their tags. */
export async function natInstances({ aws, names }: Rig): Promise<readonly Instance[]> {
  const { Reservations } = await aws.ec2.send(
    new DescribeInstancesCommand({
      Filters: [
        { Name: `tag:${runTag}`, Values: [names.run] },
        { Name: 'tag:phoenat:stack', Values: [names.phoenat] },
        { Name: 'instance-state-name', Values: ['pending', 'running'] },
      ],
    }),
  );
  return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
}

export function zoneOf({ Tags }: Instance): string {
  return Tags?.find(({ Key }) => Key === 'phoenat:zone')?.Value ?? '?';
}

/** The one instance of zone a. @throws Error where there is none, or more than one: nothing may be done to it then. */
export async function instanceOfZoneA(rig: Rig): Promise<Instance & { readonly InstanceId: string }> {
  const found = (await natInstances(rig)).filter((instance) => zoneOf(instance) === 'a');
  const [only] = found;
  if (only?.InstanceId === undefined || found.length > 1) {
    throw new Error(`zone a has ${found.length} instances, not one`);
  }
  return { ...only, InstanceId: only.InstanceId };
}

/** What the report says of each zone. */
export async function describeZones(rig: Rig) {
  const instances = await natInstances(rig);
  const ids = [...new Set(instances.flatMap(({ ImageId }) => ImageId ?? []))];
  const { Images } = await rig.aws.ec2.send(new DescribeImagesCommand({ ImageIds: ids }));
  return instances
    .map((instance) => {
      const name = Images?.find(({ ImageId }) => ImageId === instance.ImageId)?.Name;
      return {
        zone: zoneOf(instance),
        availabilityZone: instance.Placement?.AvailabilityZone ?? '?',
        type: String(instance.InstanceType),
        image: name === undefined ? String(instance.ImageId) : `${instance.ImageId}, ${name}`,
      };
    })
    .toSorted((a, b) => a.zone.localeCompare(b.zone));
}
