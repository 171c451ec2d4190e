import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import type { Behaviour } from '../../../simulator/behaviour.ts';
import { OutageMeter, publicAddressOf } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** A run a minute, as the schedule has it. */
async function minutes(harness: Harness, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await harness.invoke(harness.scheduledEvent());
    await harness.clock.runFor(minuteMs);
  }
}

async function withStandby(probe: 'off' | 'on', changes: Partial<Behaviour> = {}): Promise<Harness> {
  // A look that does not show the termination yet is another matter.
  const behaviour = { describeLag: { minMs: 0, maxMs: 0 }, ...changes };
  const harness = await settledHarness({ vpc: { zones: 1, standby: true }, probe, behaviour });
  await minutes(harness, 3);
  return harness;
}

function addressesSeen({ sim, topology }: Harness): (string | undefined)[] {
  return topology.privateSubnetIds.map((id) => publicAddressOf(sim, id));
}

function own({ topology }: Harness): (string | undefined)[] {
  return topology.privateSubnetIds.map(() => topology.zones[0]?.publicIp);
}

describe.each(['off', 'on'] as const)('with probe %s, a zone with a standby', (probe) => {
  it('is settled, and loses nothing by it', async () => {
    const harness = await withStandby(probe);
    const before = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());
    expect(report?.outcome).toBe('settled');
    expect(report?.zones.map(({ zone, health }) => [zone, health])).toEqual([
      ['a', 'healthy'],
      ['standby', 'healthy'],
    ]);
    expect(mutations(harness, before)).toEqual([]);
    expect(addressesSeen(harness)).toEqual(own(harness));
  });

  it('is carried by it in one wave when its instance ends, and comes home', async () => {
    const harness = await withStandby(probe);
    const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);
    const [dead, standby] = [primaryOf(harness, 'a'), primaryOf(harness, 'standby')];
    const before = harness.sim.calls.length;
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(500);
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    expect(mutations(harness, before).slice(0, 3)).toEqual([
      'AssociateAddress',
      'ReplaceRoute',
      'ReplaceRoute',
    ]);
    expect(report?.outcome).not.toBe('attention');
    expect(addressesSeen(harness)).toEqual(own(harness));
    await minutes(harness, 8);

    const home = await harness.invoke(harness.scheduledEvent());
    expect(home?.outcome).toBe('settled');
    expect(zoneOf(home, 'a').health).toBe('healthy');
    expect(primaryOf(harness, 'a')).not.toBe(standby);
    expect(primaryOf(harness, 'standby')).toBe(standby);
    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(meter.outageMs()).toBeLessThan(2 * (probe === 'on' ? 4_500 : 1_500));
  });

  it('has another standby when that ends, and nobody is offline', async () => {
    const harness = await withStandby(probe);
    const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);
    const [kept, dead] = [primaryOf(harness, 'a'), primaryOf(harness, 'standby')];
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(500);
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    expect(zoneOf(report, 'standby').outage).toBeUndefined();
    await minutes(harness, 6);

    expect((await harness.invoke(harness.scheduledEvent()))?.outcome).toBe('settled');
    expect(primaryOf(harness, 'standby')).not.toBe(dead);
    expect(primaryOf(harness, 'a')).toBe(kept);
    expect(aliveIn(harness, 'standby')).toHaveLength(1);
    expect(meter.outages()).toEqual([]);
  });
});

describe('a zone whose instance is rebooted, beside a standby', () => {
  it('is carried by that meanwhile, where the instance holds the reboot', async () => {
    const behaviour = { shutdownGrace: { minMs: 5 * minuteMs, maxMs: 5 * minuteMs } };
    const harness = await settledHarness({
      vpc: { zones: 1, standby: true },
      probe: 'on',
      behaviour,
      settings: { handOverMs: minuteMs },
    });
    await minutes(harness, 3);
    const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);
    harness.sim.rebootInstance(primaryOf(harness, 'a'));
    await minutes(harness, 8);

    expect(meter.outageMs()).toBeLessThan(2_000);
    expect((await harness.invoke(harness.scheduledEvent()))?.outcome).toBe('settled');
    expect(addressesSeen(harness)).toEqual(own(harness));
  });
});

