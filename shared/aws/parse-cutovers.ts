import type { Tag } from '@aws-sdk/client-ec2';
import { parseId } from '../core/model/ids.ts';
import type { Address, Cutover, UndoneCutover } from '../core/model/snapshot.ts';
import { tagKeys } from '../core/model/tags.ts';
import { parseTime, renderTime } from './noted-times.ts';
import { tagValue } from './parse-listing.ts';

/** What the tags of an Elastic IP say of its zone's planned cutovers and stand-ins, and the keys of those that are not usable. */
export function parseCutovers(
  tags: readonly Tag[] | undefined,
): Pick<Address, 'cutover' | 'undoneCutovers' | 'stoodIn'> & { readonly oddKeys: readonly string[] } {
  const text = tagValue(tags, tagKeys.cutover);
  const cutover = parseCutover(text);
  const stoodInText = tagValue(tags, tagKeys.stoodIn);
  const stoodIn = parseStoodIn(stoodInText);
  const { undone, isOdd } = parseUndoneCutovers(tagValue(tags, tagKeys.undoneCutovers));
  return {
    ...(cutover === undefined ? {} : { cutover }),
    ...(undone.length === 0 ? {} : { undoneCutovers: undone }),
    ...(stoodIn === undefined ? {} : { stoodIn }),
    oddKeys: [
      ...(text === undefined || cutover !== undefined ? [] : [tagKeys.cutover]),
      ...(stoodInText === undefined || stoodIn !== undefined ? [] : [tagKeys.stoodIn]),
      ...(isOdd ? [tagKeys.undoneCutovers] : []),
    ],
  };
}

/** "i-0123456789abcdef0 i-0fedcba9876543210 1795401703": from, to, when. Undefined: it is not usable. */
export function parseCutover(raw: string | undefined): Cutover | undefined {
  const [first, second, time = '', ...more] = raw?.split(' ') ?? [];
  const [from, to] = [parseId('instance', first), parseId('instance', second)];
  const at = parseTime(time);
  return from === undefined || to === undefined || at === undefined || more.length > 0
    ? undefined
    : { from, to, at };
}

export function renderCutover({ from, to, at }: Cutover): string {
  return `${from} ${to} ${renderTime(at)}`;
}

/** "i-0123456789abcdef0 1795401703": by which instance, since when. Undefined: it is not usable. */
export function parseStoodIn(raw: string | undefined): Address['stoodIn'] {
  const [first, time = '', ...more] = raw?.split(' ') ?? [];
  const [by, at] = [parseId('instance', first), parseTime(time)];
  return by === undefined || at === undefined || more.length > 0 ? undefined : { by, at };
}

export function renderStoodIn({ by, at }: Address['stoodIn'] & {}): string {
  return `${by} ${renderTime(at)}`;
}

/** "i-0123456789abcdef0/ami-0123456789abcdef0/0123456789abcdef/1795401703", as often as there is one; the rest is odd. */
export function parseUndoneCutovers(raw: string | undefined): {
  readonly undone: readonly UndoneCutover[];
  readonly isOdd: boolean;
} {
  const entries = raw?.split(' ') ?? [];
  const undone = entries.flatMap((text): UndoneCutover[] => {
    const [first, second, specHash = '', time = ''] = text.split('/');
    const [instanceId, imageId] = [parseId('instance', first), parseId('image', second)];
    const at = parseTime(time);
    return instanceId === undefined || imageId === undefined || at === undefined
      ? []
      : [{ instanceId, imageId, specHash, at }];
  });
  return { undone, isOdd: undone.length < entries.length };
}

/** A tag's value has 256 characters at most, and each of these takes seventy. A hash that is no hash is left out. */
export function renderUndoneCutovers(undone: readonly UndoneCutover[]): string {
  return undone
    .slice(0, 3)
    .map(({ instanceId, imageId, specHash, at }) =>
      [instanceId, imageId, /^[\w-]{1,16}$/.test(specHash) ? specHash : '', renderTime(at)].join('/'),
    )
    .join(' ');
}
