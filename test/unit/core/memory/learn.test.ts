import { describe, expect, it } from 'vitest';
import { learnFromFailure } from '../../../../shared/core/memory/learn.ts';
import { emptyMemory } from '../../../../shared/core/memory/memory.ts';
import type { AwsFailure } from '../../../../shared/core/model/failure.ts';
import { parseClientToken } from '../../../../shared/core/model/ids.ts';
import type { LaunchImage, Step } from '../../../../shared/core/model/step.ts';
import { id, now, zoneName } from '../a-snapshot.ts';

const clientToken = parseClientToken('phoenat-1');
if (clientToken === undefined) {
  throw new Error('phoenat-1 is a token');
}
const image: LaunchImage = { id: id('image', '1'), architecture: 'arm64', rootDeviceName: '/dev/xvda' };
const launchOf = (of: LaunchImage): Step => ({
  kind: 'launch',
  instanceType: 't4g.nano',
  image: of,
  on: { kind: 'created' },
  clientToken,
});
const rejected: AwsFailure = { kind: 'rejected', code: 'InvalidParameterValue', message: 'no', advice: 'x' };

describe('a launch that EC2 rejects', () => {
  const learn = (step: Step) => learnFromFailure(emptyMemory, zoneName('a'), step, rejected, now);

  it('of an image that only a note names is not tried again with that image', () => {
    expect(learn(launchOf({ ...image, noted: true })).refusedImages).toEqual(
      new Map([[zoneName('a'), new Set([image.id])]]),
    );
  });

  it('of an image that EC2 lists says nothing against the image, nor does any other step', () => {
    expect(learn(launchOf(image))).toBe(emptyMemory);
    expect(learn({ kind: 'terminate', instanceId: id('instance', 'a1') })).toBe(emptyMemory);
  });
});
