import { describe, expect, it } from 'vitest';
import { secondMs } from '../../../shared/core/model/time.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';

// What the harness's Lambda does to the controller: its processes serve one invocation after the other, and may be killed.

const callsOf = (harness: Harness, run: string) =>
  harness.sim.calls.filter(({ clientName }) => clientName === run).map(({ name }) => name);

describe('a process of the controller', () => {
  it('serves one invocation after the other, each with a log of its own', async () => {
    const logged: string[] = [];
    const harness = new Harness({ logOf: (run) => (_level, message) => logged.push(`${run}: ${message}`) });
    await harness.invoke({ action: 'status' });
    await harness.invoke({ action: 'status' });

    expect(logged.filter((line) => line.endsWith('report'))).toEqual(['run 1: report', 'run 2: report']);
  });

  it('is killed at the time-out: what it still meant to do is not done, and the next run is another’s', async () => {
    let sendMetrics = () => Promise.resolve();
    const harness = await settledHarness({
      behaviour: { duplicateEventProbability: 0 },
      // Calls of EC2 end by themselves before the time-out; this one does not.
      putMetricData: () => sendMetrics(),
    });
    sendMetrics = () => harness.clock.sleep(90 * secondMs);
    const killed = harness.invocations.length + 1;
    await expect(harness.invoke(harness.scheduledEvent())).rejects.toMatchObject({ name: 'ClientCrashed' });

    expect(harness.invocations.at(-1)).toMatchObject({ timedOutAfterMs: 60 * secondMs });
    sendMetrics = () => Promise.resolve();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const from = harness.sim.calls.length;
    await harness.invoke(harness.scheduledEvent());
    expect(mutations(harness, from)).toContain('RunInstances');
    expect(callsOf(harness, `run ${killed}`)).toHaveLength(6);
  });

  it('serves one invocation at a time: a second one beside it has another', async () => {
    const harness = await settledHarness();
    const next = harness.invocations.length + 1;
    await harness.clock.complete(
      Promise.all([harness.start(harness.scheduledEvent()), harness.start(harness.scheduledEvent())]),
    );

    expect(callsOf(harness, `run ${next}`)).toEqual(callsOf(harness, `run ${next + 1}`));
  });

  it('that dies takes no other with it', async () => {
    const harness = await settledHarness();
    const next = harness.invocations.length + 1;
    harness.sim.injectEverywhere({
      call: '*',
      client: `run ${next}`,
      times: 1,
      fault: { kind: 'crash', when: 'after' },
    });
    const [dying, living] = await harness.clock.complete(
      Promise.allSettled([harness.start(harness.scheduledEvent()), harness.start(harness.scheduledEvent())]),
    );

    expect([dying?.status, living?.status]).toEqual(['rejected', 'fulfilled']);
    expect(callsOf(harness, `run ${next}`)).toHaveLength(1);
    expect(harness.lastReport()?.outcome).toBe('settled');
  });

  it('keeps the settings with which it began, whatever is deployed meanwhile', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(secondMs);
    const before = harness.start(harness.scheduledEvent());
    harness.settings = { ...harness.settings, instanceTypes: ['t4g.micro'] };
    await harness.clock.complete(before);
    const typeOfLatest = () => harness.sim.region.store.instances.current.all().at(-1)?.launch.instanceType;

    expect(typeOfLatest()).toBe('t4g.nano');
    await harness.clock.runFor(4 * 60 * secondMs);
    await harness.invoke(harness.scheduledEvent());
    expect(typeOfLatest()).toBe('t4g.micro');
  });
});
