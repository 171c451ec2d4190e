import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import { zonePlan } from '../../../../shared/core/plan/zone-plan.ts';
import { buildReport, refuse } from '../../../../shared/core/report/build-report.ts';
import { measure } from '../../../../shared/core/report/metrics.ts';
import type { StepReport } from '../../../../shared/core/report/report.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
} from '../a-snapshot.ts';
import { anAnswer, times } from '../some-readings.ts';
import { blackholed, marked, ofB, toGateway, withoutPrimary } from '../some-scenes.ts';
import { a, failure, input, runWith, step } from './a-report.ts';

/** Ours, and one of somebody else's. */
const groups = [id('securityGroup', '1'), id('securityGroup', '2')];

describe('that instances cannot watch each other', () => {
  it('is said once, with the first zone, and is no trouble', () => {
    const report = buildReport(input({ unwatched: 'the tags cannot be shown' }));

    expect(report.zones.map(({ findings }) => findings)).toEqual([
      [{ code: 'not-watched', detail: 'the tags cannot be shown' }],
      [],
    ]);
    expect(report.outcome).toBe('settled');
  });
});

describe('the outcome', () => {
  it('is settled where nothing is left, and says how long that took', () => {
    const report = buildReport(input());

    expect([report.outcome, report.times.toSettledMs]).toEqual(['settled', 100]);
  });

  it.each([
    ['a wait', zonePlan(a, { waits: [{ detail: 'x', pollMs: 1 }] })],
    ['a step', zonePlan(a, { waves: [[{ kind: 'resume', allocationId: id('allocation', 'a') }]] })],
    ['images to read', zonePlan(a, { needsImages: true })],
    [
      'a replacement whose turn is yet to come',
      zonePlan(a, { findings: [{ code: 'another-zone-first', detail: 'x' }] }),
    ],
    [
      'a replacement held back by suspicion everywhere',
      zonePlan(a, { findings: [{ code: 'all-zones-suspect', detail: 'x' }] }),
    ],
  ])('is waiting where %s is left', (_case, plan) => {
    const report = buildReport(input({ plans: [plan] }));

    expect([report.outcome, report.times.toSettledMs]).toEqual(['waiting', undefined]);
  });

  it('is attention where a zone is misconfigured, where only a person can help, and where the last step failed', () => {
    const refused = zonePlan(a, { findings: [{ code: 'breaker-open', detail: 'x' }] });
    const { run } = runWith(step(), step({ result: { kind: 'failed', failure } }));

    expect(buildReport(input({}, { addresses: [anAddress('b')] })).outcome).toBe('attention');
    expect(buildReport(input({ plans: [refused] })).outcome).toBe('attention');
    expect(buildReport(input({ run })).outcome).toBe('attention');
  });

  it.each<[string, string, string | undefined, Partial<Scene>]>([
    ['settled', 'is well', undefined, {}],
    ['attention', 'is down', 'it is down', withoutPrimary('terminated')],
    ['attention', 'has drifted', 'it is drifted', { routeTables: [...ofB.routeTables, ...blackholed] }],
    [
      'settled',
      'is served by its NAT gateway',
      undefined,
      { routeTables: [...ofB.routeTables, ...toGateway] },
    ],
    [
      'waiting',
      'has an instance that starts',
      'it is starting',
      { instances: [anInstance('a', { state: 'pending', launchedAt: now - 1 }), ...ofB.instances] },
    ],
    [
      'waiting',
      'has an instance that is to be replaced',
      'its instance is to be replaced (replacement-requested)',
      { instances: [marked, ...ofB.instances] },
    ],
    [
      'waiting',
      'has a security group too many',
      'something of it is to be put back (groups-changed)',
      { interfaces: [anInterface('a', { securityGroupIds: groups }), ...ofB.interfaces] },
    ],
  ])('is %s where a paused zone %s', (outcome, _how, left, scene) => {
    const paused = { ...scene, addresses: [anAddress('a', { pausedSince: 'noon' }), anAddress('b')] };
    const report = buildReport(input({}, paused));

    expect([report.outcome, report.zones[0]?.waitsFor]).toEqual([
      outcome,
      left === undefined ? [] : [`zone a to be resumed: ${left}, and left alone`],
    ]);
  });

  it('is attention where requests of a paused zone fail, whatever EC2 says', () => {
    const paused = { addresses: [anAddress('a', { pausedSince: 'noon' }), anAddress('b')] };
    const readings = new Map([[a, times(3, anAnswer(false))]]);
    const { diagnoses } = diagnoseAndPlan({ ...snapshotOf(paused), readings });
    const report = buildReport(input({ diagnoses }));

    expect([report.outcome, report.zones[0]?.waitsFor]).toEqual([
      'attention',
      ['zone a to be resumed: its requests fail, though it is healthy to EC2, and left alone'],
    ]);
  });

  it('names what blocked a zone, with the advice', () => {
    const { run, zone } = runWith(step({ result: { kind: 'failed', failure } }));
    zone.blocked = true;

    expect(buildReport(input({ run })).zones[0]?.findings).toEqual([
      { code: 'step-failed', detail: 'could not move it: UnauthorizedOperation: no (allow it)' },
    ]);
  });

  it('of a dry run lists what would be done', () => {
    const plan = zonePlan(a, {
      purpose: 'command',
      waves: [[{ kind: 'resume', allocationId: id('allocation', 'a') }]],
    });
    const report = buildReport(input({ plans: [plan], outcome: 'planned' }));

    expect(report.zones[0]?.steps).toMatchObject([
      { kind: 'resume', purpose: 'command', result: { kind: 'planned' } },
    ]);
  });
});

