import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../shared/core/model/time.ts';
import { hasEgress } from '../../simulator/data-plane.ts';
import type { Injection } from '../../simulator/faults.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledStage,
  stateChange,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import { Stage } from '../../simulator/harness/stage.ts';

describe('status', () => {
  it('looks and changes nothing, even while something is wrong', async () => {
    const stage = await settledStage();
    stage.sim.takeAddressOff(stage.world.zones[0]?.allocationId ?? '');
    await stage.clock.runFor(2_000);
    const from = stage.sim.calls.length;
    const report = await stage.invoke({ action: 'status' });

    expect(mutations(stage, from)).toEqual([]);
    expect(zoneOf(report, 'a')).toMatchObject({
      health: 'drifted',
      findings: [{ code: 'address-elsewhere', detail: expect.stringContaining('is on nothing') }],
    });
  });
});

describe('dryRun', () => {
  it('says what a rebuild would do, and does nothing', async () => {
    const stage = await settledStage();
    const from = stage.sim.calls.length;
    const report = await stage.invoke({ action: 'rebuild', zone: 'a', dryRun: true });

    expect(mutations(stage, from)).toEqual([]);
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
  const markOf = (stage: Stage, zone: string) =>
    aliveIn(stage, zone).map(
      (id) => stage.sim.cloud.store.instances.current.get(id)?.tags['phoenat:replace'],
    );

  it('of a paused zone is refused, aloud, and changes nothing', async () => {
    const stage = await settledStage();
    await stage.invoke({ action: 'pause', zone: 'a' });
    await stage.clock.runFor(2_000);
    const from = stage.sim.calls.length;
    const report = await stage.invoke({ action: 'rebuild', zone: 'a' });

    expect(mutations(stage, from)).toEqual([]);
    expect(report.outcome).toBe('refused');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'rebuild-refused',
      detail: expect.stringMatching(/zone a is paused since .*: npx phoenat resume --zone a$/),
    });
  });

  it('says what to type so that it means this stack', async () => {
    const stage = await settledStage({ settings: { stack: 'prod' } });
    await stage.invoke({ action: 'pause', zone: 'a' });
    await stage.clock.runFor(2_000);
    const report = await stage.invoke({ action: 'rebuild', zone: 'a' });
    const toType = zoneOf(report, 'a').findings.map(({ code, detail }) => [code, detail.split(': ').at(-1)]);

    expect(toType).toEqual([
      ['paused', 'npx phoenat --stack prod resume --zone a'],
      ['rebuild-refused', 'npx phoenat --stack prod resume --zone a'],
    ]);
  });

  it('of every zone leaves the paused one out, and does not end as if all had been done', async () => {
    const stage = await settledStage();
    await stage.invoke({ action: 'pause', zone: 'a' });
    await stage.clock.runFor(2_000);
    const report = await stage.invoke({ action: 'rebuild' });

    expect([report.outcome, markOf(stage, 'a')]).toEqual(['attention', [undefined]]);
    expect(markOf(stage, 'b')).toContainEqual(expect.stringMatching(/^rebuild /));
  });

  it('with the breaker open is refused and leaves no mark; after a reset it is done', async () => {
    const stage = await settledStage({ settings: { maxLaunchesPerHour: 1 } });
    const report = await stage.invoke({ action: 'rebuild', zone: 'a', immediate: true });

    expect([report.outcome, markOf(stage, 'a')]).toEqual(['refused', [undefined]]);
    await stage.invoke({ action: 'reset-breaker', zone: 'a' });
    await stage.clock.runFor(2_000);
    const again = await stage.invoke({ action: 'rebuild', zone: 'a' });
    expect(zoneOf(again, 'a').steps.map(({ kind }) => kind)).toContain('launch');
    expect(zoneOf(again, 'a').breaker).toMatchObject({ launchesInLastHour: 1, open: true });
  });

  it.each<[string, Injection<'DescribeImages'>['fault'], RegExp]>([
    [
      'no image matches, and only a note tells of one',
      { kind: 'partial', strip: (output) => ({ ...output, Images: [] }) },
      /no arm64 image matches preset al2023.*only a note tells of ami-.*: npx phoenat rebuild --zone a$/,
    ],
    [
      'images cannot be read',
      { kind: 'error', code: 'UnauthorizedOperation' },
      /zone a now, so it keeps its instance \(.*UnauthorizedOperation.*: npx phoenat rebuild --zone a --immediate$/,
    ],
  ])(
    'that is immediate is refused where %s: the instance goes on, in every later run',
    async (_what, fault, why) => {
      const stage = await settledStage();
      const before = aliveIn(stage, 'a');
      const injected = stage.sim.inject({ call: 'DescribeImages', fault });
      const from = stage.sim.calls.length;
      const command = { action: 'rebuild', zone: 'a', immediate: true };
      const planned = await stage.invoke({ ...command, dryRun: true });
      const report = await stage.invoke(command);
      await stage.clock.runFor(minuteMs);
      await stage.invoke(stage.scheduledEvent());

      const refusal = { code: 'rebuild-refused', detail: expect.stringMatching(why) };
      expect(report.outcome).toBe('refused');
      expect(zoneOf(report, 'a').findings).toContainEqual(refusal);
      expect(zoneOf(planned, 'a').findings).toContainEqual(refusal);
      expect([mutations(stage, from), aliveIn(stage, 'a'), markOf(stage, 'a')]).toEqual([
        [],
        before,
        [undefined],
      ]);

      injected.remove();
      const again = await stage.invoke(command);
      expect(zoneOf(again, 'a').steps.map(({ kind }) => kind)).toContain('launch');
    },
  );

  it('of every zone is done in one after the other', async () => {
    const stage = await settledStage();
    stage.goLive();
    const from = stage.sim.calls.length;
    stage.start({ action: 'rebuild' }).catch(() => undefined);
    await stage.until(
      'both are rebuilt',
      () => stage.isSettled() && mutations(stage, from).includes('RunInstances'),
    );
    const [a, b] = [0, 1].map((index) => stage.world.zones[index]?.allocationId);
    const moved = (allocationId: string | undefined) =>
      stage.sim.calls.findIndex(
        ({ name, input }, index) =>
          index >= from && name === 'AssociateAddress' && Reflect.get(input, 'AllocationId') === allocationId,
      );
    const launches = stage.sim.calls.flatMap(({ name }, index) =>
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
    const stage = new Stage();
    const report = await stage.invoke(event);

    expect(report).toMatchObject({ outcome: 'refused', refusal: expect.stringMatching(message), zones: [] });
    expect([stage.sim.calls, stage.metrics]).toEqual([[], []]);
  });
});

describe('pause', () => {
  it('keeps a zone from being touched until it is resumed', async () => {
    const stage = await settledStage();
    await stage.invoke({ action: 'pause', zone: 'a' });
    await stage.clock.runFor(2_000);
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(2_000);
    const from = stage.sim.calls.length;
    const paused = await stage.invoke(stateChange(stage, dead, 'shutting-down'));

    expect(mutations(stage, from)).toEqual([]);
    expect(zoneOf(paused, 'a')).toMatchObject({ health: 'down', paused: true });
    await stage.invoke({ action: 'resume', zone: 'a' });
    await stage.clock.runFor(2_000);
    expect(zoneOf(await stage.invoke(stage.scheduledEvent()), 'a').health).toBe('healthy');
  });
});

describe('moving from a NAT gateway and back', () => {
  async function adopted(): Promise<Stage> {
    const stage = new Stage({ vpc: { natGateways: true } });
    stage.goLive();
    await stage.until(
      'taken over',
      () => stage.isSettled() && zoneOf(stage.lastReport(), 'a').health === 'healthy',
    );
    stage.quiesce();
    await stage.until('idle', () => stage.isIdle());
    return stage;
  }

  it('takes over when the instance is ready, with no outage, and remembers the gateway', async () => {
    const stage = await adopted();
    const [zone] = stage.world.zones;

    expect(stage.meter.outages()).toEqual([]);
    for (const id of zone?.privateRouteTableIds ?? []) {
      expect(stage.sim.cloud.store.routeTables.current.get(id)?.tags).toEqual({
        'phoenat:restore-target': zone?.natGatewayId,
        'phoenat:taken-over': expect.stringMatching(/^phoenat \d{10}$/),
      });
    }
  });

  it('restore puts the routes back, pauses the zone, and stays so', async () => {
    const stage = await adopted();
    const [zone] = stage.world.zones;
    await stage.clock.runFor(2_000);
    await stage.invoke({ action: 'restore', zone: 'a' });
    await stage.clock.runFor(2_000);
    const from = stage.sim.calls.length;
    const report = await stage.invoke(stage.scheduledEvent());

    expect(mutations(stage, from)).toEqual([]);
    expect(zoneOf(report, 'a')).toMatchObject({ paused: true, health: 'served-by-other' });
    expect(zoneOf(report, 'a').routes.map(({ target }) => target)).toEqual([
      zone?.natGatewayId,
      zone?.natGatewayId,
    ]);
    expect(hasEgress(stage.sim, zone?.privateSubnetIds[0] ?? '')).toEqual({ ok: true });
    expect(stage.meter.outages()).toEqual([]);
  });

  it('restore is answered with what is seen after it, although EC2 shows it late', async () => {
    const stage = await adopted();
    Object.assign(stage.sim.cloud.behaviour, { describeLag: { minMs: 3_000, maxMs: 3_000 } });
    const gateway = stage.world.zones[0]?.natGatewayId;
    await stage.clock.runFor(10_000);
    const report = await stage.invoke({ action: 'restore', zone: 'a' });
    const zone = zoneOf(report, 'a');

    expect([report.outcome, zone.paused]).toEqual(['settled', true]);
    expect(zone.routes.map(({ target }) => target)).toEqual([gateway, gateway]);
  });

  it('restore that is not seen to have come about is not called done', async () => {
    const stage = await adopted();
    const [zone] = stage.world.zones;
    const [table = ''] = zone?.privateRouteTableIds ?? [];
    await stage.clock.runFor(2_000);
    const ours = interfaceOf(stage, primaryOf(stage, 'a'));
    let replaced = 0;
    stage.sim.watchCalls({
      before: () => undefined,
      after: ({ name }) => {
        replaced += name === 'ReplaceRoute' ? 1 : 0;
        if (replaced === 4) stage.sim.pointRouteAt(table, { kind: 'interface', id: ours });
      },
    });
    const report = await stage.invoke({ action: 'restore', zone: 'a' });

    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'not-seen-restored',
      detail: `zone a is not seen as restored: ${table} leads to ${ours}, not to ${zone?.natGatewayId}; look again: npx phoenat status`,
    });
    expect(zoneOf(report, 'b').findings.map(({ code }) => code)).not.toContain('not-seen-restored');
  });

  it('restore to a NAT gateway that is gone, whose routes are there already, is not called done', async () => {
    const stage = await adopted();
    const [zone] = stage.world.zones;
    await stage.clock.runFor(2_000);
    await stage.invoke({ action: 'restore', zone: 'a' });
    stage.sim.deleteNatGateway(zone?.natGatewayId ?? '');
    await stage.clock.runFor(2_000);
    const report = await stage.invoke({ action: 'restore', zone: 'a' });

    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'not-seen-restored',
      detail: expect.stringContaining(`leads to ${zone?.natGatewayId}, where nothing takes it (blackhole)`),
    });
  });

  it('restore to a NAT gateway that is gone says so, and leaves the zone served and not paused', async () => {
    const stage = await adopted();
    const gateway = stage.world.zones[0]?.natGatewayId ?? '';
    stage.sim.deleteNatGateway(gateway);
    await stage.clock.runFor(2_000);
    const report = await stage.invoke({ action: 'restore', zone: 'a' });
    const zone = zoneOf(report, 'a');

    expect([report.outcome, zone.paused, zone.health]).toEqual(['attention', false, 'healthy']);
    expect(zone.findings).toContainEqual({
      code: 'step-failed',
      detail: expect.stringMatching(new RegExp(`^could not .*${gateway}: InvalidNatGatewayID.NotFound`)),
    });
    expect(zone.steps.map(({ kind }) => kind)).not.toContain('pause');
    expect(stage.meter.outages()).toEqual([]);
  });

  it('restore without anything remembered says so and leaves the routes alone', async () => {
    const stage = await settledStage();
    const from = stage.sim.calls.length;
    const report = await stage.invoke({ action: 'restore', zone: 'a' });

    expect(mutations(stage, from)).toEqual([]);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual(
      expect.objectContaining({ code: 'nothing-to-restore' }),
    );
  });
});

