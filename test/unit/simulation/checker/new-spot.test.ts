import { beforeAll, describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../../simulator/ec2/records.ts';
import { primaryOf, settledHarness } from '../../../../simulator/harness/settled-harness.ts';
import { newSpotStandsAlone } from '../../../simulation/checker/new-spot.ts';
import { type Picture, takePicture } from '../../../simulation/checker/picture.ts';
import { aMoment, aNamedZone } from './a-moment.ts';

describe('a Spot Instance beside a new one of the neighbour', () => {
  let before: Picture;
  let after: Picture;
  let own: string;
  let now: number;
  const homes = { a: '', b: '' };

  beforeAll(async () => {
    const harness = await settledHarness({});
    now = harness.clock.now();
    const picture = takePicture(harness.sim.region.store);
    own = primaryOf(harness, 'b');
    for (const [nth, letter] of (['a', 'b'] as const).entries()) {
      homes[letter] = harness.topology.zones[nth]?.name ?? '';
    }
    const asSpot = (record: InstanceRecord): InstanceRecord => ({
      ...record,
      launchedAt: now - minuteMs,
      launch: { ...record.launch, spot: true },
    });
    const instances = new Map([...picture.instances].map(([id, record]) => [id, asSpot(record)]));
    const ofB = instances.get(own);
    if (ofB === undefined) throw new Error('zone b has no instance');
    before = { ...picture, instances };
    after = { ...picture, instances: new Map([...instances, ['i-0new', { ...ofB, id: 'i-0new' }]]) };
  });

  const seen = (rebootedMsAgo?: number, isOnline = false) =>
    newSpotStandsAlone(
      aMoment({
        now,
        before,
        after,
        zones: [
          aNamedZone({ home: homes.a }),
          aNamedZone({
            letter: 'b',
            home: homes.b,
            egress: new Map([['subnet-0b', isOnline ? { ok: true } : { ok: false, why: 'it boots' }]]),
          }),
        ],
        rebootedAt: new Map(rebootedMsAgo === undefined ? [] : [[own, now - rebootedMsAgo]]),
      }),
    );

  it('is a mistake where the zone is offline', () => {
    expect(seen()).toMatch(/^i-0new of zone b, which is offline, is from Spot capacity beside i-/);
  });

  it('is none where the zone works', () => {
    expect(seen(undefined, true)).toBeUndefined();
  });

  it('is none while the zone’s own instance has just been rebooted, which nobody can see', () => {
    expect(seen(20 * secondMs)).toBeUndefined();
    expect(seen(2 * minuteMs)).toMatch(/which is offline/);
  });
});