describe('a zone of the report', () => {
  it('names its instance, address and routes', () => {
    expect(buildReport(input()).zones[0]).toMatchObject({
      zone: 'a',
      health: 'healthy',
      paused: false,
      primary: { instanceId: 'i-000000a1', state: 'running', instanceType: 't4g.nano' },
      address: { publicIp: '203.0.113.1', on: 'eni-000000a1' },
      routes: [
        { routeTableId: 'rtb-000000a1', target: 'eni-000000a1', state: 'active' },
        { routeTableId: 'rtb-000000a2', target: 'eni-000000a1', state: 'active' },
      ],
    });
  });

  it('shows what is missing as missing', () => {
    const { interfaceId: _none, ...address } = anAddress('a', { pausedSince: 'today' });
    const [zone] = buildReport(
      input({}, { instances: [anInstance('b')], addresses: [address, anAddress('b')] }),
    ).zones;
    const unread = diagnoseAndPlan({
      ...snapshotOf(),
      subnets: { known: false, cause: 'failed', detail: 'no' },
    }).diagnoses;

    expect(zone).toMatchObject({
      health: 'down',
      paused: true,
      address: { allocationId: 'eipalloc-0000000a' },
    });
    expect([zone?.primary, zone?.address?.on]).toEqual([undefined, undefined]);
    expect(buildReport(input({ diagnoses: unread })).zones[0]).toMatchObject({
      health: 'unknown',
      routes: [],
    });
  });

  it('shows a route table without a default route so', () => {
    const scene = snapshotOf();
    const routeTables = scene.routeTables.known
      ? scene.routeTables.value.items.map(({ defaultRoute, ...table }) =>
          table.id === id('routeTable', 'a1') || defaultRoute === undefined
            ? table
            : { ...table, defaultRoute },
        )
      : [];

    expect(buildReport(input({}, { routeTables })).zones[0]?.routes[0]).toEqual({
      routeTableId: 'rtb-000000a1',
      target: 'none',
      state: 'missing',
    });
  });
});

describe('egress, in the report', () => {
  const seen = (readings: readonly Reading[] | undefined, scene: Partial<Scene> = {}) => {
    const known = readings === undefined ? {} : { readings: new Map([[a, readings]]) };
    const { diagnoses } = diagnoseAndPlan({ ...snapshotOf(scene), ...known });
    return buildReport(input({ diagnoses })).zones[0];
  };

  it('is what the probe says, and is not spoken of where there is none', () => {
    expect(seen(times(1, anAnswer(true)))).toMatchObject({ health: 'healthy', egress: 'passes' });
    expect(seen(times(3, anAnswer(false)))).toMatchObject({ egress: 'fails' });
    expect(seen([])).toMatchObject({ egress: 'unknown' });
    expect(seen(undefined)).not.toHaveProperty('egress');
  });

  it('is known also where the zone does not fit its settings', () => {
    expect(seen(times(1, anAnswer(true)), { addresses: [] })).toMatchObject({
      health: 'violation',
      egress: 'passes',
    });
  });
});

