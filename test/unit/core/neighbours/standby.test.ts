import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { ProbeAnswer, Reading } from '../../../../shared/core/model/reading.ts';
import type { ZoneSettings } from '../../../../shared/core/model/settings.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { provenOfStandby } from '../../../../shared/core/neighbours/silence.ts';
import { markOf, mayStandIn } from '../../../../shared/core/neighbours/stand-in.ts';
import { isStandby } from '../../../../shared/core/neighbours/standby.ts';
import { askAgainAfterMs, waitsForReadings } from '../../../../shared/core/plan/more-readings.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { stackOf } from '../../../../shared/core/plan/stack.ts';
import { id, now, planContext, snapshotOf, someSettings, zoneName, zoneSettings } from '../a-snapshot.ts';
import { type Changes, scene, spareIp } from '../a-stand-in.ts';
import { anAnswer, aReading, booting, noReading, off, someHealth, type Word } from '../some-readings.ts';

const standby: ZoneSettings = {
  ...zoneSettings('b'),
  privateSubnetIds: [],
  standbyFor: zoneName('a'),
};
const zones = [zoneSettings('a'), standby];
const b1 = id('instance', 'b1');
const { digest } = planContext(snapshotOf());
const others = markOf(['10.0.11.0/24', '10.0.12.0/24'], digest);
const stands = someHealth({ standInIp: spareIp });

/** Of a standby no request tells. */
function ofStandby(word: Word): ProbeAnswer {
  return { ...anAnswer(false, word, b1), targets: [] };
}

/** So many, two seconds apart, the last of them now. */
function row(count: number, answer: ProbeAnswer, apartMs = 2.5 * secondMs): Reading[] {
  return Array.from({ length: count }, (_, nth) => aReading(answer, now - 100 - (count - 1 - nth) * apartMs));
}

function sceneOf({ b, ...changes }: Changes, ofB?: readonly Reading[], ofA: readonly Reading[] = []) {
  const readings = ofB && new Map([[zoneName('a'), ofA] as const, [zoneName('b'), ofB] as const]);
  return scene({
    settings: { zones, standIn: 'off' },
    b: { others, ...b },
    ...(readings === undefined ? {} : { readings }),
    ...changes,
  });
}

function standbyIn(changes: Changes, ofB?: readonly Reading[], ofA?: readonly Reading[]): Diagnosed {
  const [, diagnosis] = sceneOf({ a: { state: 'running' }, ...changes }, ofB, ofA).diagnoses;
  if (diagnosis?.kind !== 'diagnosed') throw new Error(diagnosis?.health);
  return diagnosis;
}

function helpersOf(changes: Changes, ofB?: readonly Reading[]) {
  const { diagnoses, context } = sceneOf(changes, ofB);
  return stackOf(diagnoses, context).helpers;
}

const proven = {
  kind: 'proven',
  instanceId: b1,
  networkInterface: id('interface', 'b1'),
  privateIp: spareIp,
};
const heard = row(3, anAnswer(true, someHealth()));

