import { describe, expect, it } from 'vitest';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** EC2 has all the patience that an instance could want, and nobody is to have its traffic. */
async function deployed(handOverMs: DurationMs) {
  const harness = new Harness({
    probe: 'on',
    settings: { handOverMs },
    behaviour: { shutdownGrace: { minMs: 5 * minuteMs, maxMs: 5 * minuteMs } },
  });
  const stack = new StackHarness(harness);
  expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
  return { harness, stack };
}

/** Until the last instance that is to go is gone. */
async function lasts(
  handOverMs: DurationMs,
  change: (scene: Awaited<ReturnType<typeof deployed>>) => Promise<unknown>,
): Promise<DurationMs> {
  const scene = await deployed(handOverMs);
  const { harness } = scene;
  const from = harness.clock.now();
  await change(scene);
  const isGoing = () =>
    harness.sim.region.store.instances.current.all().some(({ state }) => state === 'shutting-down');
  await harness.until('what was to go is gone', () => !isGoing(), 10 * minuteMs);
  return harness.clock.now() - from;
}

describe('an instance that the controller itself ends', () => {
  it.each<[string, Parameters<typeof lasts>[1]]>([
    ['with the stack', async ({ stack }) => await stack.delete()],
    [
      'with its zone',
      async ({ harness, stack }) => await stack.update({ zones: harness.settings.zones.slice(0, 1) }),
    ],
  ])('%s holds its shutdown for nobody', async (_how, change) => {
    const [without, withHold] = [await lasts(0, change), await lasts(3 * minuteMs, change)];

    expect(Math.abs(withHold - without)).toBeLessThan(15 * secondMs);
  });
});