describe('the instances of the report', () => {
  const reportOf = (scene: Partial<Scene>) => buildReport(input({}, scene)).zones[0];

  it('are shown as they are where a zone is down or does not fit its settings', () => {
    const stopped = anInstance('a', { state: 'stopped' });
    const down = reportOf({ instances: [stopped, anInstance('b')] });
    const violated = reportOf({ addresses: [anAddress('b')] });

    expect(down).toMatchObject({
      health: 'down',
      others: [{ instanceId: stopped.id, state: 'stopped', role: 'ended' }],
    });
    expect(down?.primary).toBeUndefined();
    expect(violated).toMatchObject({ health: 'violation', others: [{ state: 'running', role: 'unjudged' }] });
  });

  it('name the candidate, what else lives, and of those that ended the youngest three', () => {
    const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
    const candidate = anInstance('a', {
      id: id('instance', 'c1'),
      interfaceId: id('interface', 'c1'),
      launchedAt: now,
    });
    const dead = ['d1', 'd2', 'd3', 'd4'].map((hex, nth) =>
      anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: now - 100 - nth }),
    );
    const surplus = anInstance('a', { id: id('instance', 'e1'), launchedAt: now - 5_000 });
    const zone = reportOf({ instances: [...dead, surplus, marked, candidate, anInstance('b')] });

    expect(zone).toMatchObject({
      primary: { instanceId: marked.id, interfaceId: marked.interfaceId },
    });
    expect(zone?.others?.map(({ instanceId, role }) => [instanceId, role])).toEqual([
      [candidate.id, 'candidate'],
      [surplus.id, 'surplus'],
      ...dead.slice(0, 3).map((each) => [each.id, 'ended']),
    ]);
  });

  it('are paused also where the zone does not fit its settings', () => {
    const address = anAddress('a', { pausedSince: 'today' });
    const zone = reportOf({ addresses: [address, anAddress('b')], subnets: [] });

    expect([zone?.health, zone?.paused]).toEqual(['violation', true]);
  });
});

describe('the answer to a command that is not understood', () => {
  it('says why, and the beginning of what was received', () => {
    expect(refuse('no such zone', `{"zone":"${'z'.repeat(300)}"}`, now)).toMatchObject({
      outcome: 'refused',
      refusal: 'no such zone',
      trigger: { kind: 'manual', detail: expect.stringMatching(/^\{"zone":"z{191}… \(311 characters\)$/) },
      zones: [],
    });
  });
});

describe('times and outage', () => {
  it('are counted from the event to the first call, the last answer and health', () => {
    const { run, zone } = runWith(step());
    zone.firstCutoverAt = now + 30;
    zone.lastCutoverAt = now + 70;
    zone.trouble = { since: now - 500, knownFrom: 'event' };
    zone.restored = { at: now + 1_000, knownFrom: 'ec2' };
    const report = buildReport(input({ run }));

    expect(report.times).toMatchObject({ toFirstCutoverCallMs: 30, toLastCutoverAnswerMs: 70 });
    expect(report.zones.map(({ outageMs }) => outageMs)).toEqual([1_500, undefined]);
  });

  it('an outage that goes on has no end and no length, whatever the run has done', () => {
    const { run, zone } = runWith(step({ purpose: 'repair' }));
    zone.trouble = { since: now - 45_000, knownFrom: 'ec2' };
    run.lastLookAt = now + 77;
    const [report] = buildReport(input({ run })).zones;

    expect(report?.outage).toEqual({ startedAt: '2026-11-23T02:59:15.000Z', startKnownFrom: 'ec2' });
    expect(report?.outageMs).toBeUndefined();
    expect(measure(buildReport(input({ run })), 1).find(({ name }) => name === 'OutageSeconds')?.value).toBe(
      0,
    );
  });

  it('an outage is told by every run that saw it end, and counted by one', () => {
    const seen = (launchedAgoMs: number, ...steps: StepReport[]) => {
      const { run, zone } = runWith(...steps);
      zone.trouble = { since: now, knownFrom: 'look' };
      zone.restored = { at: now + 5_000, knownFrom: 'ec2' };
      const instances = [anInstance('a', { launchedAt: now - launchedAgoMs }), anInstance('b')];
      return buildReport(input({ run }, { instances })).zones[0];
    };
    const ended = { outage: { endedAt: '2026-11-23T03:00:05.000Z' } };

    expect(seen(30_000, step())).toMatchObject({ ...ended, outageMs: 5_000 });
    expect(seen(30_000, step({ purpose: 'repair' }))).toMatchObject({ ...ended, outageMs: 5_000 });
    expect(seen(30_000, step({ purpose: 'replacement' }))).toMatchObject({ ...ended, outageMs: 5_000 });
    // The run that launched is still under way, and counts it.
    expect(seen(30_000, step({ purpose: 'clean-up' }))).toMatchObject(ended);
    expect(seen(30_000, step({ purpose: 'clean-up' }))?.outageMs).toBeUndefined();
    // It has been over for long, whatever became of it.
    expect(seen(61_000)).toMatchObject({ ...ended, outageMs: 5_000 });
    expect(buildReport(input({ run: runWith(step()).run })).zones[0]?.outage).toBeUndefined();
  });
});
