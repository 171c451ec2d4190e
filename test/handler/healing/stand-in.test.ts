import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { packagesFirst } from '../../../simulator/behaviour.ts';
import { OutageMeter, publicAddressOf } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

function addressesSeen({ sim, topology }: Harness): (string | undefined)[] {
  return topology.zones.flatMap(({ privateSubnetIds }) =>
    privateSubnetIds.map((id) => publicAddressOf(sim, id)),
  );
}

function own({ topology }: Harness): string[] {
  return topology.zones.flatMap(({ privateSubnetIds, publicIp }) => privateSubnetIds.map(() => publicIp));
}

/** A run a minute, as the schedule has it. */
async function minutes(harness: Harness, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await harness.invoke(harness.scheduledEvent());
    await harness.clock.runFor(minuteMs);
  }
}

describe.each(['off', 'on'] as const)('with probe %s, a zone whose instance is terminated', (probe) => {
  async function failOver() {
    // A look that does not show the termination yet is another matter.
    // Nor is it soon over.
    const behaviour = { ...packagesFirst, describeLag: { minMs: 0, maxMs: 0 } };
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe, behaviour });
    await minutes(harness, 3);
    const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);
    const dead = primaryOf(harness, 'a');
    const neighbour = primaryOf(harness, 'b');
    const before = harness.sim.calls.length;
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(500);
    const run = harness.invoke(stateChange(harness, dead, 'shutting-down'));
    return { harness, meter, neighbour, before, run };
  }

  it('goes to its neighbour in one wave, and home when its own instance is ready', async () => {
    const { harness, meter, neighbour, before, run } = await failOver();
    await run;
    expect(mutations(harness, before).slice(0, 3)).toEqual([
      'AssociateAddress',
      'ReplaceRoute',
      'ReplaceRoute',
    ]);
    await minutes(harness, 8);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(report?.outcome).toBe('settled');
    expect(primaryOf(harness, 'a')).not.toBe(neighbour);
    expect(primaryOf(harness, 'b')).toBe(neighbour);
    expect(addressesSeen(harness)).toEqual(own(harness));
    // Half a second until the event, a look, the neighbour's word from a cold probe, one call; and the way home.
    expect(meter.outageMs()).toBeLessThan(2 * (probe === 'on' ? 4_500 : 1_500));
  });

  it('goes there too when its instance hangs or forwards nothing, as soon as that is proven', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe });
    await minutes(harness, 3);
    const [dead, neighbour] = ['a', 'b'].map((zone) => primaryOf(harness, zone));
    harness.sim.impair(dead ?? '', 'instance');
    await minutes(harness, 2);
    const isThere = [...harness.invocations].some(({ report }) =>
      report?.zones.some(({ zone, health }) => zone === 'a' && health === 'stood-in'),
    );
    expect(isThere).toBe(true);
    await minutes(harness, 10);

    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(primaryOf(harness, 'a')).not.toBe(dead);
    expect(primaryOf(harness, 'b')).toBe(neighbour);
    expect((await harness.invoke(harness.scheduledEvent()))?.outcome).toBe('settled');
  });

  it('lets its neighbour be neither rebuilt nor ended meanwhile', async () => {
    const { harness, neighbour, run } = await failOver();
    await run;
    const refused = await harness.invoke({ action: 'rebuild', zone: 'b' });
    expect(zoneOf(refused, 'b').findings.map(({ code }) => code)).toContain('rebuild-refused');
    const ofItself = await harness.invoke({ action: 'rebuild', zone: 'a' });
    expect(zoneOf(ofItself, 'a').findings.map(({ code }) => code)).toContain('rebuild-refused');
    expect(harness.sim.region.store.instances.current.get(neighbour)?.state).toBe('running');
  });

  it('is healed as without a neighbour where both end at once, each at its own address', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe });
    for (const zone of ['a', 'b']) harness.sim.terminateInstance(primaryOf(harness, zone));
    await harness.clock.runFor(1_000);
    await minutes(harness, 6);

    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(new Set(['a', 'b'].map((zone) => primaryOf(harness, zone))).size).toBe(2);
  });

  it('is healed by today’s path where its neighbour ends while it stands in', async () => {
    const { harness, neighbour, run } = await failOver();
    await run;
    harness.sim.terminateInstance(neighbour);
    await harness.clock.runFor(1_000);
    await minutes(harness, 8);

    expect(addressesSeen(harness)).toEqual(own(harness));
    expect((await harness.invoke(harness.scheduledEvent()))?.outcome).toBe('settled');
  });
});

