import { describe, expect, it } from 'vitest';
import { aliveIn, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';

describe('an instance that ended while it was pending', () => {
  it.each([
    [
      'Client.InternalError: Client error on launch',
      /i-\w+ ended: Client\.InternalError: .* VolumeKeyArn, and let the key's policy admit this account$/,
    ],
    [
      'Server.InsufficientInstanceCapacity: no capacity',
      /ended: Server\.InsufficientInstanceCapacity: no capacity$/,
    ],
    ['Client.InstanceInitiatedShutdown: Instance initiated shutdown', /powered itself off/],
  ])("is told with EC2's reason: %s", async (reason, told) => {
    const harness = await settledHarness({ timeoutMs: 13_000 });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(1_000);
    await harness.invoke(harness.scheduledEvent());
    for (const id of aliveIn(harness, 'a')) harness.sim.failLaunch(id, reason);
    harness.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'RequestLimitExceeded' },
    });
    const { findings } = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(findings.find(({ code }) => code === 'instance-ended')?.detail).toMatch(told);
  });

  it('is not told of one that somebody ended, nor once another runs', async () => {
    const harness = await settledHarness();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(1_000);
    const { findings } = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(findings.filter(({ code }) => code === 'instance-ended')).toEqual([]);
  });
});
