import type { Image as SdkImage } from '@aws-sdk/client-ec2';
import { parseId } from '../core/model/ids.ts';
import type { Image } from '../core/model/snapshot.ts';
import { flawed, type Parsed } from './parse-listing.ts';

/** One image, from DescribeImages. */
export function parseImage(raw: SdkImage): Parsed<Image> {
  const id = parseId('image', raw.ImageId);
  const createdAt = Date.parse(raw.CreationDate ?? '');
  const { Name: name, Architecture: architecture, State: state } = raw;
  if (
    id === undefined ||
    name === undefined ||
    architecture === undefined ||
    state === undefined ||
    Number.isNaN(createdAt)
  ) {
    const which = raw.ImageId ?? raw.Name ?? 'an image';
    return flawed(
      [raw.ImageId],
      `DescribeImages: ${which} came without its id, name, architecture, state or date`,
    );
  }
  const deprecatedAt = Date.parse(raw.DeprecationTime ?? '');
  return {
    value: {
      id,
      name,
      createdAt,
      architecture,
      state,
      virtualization: raw.VirtualizationType ?? 'unknown',
      rootDevice: raw.RootDeviceType ?? 'unknown',
      rootDeviceName: raw.RootDeviceName ?? '/dev/xvda',
      ...(raw.EnaSupport === undefined ? {} : { enaSupport: raw.EnaSupport }),
      ...(Number.isNaN(deprecatedAt) ? {} : { deprecatedAt }),
    },
  };
}