describe('a zone whose own next instance only says that it forwards', () => {
  it('is back with its neighbour within ten seconds, at its own address, and stays there', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on' });
    await minutes(harness, 3);
    const neighbour = primaryOf(harness, 'b');
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    harness.goLive();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    const isAway = () => harness.meter.outageMs();
    await harness.clock.runFor(5_000);
    const before = isAway();
    await harness.clock.runFor(8 * minuteMs);
    const undone = harness.invocations.flatMap(({ report }) =>
      (report?.zones ?? []).flatMap(({ findings }) =>
        findings.filter(({ code }) => code === 'cutover-undone'),
      ),
    );

    expect(undone).not.toEqual([]);
    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(zoneOf(harness.lastReport(), 'a')).toMatchObject({ health: 'stood-in', egress: 'passes' });
    expect(primaryOf(harness, 'b')).toBe(neighbour);
    // The meter counts each of the zone's two subnets.
    expect(isAway() - before).toBeLessThan(2 * 10_000);
  });
});

describe('a zone whose instance is about to go, and forwards until then', () => {
  const handOverMs = minuteMs;
  const behaviour = {
    describeLag: { minMs: 0, maxMs: 0 },
    shutdownGrace: { minMs: handOverMs, maxMs: handOverMs },
  };

  it.each<[string, (harness: Harness, id: string) => void]>([
    ['is shut down', (harness, id) => harness.sim.terminateInstance(id)],
    ['is taken back by Spot', (harness, id) => harness.sim.interruptSpot(id)],
  ])('is carried by its neighbour before it goes, where it %s', async (_how, end) => {
    const harness = await settledHarness({ settings: { standIn: 'on', handOverMs }, probe: 'on', behaviour });
    await minutes(harness, 3);
    const dead = primaryOf(harness, 'a');
    const before = { calls: harness.sim.calls.length, outageMs: harness.meter.outageMs() };
    harness.goLive();
    end(harness, dead);
    await harness.clock.runFor(8 * minuteMs);
    const moves = mutations(harness, before.calls).filter((name) => name !== 'CreateTags');

    // In one wave, and nothing is launched before.
    expect(moves.slice(0, 3)).toEqual(['AssociateAddress', 'ReplaceRoute', 'ReplaceRoute']);
    expect(harness.meter.outageMs() - before.outageMs).toBeLessThan(2 * 500);
    expect(addressesSeen(harness)).toEqual(own(harness));
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect(primaryOf(harness, 'a')).not.toBe(dead);
  });
});

describe('a zone whose instance was to hold its shutdown, and is not given the time', () => {
  it('waits for no word of it where its neighbour is proven', async () => {
    const behaviour = { describeLag: { minMs: 0, maxMs: 0 }, shutdownGrace: { minMs: 0, maxMs: 0 } };
    const settings = { standIn: 'on', handOverMs: minuteMs } as const;
    const harness = await settledHarness({ settings, probe: 'on', behaviour });
    await minutes(harness, 3);
    const dead = primaryOf(harness, 'a');
    const before = harness.meter.outageMs();
    harness.sim.terminateInstance(dead);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(harness.meter.outageMs() - before).toBeLessThan(2 * 1_500);
  });
});

describe('the end of an instance whose zone is carried already', () => {
  it('is told as no outage: the traffic had left it', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on' });
    await minutes(harness, 3);
    harness.goLive();
    const before = harness.invocations.length;
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(6 * minuteMs);
    const outages = harness.invocations
      .slice(before)
      .flatMap(({ report }) => report?.zones[0]?.outageMs ?? []);

    expect(outages.length).toBeGreaterThan(0);
    // The meter counts each of the zone's two subnets; an outage ends with the first request that passes.
    expect(Math.max(...outages)).toBeLessThan(12_000);
  });
});

describe('runs that wait for the same instance', () => {
  it('lead the traffic home one after the other, and none takes it back from where another has moved it', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on' });
    await harness.clock.runFor(3 * minuteMs);
    harness.goLive();
    const dead = primaryOf(harness, 'a');
    const before = harness.invocations.length;
    const moves: (string | undefined)[] = [];
    const { addresses } = harness.sim.region.store;
    const allocationId = harness.topology.zones[0]?.allocationId ?? '';
    harness.sim.region.store.onChange(() => {
      const at = addresses.current.get(allocationId)?.association?.interfaceId;
      if (at !== undefined && at !== moves.at(-1)) moves.push(at);
    });
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(2 * minuteMs);

    const together = harness.invocations
      .slice(before)
      .filter(({ startedAt, endedAt = Infinity }) => endedAt - startedAt > 10 * secondMs);
    expect(together.length).toBeGreaterThan(1);
    // From the one that died to the neighbour's, and home.
    expect(moves.length).toBe(3);
  });
});

