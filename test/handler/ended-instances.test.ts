import { describe, expect, it } from 'vitest';
import { aliveIn, primaryOf, settledStage, zoneOf } from '../../simulator/harness/settled-stage.ts';

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
    const stage = await settledStage({ timeoutMs: 13_000 });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(1_000);
    await stage.invoke(stage.scheduledEvent());
    for (const id of aliveIn(stage, 'a')) stage.sim.failLaunch(id, reason);
    stage.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'RequestLimitExceeded' },
    });
    const { findings } = zoneOf(await stage.invoke(stage.scheduledEvent()), 'a');

    expect(findings.find(({ code }) => code === 'instance-ended')?.detail).toMatch(told);
  });

  it('is not told of one that somebody ended, nor once another runs', async () => {
    const stage = await settledStage();
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(1_000);
    const { findings } = zoneOf(await stage.invoke(stage.scheduledEvent()), 'a');

    expect(findings.filter(({ code }) => code === 'instance-ended')).toEqual([]);
  });
});
