import { parseId } from '../core/model/ids.ts';
import { type ImageChoice, imagePresets } from '../core/model/settings.ts';

/** What `AmiSelector` takes: a preset, an image's id, or owner:name-pattern. Undefined: none of these. */
export function parseImageChoice(raw: string): ImageChoice | undefined {
  const preset = imagePresets.find((candidate) => candidate === raw);
  if (preset !== undefined) {
    return { kind: 'preset', preset };
  }
  const imageId = parseId('image', raw);
  if (imageId !== undefined) {
    return { kind: 'fixed', imageId };
  }
  const custom = /^(?<owner>\d{12}|amazon|self|aws-marketplace):(?<namePattern>\S[^\n]{0,255})$/.exec(
    raw,
  )?.groups;
  const { owner, namePattern } = custom ?? {};
  return owner === undefined || namePattern === undefined
    ? undefined
    : { kind: 'custom', owner, namePattern };
}
