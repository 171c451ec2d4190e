import { describe, expect, it } from 'vitest';
import type { NatHealth } from '../../../../shared/core/model/reading.ts';
import type { InstanceStatus, NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  anInterface,
  aStatus,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aSecondApart, off, someHealth } from '../some-readings.ts';
import { candidate, candidateInterface, ofB } from '../some-scenes.ts';

describe('where all that is known is that no request passes', () => {
  const seenThrough = (
    instances: readonly NatInstance[],
    word: NatHealth | 'silent' = 'silent',
    checks: Partial<InstanceStatus> = {},
  ) => {
    const answer = anAnswer(false, 'silent');
    const ofOther = anAnswer(false, word, candidate.id).instances;
    const latest = { ...answer, instances: [...answer.instances, ...ofOther] };
    return diagnoseAndPlan({
      ...snapshotOf({
        interfaces: [
          anInterface('a'),
          { ...candidateInterface, hasOwnPublicAddress: false },
          ...ofB.interfaces,
        ],
        instances: [...instances, ...ofB.instances],
        statuses: [aStatus('a1'), aStatus('ca', checks), aStatus('b1')],
      }),
      readings: new Map([[zoneName('a'), aSecondApart(...Array.from({ length: 30 }, () => answer), latest)]]),
    }).a;
  };
  const primary = anInstance('a', { launchedAt: now - 20 * minuteMs });
  const tried: NatInstance = {
    ...candidate,
    launchedAt: now - 9 * minuteMs,
    replaceMark: { reason: 'requests-failed', at: now },
  };

  it('nothing more is launched beside another through which they failed alike', () => {
    for (const word of ['silent', someHealth()] as const) {
      const plan = seenThrough([primary, tried], word);

      expect(kindsOf(plan)).toEqual([]);
      expect(plan.findings.map(({ code }) => code)).toEqual(['upstream-trouble']);
    }
  });

  it('the image that works is tried once beside another image that fails alike', () => {
    const imageId = id('image', '2');
    const third = { ...tried, id: id('instance', 'cb'), launchedAt: now - 8 * minuteMs };
    const launch = seenThrough([primary, { ...tried, imageId }]).waves.flat()[0];

    expect(launch).toMatchObject({ kind: 'launch', image: { id: id('image', '1') } });
    expect(kindsOf(seenThrough([primary, { ...tried, imageId }, third]))).toEqual([]);
    expect(kindsOf(seenThrough([primary, { ...tried, imageId }, { ...third, imageId }]))).toEqual([]);
  });

  it('something is launched beside another that is at fault itself', () => {
    expect(kindsOf(seenThrough([primary, tried], off))[0]).toEqual(['launch']);
    expect(kindsOf(seenThrough([primary, tried], 'silent', { instance: 'impaired' }))[0]).toEqual(['launch']);
  });

  it('a rebuild that somebody asks for begins all the same', () => {
    const toBeRebuilt: NatInstance = { ...primary, replaceMark: { reason: 'rebuild', at: now } };

    expect(kindsOf(seenThrough([toBeRebuilt, tried]))[0]).toEqual(['launch']);
  });

  it('a cutover that broke off goes on, and a way back is noted on what is left', () => {
    const { replaceMark: _, ...untried } = tried;
    const older = { ...untried, launchedAt: now - 60 * minuteMs };

    expect(kindsOf(seenThrough([primary, untried]))).toEqual([
      ['set-default-route', 'set-default-route'],
      ['associate-address'],
    ]);
    expect(kindsOf(seenThrough([primary, older]))).toEqual([
      ['mark-for-replacement'],
      ['set-default-route', 'set-default-route'],
      ['associate-address'],
    ]);
  });
});
