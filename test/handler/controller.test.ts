import { describe, expect, it } from 'vitest';
import { createController } from '../../functions/controller/controller.ts';
import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import { hourMs } from '../../shared/core/model/time.ts';
import { environmentOf } from '../../simulator/harness/environment.ts';
import { primaryOf, settledStage, stateChange, zoneOf } from '../../simulator/harness/settled-stage.ts';
import { Stage } from '../../simulator/harness/stage.ts';

describe('an invocation', () => {
  it('ends after its metrics were sent: Lambda freezes what is under way when it ends', async () => {
    let sent = 0;
    const stage: Stage = new Stage({
      putMetricData: async () => {
        await stage.clock.sleep(400);
        sent += 1;
      },
    });

    await stage.invoke(stage.scheduledEvent());

    expect(sent).toBe(1);
  });

  it('reads the settings once for all that a process runs', async () => {
    const stage = new Stage();
    let reads = 0;
    const env = new Proxy(environmentOf(stage.settings), {
      get: (target, key) => {
        reads += 1;
        return Reflect.get(target, key);
      },
    });
    const controller = createController({
      ec2: stage.sim.client({ name: 'one process', requestTimeoutMs: 10_000 }),
      putMetricData: () => Promise.resolve(),
      clock: stage.clock,
      log: () => undefined,
      env,
      bootstrap: readBootstrapFiles(),
      random: () => 0,
    });
    const invocation = { getRemainingTimeInMillis: () => 60_000 };

    await stage.clock.complete(controller({ action: 'status' }, invocation));
    const readsOfFirst = reads;
    await stage.clock.complete(controller({ action: 'status' }, invocation));

    expect(readsOfFirst).toBeGreaterThan(0);
    expect(reads).toBe(readsOfFirst);
  });

  it('counts from now where the event claims to be from the future', async () => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(1_000);
    const time = new Date(stage.clock.now() + hourMs).toISOString();

    const { steps } = zoneOf(await stage.invoke({ ...stateChange(stage, dead, 'shutting-down'), time }), 'a');

    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter(({ afterMs }) => afterMs < 0)).toEqual([]);
  });
});
