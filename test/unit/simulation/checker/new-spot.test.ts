import { beforeAll, describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../../simulator/ec2/records.ts';
import { primaryOf, settledHarness } from '../../../../simulator/harness/settled-harness.ts';
import { newSpotStandsAlone, noSpotAfterAWarning } from '../../../simulation/checker/new-spot.ts';
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

describe('a Spot Instance after one that EC2 warned of', () => {
  let before: Picture;
  let own: InstanceRecord;
  let home = '';
  let now: number;

  beforeAll(async () => {
    const harness = await settledHarness({});
    now = harness.clock.now();
    before = takePicture(harness.sim.region.store);
    home = harness.topology.zones[0]?.name ?? '';
    const found = before.instances.get(primaryOf(harness, 'a'));
    if (found === undefined) throw new Error('zone a has no instance');
    own = { ...found, launchedAt: now - 20 * minuteMs, launch: { ...found.launch, spot: true } };
  });

  const marked = (reason: string, msAgo: number) => ({
    ...own.tags,
    'phoenat:replace': `${reason} ${new Date(now - msAgo).toISOString()}`,
  });
  const seen = (changes: Partial<InstanceRecord>, isToldOf = false, spot = true) => {
    const instances = new Map([...before.instances, [own.id, { ...own, ...changes }]]);
    const successor = { ...own, id: 'i-0new', launch: { ...own.launch, spot } };
    const event = {
      'detail-type': 'EC2 Instance Rebalance Recommendation',
      detail: { 'instance-id': own.id },
    };
    return noSpotAfterAWarning(
      aMoment({
        now,
        before: { ...before, instances },
        after: { ...before, instances: new Map([...instances, ['i-0new', successor]]) },
        zones: [aNamedZone({ home })],
        run: isToldOf ? { clientName: 'run 1', event, startedAt: now - secondMs } : undefined,
      }),
    );
  };

  it.each(['spot-interruption', 'rebalance-recommendation'])('is a mistake: %s', (reason) => {
    expect(seen({ tags: marked(reason, minuteMs) })).toMatch(
      /^i-0new of zone a is from Spot .* warned of i-/,
    );
  });

  it('is none where the caller cannot know of the warning yet, unless that has woken it', () => {
    const tags = marked('rebalance-recommendation', secondMs);

    expect(seen({ tags })).toBeUndefined();
    expect(seen({ tags }, true)).toMatch(/warned of/);
  });

  it('is none on demand, after an hour, or where nobody warned', () => {
    const tags = marked('rebalance-recommendation', minuteMs);

    expect(seen({ tags }, false, false)).toBeUndefined();
    expect(seen({ tags, launchedAt: now - 60 * minuteMs })).toBeUndefined();
    expect(seen({ tags: marked('retirement', minuteMs) })).toBeUndefined();
    expect(seen({})).toBeUndefined();
  });
});
