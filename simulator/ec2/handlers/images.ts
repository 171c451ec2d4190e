import type { Image } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import type { ImageRecord } from '../records.ts';
import type { Region } from '../region.ts';
import { checkedId, unknownId } from '../resources.ts';
import type { Lookup } from '../store.ts';
import { type DescribedKind, pageOf, selectAsked } from './describe.ts';

const kind: DescribedKind<ImageRecord> = {
  call: 'DescribeImages',
  id: { parameter: 'imageId', prefix: 'ami', unknown: unknownId.image },
  fields: {
    name: (image) => [image.name],
    'image-id': (image) => [image.id],
    architecture: (image) => [image.architecture],
    'virtualization-type': (image) => [image.virtualizationType],
    'root-device-type': (image) => [image.rootDeviceType],
    state: (image) => [image.state],
    'owner-id': (image) => [image.ownerId],
    'owner-alias': (image) => [image.ownerAlias],
    'ena-support': (image) => [String(image.enaSupport)],
  },
  tagsOf: () => ({}),
};

/**
 * Deprecated images of other accounts are hidden unless they are named or IncludeDeprecated is set; deregistered and
 * disabled ones are not found (EC2 User Guide, "Deprecate an Amazon EC2 AMI").
 */
export function describeImages(
  region: Region,
  input: Ec2Input<'DescribeImages'>,
): Ec2Output<'DescribeImages'> {
  const parameters = ['ImageIds', 'Owners', 'Filters', 'IncludeDeprecated', 'MaxResults', 'NextToken'];
  allowOnly(kind.call, input, parameters);
  const { images } = region.store.view('described');
  const named = (input.ImageIds ?? []).length > 0;
  const listed = (image: ImageRecord) => image.state === 'available' || image.state === 'pending';
  const lookup: Lookup<ImageRecord> = {
    get: (id) => {
      const image = images.get(id);
      return image !== undefined && listed(image) ? image : undefined;
    },
    all: () => images.all().filter(listed),
  };
  const found = selectAsked(kind, lookup, { ...input, ids: input.ImageIds }).filter(
    (image) =>
      (named || input.IncludeDeprecated === true || !isDeprecated(region, image)) &&
      isOwnedBy(image, input.Owners, region),
  );
  const { items, ...next } = pageOf(region, found, input, { min: 1, max: 1_000 });
  return { Images: items.map(describeImage), ...next };
}

function isDeprecated(region: Region, image: ImageRecord): boolean {
  return image.deprecatedAt !== undefined && image.deprecatedAt <= region.clock.now();
}

function isOwnedBy(image: ImageRecord, owners: readonly string[] | undefined, region: Region): boolean {
  if (owners === undefined || owners.length === 0) return true;
  const own = image.ownerId === region.accountId ? 'self' : undefined;
  return owners.some((owner) => owner === image.ownerId || owner === image.ownerAlias || owner === own);
}

function describeImage(image: ImageRecord): Image {
  return {
    ImageId: image.id,
    Name: image.name,
    OwnerId: image.ownerId,
    ...(image.ownerAlias && { ImageOwnerAlias: image.ownerAlias }),
    ImageLocation: `${image.ownerAlias ?? image.ownerId}/${image.name}`,
    ImageType: 'machine',
    Public: true,
    State: image.state,
    Architecture: image.architecture,
    CreationDate: new Date(image.createdAt).toISOString(),
    ...(image.deprecatedAt !== undefined && { DeprecationTime: new Date(image.deprecatedAt).toISOString() }),
    VirtualizationType: image.virtualizationType,
    Hypervisor: 'xen',
    RootDeviceType: image.rootDeviceType,
    RootDeviceName: image.rootDeviceName,
    BlockDeviceMappings: [{ DeviceName: image.rootDeviceName, Ebs: { VolumeSize: image.rootVolumeGiB } }],
    EnaSupport: image.enaSupport,
    ...(image.imdsV2Only && { ImdsSupport: 'v2.0' as const }),
  };
}

/** The image for a launch; deprecated ones launch like any other. @throws InvalidAMIID.* */
export function findLaunchableImage(region: Region, id: string | undefined): ImageRecord {
  const checked = checkedId('ami', 'imageId', id);
  const image = region.store.images.current.get(checked);
  if (image === undefined || image.goneForLaunch || image.state === 'deregistered')
    throw unknownId.image(checked);
  if (image.state !== 'available') {
    throw awsError('InvalidAMIID.Unavailable', `The image ID '${checked}' is not available`);
  }
  return image;
}
