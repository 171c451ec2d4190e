import { describe, expect, it } from 'vitest';
import type { Settings } from '../../shared/core/model/settings.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import { forwards } from '../../simulator/data-plane.ts';
import type { Harness } from '../../simulator/harness/harness.ts';
import { primaryOf, settledHarness } from '../../simulator/harness/settled-harness.ts';

const graceOf = (ms: number) => ({ behaviour: { shutdownGrace: { minMs: ms, maxMs: ms } } });
const settings = { handOverMs: 60 * secondMs };
/** Instances are told of the other zones' clients. */
const besideOthers = { ...settings, standIn: 'on' } as const;

/** Nobody moves its traffic: the controller sleeps. */
async function held(graceMs: number, limits: Partial<Settings> = settings) {
  const harness = await settledHarness({ probe: 'on', settings: limits, ...graceOf(graceMs) });
  const id = primaryOf(harness, 'a');
  return { harness, id, is: () => harness.sim.region.store.instances.current.get(id) };
}

const isForwarding = (harness: Harness, id: string) => {
  const instance = harness.sim.region.store.instances.current.get(id);
  return instance !== undefined && forwards(instance).ok;
};

describe('an instance that holds its shutdown', () => {
  it.each([
    ['terminated', 'shutting-down', (harness: Harness, id: string) => harness.sim.terminateInstance(id)],
    ['stopped', 'stopping', (harness: Harness, id: string) => harness.sim.stopInstance(id)],
    ['rebooted', 'running', (harness: Harness, id: string) => harness.sim.rebootInstance(id)],
  ] as const)('forwards while it is being %s, for as long as its limit', async (_how, state, shutDown) => {
    const { harness, id, is } = await held(300 * secondMs, besideOthers);
    shutDown(harness, id);

    await harness.clock.runFor(59 * secondMs);
    expect([is()?.state, isForwarding(harness, id)]).toEqual([state, true]);
    await harness.clock.runFor(2 * secondMs);
    expect([is()?.state, isForwarding(harness, id)]).toEqual([state, false]);
  });

  it('does not hold a reboot where no other zone could have its traffic', async () => {
    const { harness, id, is } = await held(300 * secondMs);
    harness.sim.rebootInstance(id);

    expect([is()?.state, isForwarding(harness, id)]).toEqual(['running', false]);
    await harness.clock.runFor(60 * secondMs);
    expect(isForwarding(harness, id)).toBe(true);
  });

  it('is switched off sooner where EC2 has less patience', async () => {
    const { harness, id, is } = await held(10 * secondMs);
    harness.sim.terminateInstance(id);

    await harness.clock.runFor(9 * secondMs);
    expect(isForwarding(harness, id)).toBe(true);
    await harness.clock.runFor(2 * secondMs);
    expect(isForwarding(harness, id)).toBe(false);
    await harness.clock.runFor(60 * secondMs);
    expect(is()?.state).toBe('terminated');
  });

  it('stops waiting when its public address has gone', async () => {
    const { harness, id } = await held(300 * secondMs);
    harness.sim.terminateInstance(id);
    await harness.clock.runFor(5 * secondMs);
    harness.sim.takeAddressOff(harness.settings.zones[0]?.allocationId ?? '');

    await harness.clock.runFor(2 * secondMs);
    expect(isForwarding(harness, id)).toBe(false);
  });

  it('is held by nothing without the setting, without patience, or where the guard has given up', async () => {
    const withoutSetting = await held(300 * secondMs, { handOverMs: 0 });
    const withoutGrace = await held(0);
    for (const { harness, id } of [withoutSetting, withoutGrace]) {
      harness.sim.terminateInstance(id);
      expect(isForwarding(harness, id)).toBe(false);
    }
    const { harness, id } = await held(300 * secondMs);
    harness.sim.breakForwarding(id, { what: 'rules', guard: 'gives-up' });
    await harness.clock.runFor(60 * secondMs);
    expect(harness.sim.region.store.instances.current.get(id)?.heldSince).toBeUndefined();
    expect(harness.sim.region.store.instances.current.get(id)?.state).not.toBe('running');
  });
});
