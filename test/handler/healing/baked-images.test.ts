import { describe, expect, it } from 'vitest';
import { imageName } from '../../../cli/bake/recipe.ts';
import { hourMs, minuteMs } from '../../../shared/core/model/time.ts';
import type { CatalogueEntry } from '../../../simulator/ec2/image-catalogue.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { primaryOf } from '../../../simulator/harness/settled-harness.ts';

// What `phoenat bake` makes, for a stack with AmiSelector=self:phoenat/STACK/*.

const owner = '123456789012';
const image = { kind: 'custom', owner: 'self', namePattern: 'phoenat/phoenat/*' } as const;

function baked(at: number, over: Partial<CatalogueEntry> = {}): CatalogueEntry {
  const createdAt = new Date(at).toISOString();
  return { name: imageName('phoenat', 'arm64', at), owner, architecture: 'arm64', createdAt, ...over };
}

function imageOf(harness: Harness, id: string): string | undefined {
  const record = harness.sim.region.store.instances.current.get(id);
  return harness.sim.region.store.images.current.get(record?.launch?.imageId ?? '')?.name;
}

async function stackOf(images: readonly CatalogueEntry[]): Promise<Harness> {
  const harness = new Harness({ settings: { image }, vpc: { images } });
  harness.goLive();
  await harness.clock.runFor(6 * minuteMs);
  return harness;
}

const now = new Harness().clock.now();
const older = baked(now - 48 * hourMs);

describe('a stack that takes what was baked for it', () => {
  it("launches from the newest, and from no other stack's", async () => {
    const newest = baked(now - 24 * hourMs);
    const others = baked(now - hourMs, { name: imageName('phoenat-2', 'arm64', now) });
    const foreign = baked(now - hourMs, { owner: '999999999999', name: imageName('phoenat', 'arm64', now) });
    const harness = await stackOf([older, newest, others, foreign]);

    expect(imageOf(harness, primaryOf(harness, 'a'))).toBe(newest.name);
  });

  it('is not disturbed by a newer one, and takes it at the next launch', async () => {
    const harness = await stackOf([older]);
    const before = primaryOf(harness, 'a');
    const newer = baked(harness.clock.now() - minuteMs);
    harness.sim.publishImage(newer);
    await harness.clock.runFor(10 * minuteMs);
    expect(primaryOf(harness, 'a')).toBe(before);

    harness.sim.terminateInstance(before);
    await harness.clock.runFor(6 * minuteMs);
    expect(imageOf(harness, primaryOf(harness, 'a'))).toBe(newer.name);
  });

  it('goes back to the one that worked where the newest does not boot', async () => {
    const harness = await stackOf([older]);
    harness.sim.publishImage(baked(harness.clock.now() - minuteMs, { neverBoots: true }));
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(30 * minuteMs);

    expect(imageOf(harness, primaryOf(harness, 'a'))).toBe(older.name);
  });
});