describe('a zone whose instance hangs, beside a standby that watches it', () => {
  it('is carried by that within seconds, which EC2 would tell in minutes', async () => {
    const harness = await settledHarness({
      vpc: { zones: 1, standby: true },
      probe: 'on',
      behaviour: { statusCadenceMs: 5 * minuteMs },
      settings: {
        watch: 'on',
        instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
      },
    });
    harness.goLive();
    await harness.clock.runFor(4 * minuteMs);
    const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);
    harness.sim.impair(primaryOf(harness, 'a'), 'instance');
    await harness.clock.runFor(minuteMs);

    expect(meter.outageMs()).toBeLessThan(2 * 12_000);
    expect(addressesSeen(harness)).toEqual(own(harness));
  });
});

describe('a standby that answers nobody', () => {
  it('is not said to stand by, and is replaced', async () => {
    const harness = await withStandby('on', { statusCadenceMs: 5 * minuteMs });
    const [kept, silent] = [primaryOf(harness, 'a'), primaryOf(harness, 'standby')];
    // EC2's checks say nothing of it yet.
    harness.sim.impair(silent, 'instance');
    const report = await harness.invoke(harness.scheduledEvent());
    const { primary, findings } = zoneOf(report, 'standby');
    expect(primary?.ready).toBe(false);
    expect(findings.map(({ detail }) => detail)).toContainEqual(
      expect.stringContaining(`${silent} has not answered the probe in`),
    );
    await minutes(harness, 8);

    expect((await harness.invoke(harness.scheduledEvent()))?.outcome).toBe('settled');
    expect(primaryOf(harness, 'standby')).not.toBe(silent);
    expect(primaryOf(harness, 'a')).toBe(kept);
    expect(addressesSeen(harness)).toEqual(own(harness));
  });
});

describe.each(['off', 'on'] as const)('with probe %s, a tag that somebody has edited', (probe) => {
  it.each([
    ['a', 'standby', /has phoenat:zone "standby", and counts for zone a, whose Elastic IP and routes it has/],
    ['standby', 'a', /is not tagged with phoenat:zone "standby", and counts as the standby/],
  ] as const)('hides the instance of %s in no run, and is told', async (zone, value, says) => {
    const harness = await withStandby(probe);
    const id = primaryOf(harness, zone);
    harness.sim.tag(id, tagKeys.zone, value);
    harness.sim.tag(interfaceOf(harness, id), tagKeys.zone, value);
    const [from, offline] = [harness.sim.calls.length, harness.meter.outageMs()];
    await minutes(harness, 3);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from)).toEqual([]);
    expect(harness.meter.outageMs()).toBe(offline);
    expect(report?.zones.map(({ health }) => health)).toEqual(['healthy', 'healthy']);
    expect(zoneOf(report, zone).findings.map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(says),
    );
  });

  it('ends no instance of the zone’s when the standby is given up', async () => {
    const harness = await withStandby(probe);
    harness.sim.tag(primaryOf(harness, 'a'), tagKeys.zone, 'standby');
    const offline = harness.meter.outageMs();
    const answer = await new StackHarness(harness).update({ zones: harness.settings.zones.slice(0, 1) });

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(harness.meter.outageMs() - offline).toBeLessThan(2 * 300);
  });

  it('leaves the zone where it is while it is carried', async () => {
    const harness = await withStandby(probe);
    harness.goLive();
    const [dead, standby] = [primaryOf(harness, 'a'), primaryOf(harness, 'standby')];
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(10_000);
    const offline = harness.meter.outageMs();
    harness.sim.tag(standby, tagKeys.zone, 'a');
    await harness.clock.runFor(10 * minuteMs);

    // The way home takes a moment.
    expect(harness.meter.outageMs() - offline).toBeLessThan(2 * 500);
    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect([primaryOf(harness, 'standby'), aliveIn(harness, 'a').length]).toEqual([standby, 2]);
  });
});
