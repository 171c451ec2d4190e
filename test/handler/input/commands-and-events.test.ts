import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { Injection } from '../../../simulator/faults.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';

describe('status', () => {
  it('looks and changes nothing, even while something is wrong', async () => {
    const harness = await settledHarness();
    harness.sim.takeAddressOff(harness.topology.zones[0]?.allocationId ?? '');
    await harness.clock.runFor(2_000);
    const from = harness.sim.calls.length;
    const report = await harness.invoke({ action: 'status' });

    expect(mutations(harness, from)).toEqual([]);
    expect(zoneOf(report, 'a')).toMatchObject({
      health: 'drifted',
      findings: [{ code: 'address-elsewhere', detail: expect.stringContaining('is on nothing') }],
    });
  });
});

describe('dryRun', () => {
  it('says what a rebuild would do, and does nothing', async () => {
    const harness = await settledHarness();
    const from = harness.sim.calls.length;
    const report = await harness.invoke({ action: 'rebuild', zone: 'a', dryRun: true });

    expect(mutations(harness, from)).toEqual([]);
    expect(report.outcome).toBe('planned');
    expect(zoneOf(report, 'a').steps.map(({ kind, result }) => [kind, result.kind])).toEqual([
      ['mark-for-replacement', 'planned'],
      ['launch', 'planned'],
      ['disable-source-dest-check', 'planned'],
    ]);
    expect(zoneOf(report, 'b').steps).toEqual([]);
  });
});

describe('rebuild', () => {
  const markOf = (harness: Harness, zone: string) =>
    aliveIn(harness, zone).map(
      (id) => harness.sim.region.store.instances.current.get(id)?.tags['phoenat:replace'],
    );

  it('of a paused zone is refused, aloud, and changes nothing', async () => {
    const harness = await settledHarness();
    await harness.invoke({ action: 'pause', zone: 'a' });
    await harness.clock.runFor(2_000);
    const from = harness.sim.calls.length;
    const report = await harness.invoke({ action: 'rebuild', zone: 'a' });

    expect(mutations(harness, from)).toEqual([]);
    expect(report.outcome).toBe('refused');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'rebuild-refused',
      detail: expect.stringMatching(/zone a is paused since .*: npx --no-install phoenat resume --zone a$/),
    });
  });

  it('says what to type so that it means this stack', async () => {
    const harness = await settledHarness({ settings: { stack: 'prod' } });
    await harness.invoke({ action: 'pause', zone: 'a' });
    await harness.clock.runFor(2_000);
    const report = await harness.invoke({ action: 'rebuild', zone: 'a' });
    const toType = zoneOf(report, 'a').findings.map(({ code, detail }) => [code, detail.split(': ').at(-1)]);

    expect(toType).toEqual([
      ['paused', 'npx --no-install phoenat --stack prod resume --zone a'],
      ['rebuild-refused', 'npx --no-install phoenat --stack prod resume --zone a'],
    ]);
  });

  it('of every zone leaves the paused one out, and does not end as if all had been done', async () => {
    const harness = await settledHarness();
    await harness.invoke({ action: 'pause', zone: 'a' });
    await harness.clock.runFor(2_000);
    const report = await harness.invoke({ action: 'rebuild' });

    expect([report.outcome, markOf(harness, 'a')]).toEqual(['attention', [undefined]]);
    expect(markOf(harness, 'b')).toContainEqual(expect.stringMatching(/^rebuild /));
  });

  inDepth('with the breaker open is refused and leaves no mark; after a reset it is done', async () => {
    const harness = await settledHarness({ settings: { maxLaunchesPerHour: 1 } });
    const report = await harness.invoke({ action: 'rebuild', zone: 'a', immediate: true });

    expect([report.outcome, markOf(harness, 'a')]).toEqual(['refused', [undefined]]);
    await harness.invoke({ action: 'reset-breaker', zone: 'a' });
    await harness.clock.runFor(2_000);
    const again = await harness.invoke({ action: 'rebuild', zone: 'a' });
    expect(zoneOf(again, 'a').steps.map(({ kind }) => kind)).toContain('launch');
    expect(zoneOf(again, 'a').breaker).toMatchObject({ launchesInLastHour: 1, open: true });
  });

  it.each<[string, Injection<'DescribeImages'>['fault'], RegExp]>([
    [
      'no image matches, and only a note tells of one',
      { kind: 'partial', strip: (output) => ({ ...output, Images: [] }) },
      /no arm64 image matches preset al2023.*only a note tells of ami-.*: npx --no-install phoenat rebuild --zone a$/,
    ],
    [
      'images cannot be read',
      { kind: 'error', code: 'UnauthorizedOperation' },
      /zone a now, so it keeps its instance \(.*UnauthorizedOperation.*: npx --no-install phoenat rebuild --zone a --immediate$/,
    ],
  ])(
    'that is immediate is refused where %s: the instance goes on, in every later run',
    async (_what, fault, why) => {
      const harness = await settledHarness();
      const before = aliveIn(harness, 'a');
      const injected = harness.sim.inject({ call: 'DescribeImages', fault });
      const from = harness.sim.calls.length;
      const command = { action: 'rebuild', zone: 'a', immediate: true };
      const planned = await harness.invoke({ ...command, dryRun: true });
      const report = await harness.invoke(command);
      await harness.clock.runFor(minuteMs);
      await harness.invoke(harness.scheduledEvent());

      const refusal = { code: 'rebuild-refused', detail: expect.stringMatching(why) };
      expect(report.outcome).toBe('refused');
      expect(zoneOf(report, 'a').findings).toContainEqual(refusal);
      expect(zoneOf(planned, 'a').findings).toContainEqual(refusal);
      expect([mutations(harness, from), aliveIn(harness, 'a'), markOf(harness, 'a')]).toEqual([
        [],
        before,
        [undefined],
      ]);

      injected.remove();
      const again = await harness.invoke(command);
      expect(zoneOf(again, 'a').steps.map(({ kind }) => kind)).toContain('launch');
    },
  );

  inDepth('of every zone is done in one after the other', async () => {
    const harness = await settledHarness();
    harness.goLive();
    const from = harness.sim.calls.length;
    harness.start({ action: 'rebuild' }).catch(() => undefined);
    await harness.until(
      'both are rebuilt',
      () => harness.isSettled() && mutations(harness, from).includes('RunInstances'),
    );
    const [a, b] = [0, 1].map((index) => harness.topology.zones[index]?.allocationId);
    const moved = (allocationId: string | undefined) =>
      harness.sim.calls.findIndex(
        ({ name, input }, index) =>
          index >= from && name === 'AssociateAddress' && Reflect.get(input, 'AllocationId') === allocationId,
      );
    const launches = harness.sim.calls.flatMap(({ name }, index) =>
      index >= from && name === 'RunInstances' ? [index] : [],
    );

    expect(launches).toHaveLength(2);
    expect(launches[1]).toBeGreaterThan(moved(a));
    expect(moved(b)).toBeGreaterThan(launches[1] ?? 0);
  });
});

