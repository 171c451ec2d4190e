import type { Tag } from '@aws-sdk/client-ec2';
import type { ZoneName } from '../core/model/ids.ts';
import type { Settings } from '../core/model/settings.ts';
import type { Step } from '../core/model/step.ts';
import { tagKeys } from '../core/model/tags.ts';
import type { Ec2Caller } from './ec2-caller.ts';

/** What a launch tells its instance beside the settings. */
export type ToldAtLaunch = Pick<Extract<Step, { kind: 'launch' }>, 'others' | 'clients' | 'predecessorIp'>;

/** What instances are launched with, and what else is settled before the first call: the same in each invocation. */
export type LaunchConfiguration = {
  readonly settings: Settings;
  readonly specHash: string;
  /**
   * In base64: the SDK sends user data as it is given. It tells the instance what is no part of the hash, and replaces
   * nothing: which address ranges are other zones' and its own clients', and whose connections it is to fetch.
   */
  readonly userData: (launch: ToldAtLaunch) => string;
};

/** What steps are performed with. */
export type Ec2Context = LaunchConfiguration & { readonly ec2: Ec2Caller };

/** True where an answer shows tags, and ours is not among them: the resource of a repeated token is no longer ours. */
export function lacksTag(tags: readonly Tag[] | undefined, { stack }: Settings): boolean {
  return tags !== undefined && !tags.some(({ Key, Value }) => Key === tagKeys.stack && Value === stack);
}

/** On everything that we make, at its creation: an untagged resource of ours would belong to nobody. */
export function ownTags(zone: ZoneName, settings: Settings): Tag[] {
  return [
    { Key: tagKeys.stack, Value: settings.stack },
    { Key: tagKeys.zone, Value: zone },
    { Key: 'Name', Value: `${settings.stack}-nat-${zone}` },
    ...settings.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  ];
}