describe('an event', () => {
  it('about an instance that is not ours ends after one Describe call', async () => {
    const stage = await settledStage();
    const from = stage.sim.calls.length;
    const report = await stage.invoke(stateChange(stage, 'i-0123456789abcdef0', 'terminated'));

    expect(report.outcome).toBe('ignored');
    expect(stage.sim.calls.slice(from).map(({ name }) => name)).toEqual(['DescribeInstances']);
    expect(stage.metrics.length).toBe(2);
  });

  it('that nobody understands is refused before anything is read', async () => {
    const stage = await settledStage();
    const from = stage.sim.calls.length;

    await expect(stage.invoke({ source: 'aws.s3', 'detail-type': 'Object Created' })).rejects.toThrow(
      /received source "aws.s3".*Understood are:/s,
    );
    expect(stage.sim.calls).toHaveLength(from);
  });

  it('that comes twice, or late, changes nothing more', async () => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(1_000);
    const event = stateChange(stage, dead, 'shutting-down');
    await stage.invoke(event);
    const from = stage.sim.calls.length;
    await stage.invoke(event);

    expect(mutations(stage, from)).toEqual([]);
    expect(aliveIn(stage, 'a')).toHaveLength(1);
  });
});

describe('AWS’s own event documents', () => {
  const folder = new URL('../fixtures/events/', import.meta.url);
  const documents = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it.each(documents)('%s is understood', async (name) => {
    const stage = await settledStage();
    const event: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

    expect(['ignored', 'settled', 'attention']).toContain((await stage.invoke(event)).outcome);
  });
});