describe('a command that is not understood', () => {
  it.each([
    [{ action: 'rebuild', zone: 'z' }, /no zone "z"; the zones of phoenat are a, b/],
    [{ action: 'reboot' }, /no action "reboot"; the actions are status, rebuild/],
    [{ action: 'status', Zone: 'a' }, /a command with Zone; its fields are/],
  ])('%j is answered, and no error of the function', async (event, message) => {
    const harness = new Harness();
    const report = await harness.invoke(event);

    expect(report).toMatchObject({ outcome: 'refused', refusal: expect.stringMatching(message), zones: [] });
    expect([harness.sim.calls, harness.metrics]).toEqual([[], []]);
  });
});

describe('pause', () => {
  it('keeps a zone from being touched until it is resumed', async () => {
    const harness = await settledHarness();
    await harness.invoke({ action: 'pause', zone: 'a' });
    await harness.clock.runFor(2_000);
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(2_000);
    const from = harness.sim.calls.length;
    const paused = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(mutations(harness, from)).toEqual([]);
    expect(zoneOf(paused, 'a')).toMatchObject({ health: 'down', paused: true });
    await harness.invoke({ action: 'resume', zone: 'a' });
    await harness.clock.runFor(2_000);
    expect(zoneOf(await harness.invoke(harness.scheduledEvent()), 'a').health).toBe('healthy');
  });
});

