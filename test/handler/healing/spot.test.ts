import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

const twoTypes = { instanceTypes: ['t4g.nano', 't4g.micro'], marketType: 'spot' as const };

async function spotHarness(settings: Parameters<typeof settledHarness>[0] = {}) {
  return settledHarness({ ...settings, settings: { ...twoTypes, ...settings?.settings } });
}

/** Ends a zone's instance and has the controller heal it; what it has asked for since. */
async function lose(harness: Harness, zone: 'a' | 'b') {
  const dead = primaryOf(harness, zone);
  harness.sim.terminateInstance(dead);
  await harness.clock.runFor(1_000);
  const from = harness.sim.calls.length;
  const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));
  return { asked: launchesOf(harness, from), of: zoneOf(report, zone) };
}

function launchesOf({ sim }: Harness, from: number): string[] {
  return sim.calls
    .slice(from)
    .flatMap((call) =>
      call.name === 'RunInstances'
        ? [
            `${call.input.InstanceType} ${call.input.InstanceMarketOptions?.MarketType ?? 'on-demand'} ${call.outcome}`,
          ]
        : [],
    );
}

describe('with Spot', () => {
  it('every zone of a new stack is on Spot, and a lost one gets Spot again', async () => {
    const harness = await spotHarness();
    const first = harness.sim.calls.flatMap(({ name, input }) => (name === 'RunInstances' ? [input] : []));

    expect(first).toHaveLength(2);
    for (const input of first) {
      expect(input).toMatchObject({
        InstanceMarketOptions: {
          MarketType: 'spot',
          SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
        },
        TagSpecifications: expect.arrayContaining([
          { ResourceType: 'spot-instances-request', Tags: expect.any(Array) },
        ]),
      });
    }
    await harness.clock.runFor(10 * minuteMs);
    const { asked, of } = await lose(harness, 'a');

    expect(asked).toEqual(['t4g.nano spot ok']);
    expect(of).toMatchObject({ health: 'healthy', primary: { market: 'spot' } });
  });

  it.each([
    ['capacity', 'InsufficientInstanceCapacity'],
    ['price', 'SpotMaxPriceTooLow'],
    ['quota', 'MaxSpotInstanceCountExceeded'],
    ['no-role', 'AuthFailure.ServiceLinkedRoleCreationNotPermitted'],
    ['denied', 'UnauthorizedOperation'],
    ['unsupported', 'UnsupportedOperation'],
  ] as const)('an outage does not wait for it: %s', async (why, code) => {
    const harness = await spotHarness();
    await harness.clock.runFor(10 * minuteMs);
    harness.sim.withoutSpot(why);
    const { asked, of } = await lose(harness, 'a');

    expect(asked).toEqual([`t4g.nano spot ${code}`, 't4g.nano on-demand ok']);
    expect(of).toMatchObject({ health: 'healthy', primary: { market: 'on-demand' } });
    const launches = of.steps.filter(({ kind }) => kind === 'launch');
    const [refused, taken] = launches;
    // No wait of any kind between the two.
    expect((taken?.afterMs ?? 0) - (refused?.afterMs ?? 0) - (refused?.tookMs ?? 0)).toBeLessThan(1_000);
  });

  it('of a type whose Spot and whose own capacity are gone the next type is asked for, Spot first', async () => {
    const harness = await spotHarness();
    await harness.clock.runFor(10 * minuteMs);
    const availabilityZone = harness.topology.zones[0]?.name ?? '';
    harness.sim.withoutCapacity('t4g.nano', availabilityZone);
    const { asked } = await lose(harness, 'a');

    expect(asked).toEqual([
      't4g.nano spot InsufficientInstanceCapacity',
      't4g.nano on-demand InsufficientInstanceCapacity',
      't4g.micro spot ok',
    ]);
  });

  it('two neighbours that are lost minutes apart are not both on new Spot Instances', async () => {
    const harness = await spotHarness();
    await harness.clock.runFor(10 * minuteMs);
    const first = await lose(harness, 'a');
    await harness.clock.runFor(3 * minuteMs);
    const second = await lose(harness, 'b');

    expect(first.of.primary?.market).toBe('spot');
    expect(second.asked).toEqual(['t4g.nano on-demand ok']);
    expect(second.of.primary?.market).toBe('on-demand');
  });

  it('a warning is answered make before break', async () => {
    const harness = await spotHarness();
    await harness.clock.runFor(2 * 60 * minuteMs);
    const old = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;
    harness.goLive();
    harness.sim.interruptSpot(old);
    await harness.clock.runFor(3 * minuteMs);

    expect(launchesOf(harness, from)).toEqual(['t4g.nano spot ok']);
    expect(primaryOf(harness, 'a')).not.toBe(old);
  });

  it('one that EC2 warns of within its first hour is followed by none from Spot', async () => {
    const harness = await spotHarness();
    await harness.clock.runFor(10 * minuteMs);
    const from = harness.sim.calls.length;
    harness.goLive();
    harness.sim.recommendRebalance(primaryOf(harness, 'a'));
    await harness.clock.runFor(5 * minuteMs);

    expect(launchesOf(harness, from)).toEqual(['t4g.nano on-demand ok']);
  });

  it('that is switched on or off replaces nothing', async () => {
    const harness = await settledHarness();
    const before = primaryOf(harness, 'a');
    harness.settings = { ...harness.settings, marketType: 'spot' };
    const from = harness.sim.mutatingCalls.length;
    const report = await harness.invoke(harness.scheduledEvent());

    expect(report.outcome).toBe('settled');
    expect(harness.sim.mutatingCalls.length).toBe(from);
    expect(primaryOf(harness, 'a')).toBe(before);
  });
});
