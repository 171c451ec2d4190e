import { describe, expect, it } from 'vitest';
import { createController } from '../../../functions/controller/controller.ts';
import { hourMs } from '../../../shared/core/model/time.ts';
import { environmentOf } from '../../../simulator/harness/environment.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { prepareOnce } from '../../../simulator/harness/prepare-once.ts';
import {
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

describe('an invocation', () => {
  it('ends after its metrics were sent: Lambda freezes what is under way when it ends', async () => {
    let sent = 0;
    const harness: Harness = new Harness({
      putMetricData: async () => {
        await harness.clock.sleep(400);
        sent += 1;
      },
    });

    await harness.invoke(harness.scheduledEvent());

    expect(sent).toBe(1);
  });

  it('reads the settings once for all that a process runs', async () => {
    const harness = new Harness();
    let reads = 0;
    const env = new Proxy(environmentOf(harness.settings), {
      get: (target, key) => {
        reads += 1;
        return Reflect.get(target, key);
      },
    });
    const controller = createController({
      ec2: harness.sim.client({ name: 'one process', requestTimeoutMs: 10_000 }),
      putMetricData: () => Promise.resolve(),
      clock: harness.clock,
      log: () => undefined,
      env,
      prepare: prepareOnce,
      random: () => 0,
    });
    const invocation = { getRemainingTimeInMillis: () => 60_000 };

    await harness.clock.complete(controller({ action: 'status' }, invocation));
    const readsOfFirst = reads;
    await harness.clock.complete(controller({ action: 'status' }, invocation));

    expect(readsOfFirst).toBeGreaterThan(0);
    expect(reads).toBe(readsOfFirst);
  });

  it('counts from now where the event claims to be from the future', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    const time = new Date(harness.clock.now() + hourMs).toISOString();

    const { steps } = zoneOf(
      await harness.invoke({ ...stateChange(harness, dead, 'shutting-down'), time }),
      'a',
    );

    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter(({ afterMs }) => afterMs < 0)).toEqual([]);
  });
});