describe('moving from a NAT gateway and back', () => {
  async function adopted(): Promise<Harness> {
    const harness = new Harness({ vpc: { natGateways: true } });
    harness.goLive();
    await harness.until(
      'taken over',
      () => harness.isSettled() && zoneOf(harness.lastReport(), 'a').health === 'healthy',
    );
    harness.quiesce();
    await harness.until('idle', () => harness.isIdle());
    return harness;
  }

  it('takes over when the instance is ready, with no outage, and remembers the gateway', async () => {
    const harness = await adopted();
    const [zone] = harness.topology.zones;

    expect(harness.meter.outages()).toEqual([]);
    for (const id of zone?.privateRouteTableIds ?? []) {
      expect(harness.sim.region.store.routeTables.current.get(id)?.tags).toEqual({
        'phoenat:restore-target': zone?.natGatewayId,
        'phoenat:taken-over': expect.stringMatching(/^phoenat \d{10}$/),
      });
    }
  });

  it('restore puts the routes back, pauses the zone, and stays so', async () => {
    const harness = await adopted();
    const [zone] = harness.topology.zones;
    await harness.clock.runFor(2_000);
    await harness.invoke({ action: 'restore', zone: 'a' });
    await harness.clock.runFor(2_000);
    const from = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from)).toEqual([]);
    expect(zoneOf(report, 'a')).toMatchObject({ paused: true, health: 'served-by-other' });
    expect(zoneOf(report, 'a').routes.map(({ target }) => target)).toEqual([
      zone?.natGatewayId,
      zone?.natGatewayId,
    ]);
    expect(hasEgress(harness.sim, zone?.privateSubnetIds[0] ?? '')).toEqual({ ok: true });
    expect(harness.meter.outages()).toEqual([]);
  });

  it('restore is answered with what is seen after it, although EC2 shows it late', async () => {
    const harness = await adopted();
    Object.assign(harness.sim.region.behaviour, { describeLag: { minMs: 3_000, maxMs: 3_000 } });
    const gateway = harness.topology.zones[0]?.natGatewayId;
    await harness.clock.runFor(10_000);
    const report = await harness.invoke({ action: 'restore', zone: 'a' });
    const zone = zoneOf(report, 'a');

    expect([report.outcome, zone.paused]).toEqual(['settled', true]);
    expect(zone.routes.map(({ target }) => target)).toEqual([gateway, gateway]);
  });

  inDepth('restore that is not seen to have come about is not called done', async () => {
    const harness = await adopted();
    const [zone] = harness.topology.zones;
    const [table = ''] = zone?.privateRouteTableIds ?? [];
    await harness.clock.runFor(2_000);
    const ours = interfaceOf(harness, primaryOf(harness, 'a'));
    let replaced = 0;
    harness.sim.watchCalls({
      before: () => undefined,
      after: ({ name }) => {
        replaced += name === 'ReplaceRoute' ? 1 : 0;
        if (replaced === 4) harness.sim.pointRouteAt(table, { kind: 'interface', id: ours });
      },
    });
    const report = await harness.invoke({ action: 'restore', zone: 'a' });

    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'not-seen-restored',
      detail: `zone a is not seen as restored: ${table} leads to ${ours}, not to ${zone?.natGatewayId}; look again: npx --no-install phoenat status`,
    });
    expect(zoneOf(report, 'b').findings.map(({ code }) => code)).not.toContain('not-seen-restored');
  });

  inDepth(
    'restore to a NAT gateway that is gone, whose routes are there already, is not called done',
    async () => {
      const harness = await adopted();
      const [zone] = harness.topology.zones;
      await harness.clock.runFor(2_000);
      await harness.invoke({ action: 'restore', zone: 'a' });
      harness.sim.deleteNatGateway(zone?.natGatewayId ?? '');
      await harness.clock.runFor(2_000);
      const report = await harness.invoke({ action: 'restore', zone: 'a' });

      expect(report.outcome).toBe('attention');
      expect(zoneOf(report, 'a').findings).toContainEqual({
        code: 'not-seen-restored',
        detail: expect.stringContaining(`leads to ${zone?.natGatewayId}, where nothing takes it (blackhole)`),
      });
    },
  );

  it('restore to a NAT gateway that is gone says so, and leaves the zone served and not paused', async () => {
    const harness = await adopted();
    const gateway = harness.topology.zones[0]?.natGatewayId ?? '';
    harness.sim.deleteNatGateway(gateway);
    await harness.clock.runFor(2_000);
    const report = await harness.invoke({ action: 'restore', zone: 'a' });
    const zone = zoneOf(report, 'a');

    expect([report.outcome, zone.paused, zone.health]).toEqual(['attention', false, 'healthy']);
    expect(zone.findings).toContainEqual({
      code: 'step-failed',
      detail: expect.stringMatching(new RegExp(`^could not .*${gateway}: InvalidNatGatewayID.NotFound`)),
    });
    expect(zone.steps.map(({ kind }) => kind)).not.toContain('pause');
    expect(harness.meter.outages()).toEqual([]);
  });

  it('restore without anything remembered says so and leaves the routes alone', async () => {
    const harness = await settledHarness();
    const from = harness.sim.calls.length;
    const report = await harness.invoke({ action: 'restore', zone: 'a' });

    expect(mutations(harness, from)).toEqual([]);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual(
      expect.objectContaining({ code: 'nothing-to-restore' }),
    );
  });
});

describe('an event', () => {
  it('about an instance that is not ours ends after one Describe call', async () => {
    const harness = await settledHarness();
    const from = harness.sim.calls.length;
    const report = await harness.invoke(stateChange(harness, 'i-0123456789abcdef0', 'terminated'));

    expect(report.outcome).toBe('ignored');
    expect(harness.sim.calls.slice(from).map(({ name }) => name)).toEqual(['DescribeInstances']);
    expect(harness.metrics.length).toBe(2);
  });

  it('that nobody understands is refused before anything is read', async () => {
    const harness = await settledHarness();
    const from = harness.sim.calls.length;

    await expect(harness.invoke({ source: 'aws.s3', 'detail-type': 'Object Created' })).rejects.toThrow(
      /received source "aws.s3".*Understood are:/s,
    );
    expect(harness.sim.calls).toHaveLength(from);
  });

  it('that comes twice, or late, changes nothing more', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    const event = stateChange(harness, dead, 'shutting-down');
    await harness.invoke(event);
    const from = harness.sim.calls.length;
    await harness.invoke(event);

    expect(mutations(harness, from)).toEqual([]);
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });
});

describe('AWS’s own event documents', () => {
  const folder = new URL('../../fixtures/events/', import.meta.url);
  const documents = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it.each(documents)('%s is understood', async (name) => {
    const harness = await settledHarness();
    const event: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

    expect(['ignored', 'settled', 'attention']).toContain((await harness.invoke(event)).outcome);
  });
});