describe('a standby', () => {
  it('is there for a zone that has no other neighbour, whatever StandIn says', () => {
    expect(zones.map(isStandby)).toEqual([false, true]);
    expect(mayStandIn(someSettings({ zones, standIn: 'off' }))).toBe(true);
    expect(mayStandIn(someSettings({ standIn: 'off' }))).toBe(false);
  });

  it('is healthy without routes, and tells nothing of egress', () => {
    const diagnosis = standbyIn({}, row(3, ofStandby(stands)));

    expect([diagnosis.health, diagnosis.egress, diagnosis.verdict.kind]).toEqual([
      'healthy',
      undefined,
      'unknown',
    ]);
    expect([diagnosis.primaryReady, diagnosis.primaryProven]).toEqual([true, true]);
    expect(diagnosis.replacement).toBeUndefined();
  });

  it.each<[string, readonly Reading[] | undefined, object | undefined]>([
    ['says that it forwards and translates', row(1, ofStandby(stands)), proven],
    ['says that it forwards, and not as what', row(1, ofStandby(someHealth())), undefined],
    ['says that it is not ready', row(1, ofStandby({ ...stands, ready: false })), undefined],
    ['answers nobody', row(1, ofStandby('silent')), undefined],
    ['cannot be asked and passes its checks', undefined, proven],
    ['has not been heard yet', [], { kind: 'ask', zone: 'b' }],
  ])('carries its zone, or not, where it %s', (_what, readings, help) => {
    expect(helpersOf({}, readings).get(zoneName('a'))).toEqual(help);
  });

  it('moves to nobody when it is gone itself', () => {
    const gone: Changes = { a: { state: 'running' }, b: { state: 'terminated' } };
    const { diagnoses, context } = sceneOf(gone);

    expect(helpersOf(gone).get(zoneName('b'))).toBeUndefined();
    const [, b] = plan(diagnoses, context);
    expect(b?.waves.flat().map(({ kind }) => kind)).toEqual([
      'create-interface',
      'disable-source-dest-check',
      'associate-address',
      'launch',
    ]);
  });

  const { tries } = provenOfStandby;
  it.each<[string, readonly Reading[], readonly Reading[], string | undefined]>([
    ['says that it cannot forward', row(3, ofStandby(off)), heard, 'says that it does not forward'],
    ['answers nothing, as the zone’s own does', row(tries, ofStandby('silent')), heard, 'has not answered'],
    ['has been silent for less long', row(tries - 1, ofStandby('silent')), heard, undefined],
    ['was asked ten times at once', row(tries, ofStandby('silent'), 100), heard, undefined],
    ['answers nothing, and nobody does', row(tries, ofStandby('silent')), [], undefined],
    [
      'was not asked, since its probe fails',
      Array.from({ length: tries }, (_, nth) => noReading(now - nth * 2 * secondMs)),
      heard,
      undefined,
    ],
  ])('is replaced, or not, where it %s', (_what, ofB, ofA, detail) => {
    const { replacement, health } = standbyIn({}, ofB, ofA);

    expect(health).toBe(detail === undefined ? 'healthy' : 'suspect');
    expect(replacement?.finding.detail).toEqual(
      detail === undefined ? undefined : expect.stringContaining(`${b1} ${detail}`),
    );
  });

  it.each<[string, Changes, readonly Reading[] | undefined, readonly Reading[], boolean]>([
    ['is ready', {}, row(1, ofStandby(stands)), heard, false],
    ['boots', { b: { launchedAt: now - minuteMs } }, row(1, ofStandby(booting)), heard, true],
    ['may repair itself', {}, row(1, ofStandby(off)), heard, true],
    ['has been silent for a moment', {}, row(1, ofStandby('silent')), heard, true],
    ['has long had no way out', {}, row(1, ofStandby(someHealth({ egress: false }))), heard, false],
    ['cannot be asked', {}, undefined, [], false],
    ['does not run yet', { b: { state: 'pending' } }, [], heard, false],
    ['is to be replaced', {}, row(3, ofStandby(off)), heard, false],
  ])('is waited for, or not, where it %s', (_what, changes, ofB, ofA, isWaitedFor) => {
    const diagnosis = standbyIn(changes, ofB, ofA);

    expect(waitsForReadings(diagnosis, now).map(({ detail }) => detail)).toEqual(
      isWaitedFor ? [`${b1} to be ready to stand by for zone a`] : [],
    );
    if (isWaitedFor) expect(askAgainAfterMs(diagnosis, now)).toBe(secondMs);
  });

  it('is not called ready by EC2’s word alone where it answers nobody', () => {
    expect(standbyIn({}, row(2, ofStandby('silent')), heard).primaryReady).toBe(false);
    expect(standbyIn({}, row(2, ofStandby('silent')), row(2, anAnswer(false, 'silent'))).primaryReady).toBe(
      true,
    );
  });
});
