import { describe, expect, it } from 'vitest';
import type { AwsFailure } from '../../../../shared/core/model/failure.ts';
import { unknown } from '../../../../shared/core/model/observed.ts';
import type { ProbeAnswer } from '../../../../shared/core/model/reading.ts';
import type { InstanceStatus, NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import {
  anInstance,
  anInterface,
  aStatus,
  aTable,
  diagnoseAndPlan,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { scene, spareIp } from '../a-stand-in.ts';
import { anAnswer, aSecondApart, off, someHealth, times } from '../some-readings.ts';
import { blackholed, candidate, candidateInterface, marked, ofB } from '../some-scenes.ts';

describe('a cutover after a look that took long', () => {
  const scene = {
    interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    instances: [marked, candidate, ...ofB.instances],
    statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
  };

  it('waits while the primary works', () => {
    const seen = snapshotOf(scene);
    const { a } = diagnoseAndPlan({ ...seen, beganAt: seen.takenAt - 3_001 });

    expect(kindsOf(a)).toEqual([]);
    expect(a.waits.map(({ detail }) => detail)).toEqual([expect.stringContaining('fresh enough')]);
  });

  it('waits for nothing where the primary is unreachable', () => {
    const statuses = [aStatus('a1', { system: 'impaired' }), aStatus('ca'), aStatus('b1')];
    const seen = snapshotOf({
      ...scene,
      instances: [anInstance('a'), candidate, ...ofB.instances],
      statuses,
    });
    const { a } = diagnoseAndPlan({ ...seen, beganAt: seen.takenAt - 60_000 });

    expect(kindsOf(a)).toContainEqual(['associate-address']);
  });
});

describe('a cutover', () => {
  const scene = {
    interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    instances: [anInstance('a'), candidate, ...ofB.instances],
    statuses: [aStatus('a1', { system: 'impaired' }), aStatus('ca'), aStatus('b1')],
  };

  it('moves the Elastic IP right after the routes, so that connections survive', () => {
    expect(kindsOf(diagnoseAndPlan(snapshotOf(scene)).a).slice(1)).toEqual([
      ['set-default-route', 'set-default-route'],
      ['associate-address'],
    ]);
  });

  it('moves all at once where there is nothing to keep, so that no route holds the rest back', () => {
    const routeTables = [...ofB.routeTables, aTable('a', 1), ...blackholed.slice(1)];

    expect(
      kindsOf(
        diagnoseAndPlan(snapshotOf({ ...scene, routeTables }), { failing: new Set([zoneName('a')]) }).a,
      ).slice(1),
    ).toEqual([['set-default-route', 'set-default-route', 'associate-address']]);
  });
});

describe('a cutover from what says itself that it does not forward', () => {
  it('moves all at once, unlike one where only requests tell: no connection gets through there', () => {
    const told = [...anAnswer(true, someHealth(), candidate.id).instances];
    const snapshot = snapshotOf({
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      instances: [anInstance('a'), candidate, ...ofB.instances],
    });
    const movesAfter = (answer: ProbeAnswer) => {
      const both = { ...answer, instances: [...answer.instances, ...told] };
      const readings = new Map([[zoneName('a'), times(15, both)]]);
      return kindsOf(diagnoseAndPlan({ ...snapshot, readings }).a).slice(1);
    };

    expect(movesAfter(anAnswer(false, off))).toEqual([
      ['set-default-route', 'set-default-route', 'associate-address'],
    ]);
    expect(movesAfter(anAnswer(false, 'silent'))).toEqual([
      ['set-default-route', 'set-default-route'],
      ['associate-address'],
    ]);
  });
});

describe('the launch of a candidate', () => {
  const launchBeside = (primary: NatInstance) =>
    diagnoseAndPlan(snapshotOf({ instances: [primary, ...ofB.instances] })).a.waves.flat()[0];

  it('tells it whose connections go on through it', () => {
    const launch = launchBeside({ ...marked, privateIp: '10.0.0.4' });

    expect(launch).toMatchObject({ kind: 'launch', predecessorIp: '10.0.0.4' });
  });

  it('tells it the address that the Elastic IP is on, where another zone’s instance stands in', () => {
    const { diagnoses, context } = scene({ isCarried: true, b: { privateIp: '10.0.11.4' } });

    expect(plan(diagnoses, context)[0]?.waves.flat()[0]).toMatchObject({
      kind: 'launch',
      predecessorIp: spareIp,
    });
  });

  it('does without where EC2 does not say the address', () => {
    expect(launchBeside(marked)).toMatchObject({ kind: 'launch' });
    expect(launchBeside(marked)).not.toHaveProperty('predecessorIp');
  });
});

describe('a candidate', () => {
  const planWith = (
    change: Partial<NatInstance>,
    checks: Partial<InstanceStatus> = { system: 'initializing' },
  ) =>
    diagnoseAndPlan(
      snapshotOf({
        interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        instances: [marked, { ...candidate, ...change }, ...ofB.instances],
        statuses: [aStatus('a1'), aStatus('ca', checks), aStatus('b1')],
      }),
    ).a;
  const end = [['terminate']];

  it('is waited for until it is late, and then given up', () => {
    const ofAge = (ageMs: number) => planWith({ launchedAt: now - ageMs });

    expect(ofAge(10 * minuteMs).waits).toEqual([
      { detail: 'candidate i-000000ca to be ready to replace i-000000a1', pollMs: 5_000 },
    ]);
    expect(kindsOf(ofAge(10 * minuteMs + 1))).toEqual(end);
    expect(kindsOf(planWith({}, { instance: 'impaired' }))).toEqual(end);
  });

  it('is not given up for checks that were not read, but for checks that are denied', () => {
    const planUnread = (failure: AwsFailure | undefined) => {
      const late = { ...candidate, launchedAt: now - 11 * minuteMs };
      const scene = {
        interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        instances: [marked, late, ...ofB.instances],
      };
      const statuses = unknown('failed', 'DescribeInstanceStatus was not answered', failure);
      return kindsOf(diagnoseAndPlan({ ...snapshotOf(scene), statuses }).a);
    };

    expect(planUnread(undefined)).toEqual([]);
    expect(
      planUnread({ kind: 'permission', code: 'UnauthorizedOperation', message: '', advice: '' }),
    ).toEqual(end);
  });

  it('is not given up where it is older than the primary: it has served the zone before', () => {
    const older = { ...candidate, launchedAt: now - 2 * hourMs };
    const scene = snapshotOf({
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      instances: [{ ...marked, launchedAt: now - hourMs }, older, ...ofB.instances],
      statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
    });
    const planWithReadings = (...answers: readonly ProbeAnswer[]) =>
      kindsOf(
        diagnoseAndPlan({ ...scene, readings: new Map([[zoneName('a'), aSecondApart(...answers)]]) }).a,
      );

    // Nobody has been heard yet; and then it does not answer, while the other one does.
    expect(planWithReadings()).toEqual([]);
    expect(planWithReadings(anAnswer(true, someHealth()))[0]).toEqual(['launch']);
  });

  it('is looked at more often while it is pending', () => {
    expect(planWith({ state: 'pending' }).waits.map(({ pollMs }) => pollMs)).toEqual([2_000]);
  });
});
