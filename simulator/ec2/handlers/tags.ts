import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError, NotSimulated } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import type { InstanceRecord, Tags } from '../records.ts';
import type { Region } from '../region.ts';
import { findAddress, findInstance, findInterface, findRouteTable, findSubnet } from '../resources.ts';

/** Tags by resource type. @throws NotSimulated for a resource type that the call does not make here. */
export function tagsFor(
  call: string,
  specifications: readonly TagSpecification[] | undefined,
  types: readonly string[],
): Readonly<Record<string, Tags>> {
  return Object.fromEntries(
    (specifications ?? []).map((specification) => {
      const type = specification.ResourceType ?? '';
      if (!types.includes(type)) {
        throw new NotSimulated(`${call}: tags for the resource type "${type}" are not simulated`);
      }
      return [type, checkedTags({}, specification.Tags)];
    }),
  );
}

/** @throws what EC2 says about reserved keys, doubled keys, lengths and too many tags. */
function checkedTags(present: Tags, added: readonly Tag[] | undefined): Tags {
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of added ?? []) {
    if (Key.startsWith('aws:')) {
      throw awsError('InvalidParameterValue', `Tag keys starting with 'aws:' are reserved for internal use`);
    }
    if (seen.has(Key)) throw awsError('InvalidParameterValue', `Duplicate tag key '${Key}' specified.`);
    if (Key.length === 0 || Key.length > 128 || Value.length > 256) {
      throw awsError('InvalidParameterValue', `Tag '${Key}' is too long or its key is empty`);
    }
    seen.add(Key);
  }
  const all = {
    ...present,
    ...Object.fromEntries((added ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  };
  if (Object.keys(all).length > 50) throw awsError('TagLimitExceeded', 'The maximum of 50 tags is exceeded');
  return all;
}

/** A terminated instance loses its tags before it leaves the list (EC2 User Guide, "Tag your resources"). */
export function instanceTags(region: Region, instance: InstanceRecord): Tags {
  const goneAt = instance.stateSince + region.behaviour.terminatedTagsMs;
  return instance.state === 'terminated' && region.clock.now() >= goneAt ? {} : instance.tags;
}

export function createTags(region: Region, input: Ec2Input<'CreateTags'>): Ec2Output<'CreateTags'> {
  allowOnly('CreateTags', input, ['Resources', 'Tags']);
  if ((input.Tags ?? []).length === 0) {
    throw awsError('MissingParameter', 'The request must contain the parameter tagSet');
  }
  changeTags(region, 'CreateTags', input.Resources, (tags) => checkedTags(tags, input.Tags));
  return {};
}

/** Without tags: deletes all of them. With a value: deletes the tag only if it has that value. */
export function deleteTags(region: Region, input: Ec2Input<'DeleteTags'>): Ec2Output<'DeleteTags'> {
  allowOnly('DeleteTags', input, ['Resources', 'Tags']);
  const doomed = (key: string, value: string) =>
    input.Tags === undefined ||
    input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
  changeTags(region, 'DeleteTags', input.Resources, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key, value]) => !doomed(key, value))),
  );
  return {};
}

/** All or nothing: one unknown id fails the whole call. */
function changeTags(
  region: Region,
  call: string,
  resources: readonly string[] | undefined,
  change: (tags: Tags) => Tags,
): void {
  const writes = (resources ?? []).map((id) => tagWrite(region, call, id, change));
  if (writes.length === 0) {
    throw awsError('MissingParameter', 'The request must contain the parameter resourceIdSet');
  }
  for (const write of writes) write();
}

function tagWrite(region: Region, call: string, id: string, change: (tags: Tags) => Tags): () => void {
  const { store } = region;
  const prefix = id.split('-')[0];
  switch (prefix) {
    case 'i':
      return writeOf(store.instances, findInstance(region, id), change);
    case 'eni':
      return writeOf(store.interfaces, findInterface(region, id), change);
    case 'eipalloc':
      return writeOf(store.addresses, findAddress(region, id), change);
    case 'rtb':
      return writeOf(store.routeTables, findRouteTable(region, id), change);
    case 'subnet':
      return writeOf(store.subnets, findSubnet(region, id), change);
    default:
      throw new NotSimulated(`${call}: tags of ${id} are not simulated`);
  }
}

function writeOf<R extends { readonly tags: Tags }>(
  table: { put(record: R): R },
  record: R,
  change: (tags: Tags) => Tags,
): () => void {
  const tags = change(record.tags);
  return () => {
    table.put({ ...record, tags });
  };
}