describe('an event of an instance that has not ended', () => {
  it('is looked after for some seconds, and no longer', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on' });
    await minutes(harness, 3);
    const before = harness.sim.calls.length;
    const report = await harness.invoke(stateChange(harness, primaryOf(harness, 'a'), 'stopping'));
    const looks = harness.sim.calls.slice(before).filter(({ name }) => name === 'DescribeInstances');

    expect(report?.outcome).toBe('settled');
    expect(looks.length).toBeLessThan(15);
    expect(mutations(harness, before)).toEqual([]);
  });
});

describe('a zone whose instance has ended by its event, and not yet by EC2’s answers', () => {
  it('waits for no probe, and is carried as soon as they show it', async () => {
    const lagMs = 3_000;
    const behaviour = { describeLag: { minMs: lagMs, maxMs: lagMs } };
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on', behaviour });
    await minutes(harness, 3);
    const dead = primaryOf(harness, 'a');
    const before = harness.meter.outageMs();
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(500);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    // A look each half second, and the move itself.
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * (lagMs + 1_200));
  });
});

describe('a zone of which no probe answers the second of two runs in time', () => {
  const lateByMs = 4.5 * secondMs;

  /** The first hears the neighbour at once and moves the zone; the second began beside it, and has seen nothing of that. */
  async function twoRuns(settings: Partial<Settings> = {}) {
    const behaviour = {
      describeLag: { minMs: 0, maxMs: 0 },
      shutdownGrace: { minMs: minuteMs, maxMs: minuteMs },
    };
    const harness = await settledHarness({
      settings: { standIn: 'on', ...settings },
      probe: 'on',
      behaviour,
    });
    await minutes(harness, 3);
    const invoke = harness.invokeFunction;
    const asked = new Set<string>();
    harness.invokeFunction = async (name, ...rest) => {
      const isLate = asked.has(name);
      asked.add(name);
      const answer = await invoke(name, ...rest);
      if (isLate) await harness.clock.sleep(lateByMs);
      return answer;
    };
    const dead = primaryOf(harness, 'a');
    const before = harness.sim.calls.length;
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(secondMs);
    for (const _run of ['first', 'second']) {
      harness.start(stateChange(harness, dead, 'shutting-down')).catch(() => undefined);
    }
    await harness.clock.runFor(minuteMs / 2);
    return mutations(harness, before);
  }

  it.each<[string, Partial<Settings>]>([
    ['its instance is gone at once', {}],
    ['its instance hands over', { handOverMs: minuteMs }],
  ])('stays where the other run has moved it: %s', async (_how, settings) => {
    const calls = await twoRuns(settings);

    expect(calls).toContain('AssociateAddress');
    expect(calls).not.toContain('CreateNetworkInterface');
  });
});

describe('the probe of a zone that is carried', () => {
  it('asks the instance that carries it how it is', async () => {
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on' });
    await minutes(harness, 3);
    const neighbour = primaryOf(harness, 'b');
    const asked: string[] = [];
    const invoke = harness.invokeFunction;
    harness.invokeFunction = (name, ...rest) => {
      asked.push(JSON.stringify([name, ...rest]));
      return invoke(name, ...rest);
    };
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await minutes(harness, 1);
    const [ofA] = harness.settings.zones;

    expect(asked.filter((text) => text.startsWith(`["${ofA?.probe}"`)).at(-1)).toContain(neighbour);
  });
});

describe('a zone whose move to its neighbour EC2 refuses', () => {
  it('is healed by itself in the same run, and moved there no second time', async () => {
    const behaviour = { describeLag: { minMs: 0, maxMs: 0 } };
    const harness = await settledHarness({ settings: { standIn: 'on' }, probe: 'on', behaviour });
    await minutes(harness, 3);
    // An organisation's policy, say, that lets no Elastic IP be put on a secondary address.
    const times: number[] = [];
    harness.sim.inject({
      call: 'AssociateAddress',
      when: ({ PrivateIpAddress }) => {
        if (PrivateIpAddress !== undefined) times.push(harness.clock.now());
        return PrivateIpAddress !== undefined;
      },
      fault: { kind: 'error', code: 'UnauthorizedOperation' },
    });
    const dead = primaryOf(harness, 'a');
    const before = harness.sim.calls.length;
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(500);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    expect(mutations(harness, before)).toContain('RunInstances');
    await minutes(harness, 3);

    expect(times).toHaveLength(1);
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect(addressesSeen(harness)).toEqual(own(harness));
  });
});
