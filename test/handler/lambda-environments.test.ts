import { describe, expect, it } from 'vitest';
import { secondMs } from '../../shared/core/model/time.ts';
import { mutations, primaryOf, settledStage } from '../../simulator/harness/settled-stage.ts';
import { Stage } from '../../simulator/harness/stage.ts';

// What the stage's Lambda does to the controller: its processes serve one invocation after the other, and may be killed.

const callsOf = (stage: Stage, run: string) =>
  stage.sim.calls.filter(({ clientName }) => clientName === run).map(({ name }) => name);

describe('a process of the controller', () => {
  it('serves one invocation after the other, each with a log of its own', async () => {
    const logged: string[] = [];
    const stage = new Stage({ logOf: (run) => (_level, message) => logged.push(`${run}: ${message}`) });
    await stage.invoke({ action: 'status' });
    await stage.invoke({ action: 'status' });

    expect(logged.filter((line) => line.endsWith('report'))).toEqual(['run 1: report', 'run 2: report']);
  });

  it('is killed at the time-out: what it still meant to do is not done, and the next run is another’s', async () => {
    let sendMetrics = () => Promise.resolve();
    const stage = await settledStage({
      behaviour: { duplicateEventProbability: 0 },
      // Calls of EC2 end by themselves before the time-out; this one does not.
      putMetricData: () => sendMetrics(),
    });
    sendMetrics = () => stage.clock.sleep(90 * secondMs);
    const killed = stage.invocations.length + 1;
    await expect(stage.invoke(stage.scheduledEvent())).rejects.toMatchObject({ name: 'ClientCrashed' });

    expect(stage.invocations.at(-1)).toMatchObject({ timedOutAfterMs: 60 * secondMs });
    sendMetrics = () => Promise.resolve();
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    const from = stage.sim.calls.length;
    await stage.invoke(stage.scheduledEvent());
    expect(mutations(stage, from)).toContain('RunInstances');
    expect(callsOf(stage, `run ${killed}`)).toHaveLength(6);
  });

  it('serves one invocation at a time: a second one beside it has another', async () => {
    const stage = await settledStage();
    const next = stage.invocations.length + 1;
    await stage.clock.complete(
      Promise.all([stage.start(stage.scheduledEvent()), stage.start(stage.scheduledEvent())]),
    );

    expect(callsOf(stage, `run ${next}`)).toEqual(callsOf(stage, `run ${next + 1}`));
  });

  it('that dies takes no other with it', async () => {
    const stage = await settledStage();
    const next = stage.invocations.length + 1;
    stage.sim.injectEverywhere({
      call: '*',
      client: `run ${next}`,
      times: 1,
      fault: { kind: 'crash', when: 'after' },
    });
    const [dying, living] = await stage.clock.complete(
      Promise.allSettled([stage.start(stage.scheduledEvent()), stage.start(stage.scheduledEvent())]),
    );

    expect([dying?.status, living?.status]).toEqual(['rejected', 'fulfilled']);
    expect(callsOf(stage, `run ${next}`)).toHaveLength(1);
    expect(stage.lastReport()?.outcome).toBe('settled');
  });

  it('keeps the settings with which it began, whatever is deployed meanwhile', async () => {
    const stage = await settledStage({ vpc: { zones: 1 } });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(secondMs);
    const before = stage.start(stage.scheduledEvent());
    stage.settings = { ...stage.settings, instanceTypes: ['t4g.micro'] };
    await stage.clock.complete(before);
    const typeOfLatest = () => stage.sim.cloud.store.instances.current.all().at(-1)?.launch.instanceType;

    expect(typeOfLatest()).toBe('t4g.nano');
    await stage.clock.runFor(4 * 60 * secondMs);
    await stage.invoke(stage.scheduledEvent());
    expect(typeOfLatest()).toBe('t4g.micro');
  });
});
