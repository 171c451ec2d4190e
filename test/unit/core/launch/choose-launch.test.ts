import { describe, expect, it } from 'vitest';
import { chooseLaunch } from '../../../../shared/core/launch/choose-launch.ts';
import { emptyMemory, type Memory } from '../../../../shared/core/memory/memory.ts';
import { refuseImage, refuseType } from '../../../../shared/core/memory/refused.ts';
import { known } from '../../../../shared/core/model/observed.ts';
import type { RouteTable, UndoneCutover } from '../../../../shared/core/model/snapshot.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { commandPlan } from '../../../../shared/core/plan/command.ts';
import {
  anAddress,
  anImage,
  anInstance,
  aStatus,
  aTable,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  specHash,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, times } from '../some-readings.ts';
import { candidate, gateway, marked, ofB, withoutPrimary } from '../some-scenes.ts';

const [a, b] = [zoneName('a'), zoneName('b')];
const { lastGoodImage: _none, ...unnoted } = anAddress('a');
const images = [1, 2, 3, 4].flatMap((nth) => [
  anImage(`${nth}`, { createdAt: now - nth * minuteMs }),
  anImage(`${nth}86`, { architecture: 'x86_64', createdAt: now - nth * minuteMs }),
]);

/** The image that is launched next in zone a, which has no instance and no note; or the finding. */
function chosen(memory: Memory): string {
  const snapshot = snapshotOf({ instances: [anInstance('b')], addresses: [unnoted, anAddress('b')] });
  const { diagnosisOfA } = diagnoseAndPlan(snapshot);
  if (diagnosisOfA.kind !== 'diagnosed') throw new Error('diagnosed');
  const listing = known({ items: images, flaws: [] });
  const context = { settings: someSettings(), now, specHash, images: listing, memory };
  const choice = chooseLaunch(diagnosisOfA, context);
  return choice.kind === 'launch' ? choice.image.id : choice.kind === 'refused' ? choice.finding.detail : '';
}

const refusing = (zone: typeof a, hexes: readonly string[], memory = emptyMemory) =>
  hexes.reduce((learned, hex) => refuseImage(learned, zone, id('image', hex)), memory);

describe('images that EC2 refuses', () => {
  it('are tried three times in a zone, the newest first', () => {
    expect(['1', '2', '3'].map((_hex, nth, all) => chosen(refusing(a, all.slice(0, nth))))).toEqual(
      ['1', '2', '3'].map((hex) => id('image', hex)),
    );
    expect(chosen(refusing(a, ['1', '2', '3']))).toMatch(
      /^EC2 would launch none of ami-00000001, ami-00000002, ami-00000003, so no more are tried in zone a/,
    );
  });

  it('in another zone, or that only notes name, take no try away', () => {
    expect(chosen(refusing(b, ['1', '2', '3']))).toBe(id('image', '1'));
    expect(chosen(refusing(a, ['a1', 'a2', 'a3']))).toBe(id('image', '1'));
  });

  it('of one architecture leave the three tries of the other', () => {
    const withoutArm = refuseType(refusing(a, ['1', '2', '3']), a, 't4g.nano');

    expect(chosen(withoutArm)).toBe(id('image', '186'));
    expect(chosen(refusing(a, ['186', '286'], withoutArm))).toBe(id('image', '386'));
    expect(chosen(refusing(a, ['186', '286', '386'], withoutArm))).toMatch(/^EC2 would launch none of/);
  });
});

describe('an image of which a cutover was undone', () => {
  const undone = (hex: string, agoMs: number, changes: Partial<UndoneCutover> = {}) => ({
    instanceId: candidate.id,
    imageId: id('image', hex),
    specHash,
    at: now - agoMs,
    ...changes,
  });
  const planFor = (
    undoneCutovers: readonly UndoneCutover[],
    { lastGood, mark = now - hourMs, ...scene }: Partial<Scene> & { lastGood?: string; mark?: number } = {},
  ) => {
    const { lastGoodImage: _none, ...address } = anAddress('a', { undoneCutovers });
    const note = { imageId: id('image', lastGood ?? ''), architecture: 'arm64' } as const;
    const { a: planned } = diagnoseAndPlan(
      snapshotOf({
        instances: [anInstance('a', { replaceMark: { reason: 'rebuild', at: mark } }), ...ofB.instances],
        images,
        addresses: [lastGood === undefined ? address : { ...address, lastGoodImage: note }, anAddress('b')],
        ...scene,
      }),
    );
    const launch = planned.waves.flat().find((step) => step.kind === 'launch');
    return launch?.kind === 'launch' ? launch.image.id : codesOf(planned).join();
  };

  it('gives way to the one that last worked, or to the next newest', () => {
    expect(planFor([undone('1', minuteMs)], { lastGood: '3' })).toBe(id('image', '3'));
    expect(planFor([undone('1', minuteMs)])).toBe(id('image', '2'));
    expect(planFor([undone('1', minuteMs), undone('3', minuteMs)], { lastGood: '3' })).toBe('cutover-undone');
  });

  it('is tried once more after ten minutes, and then not for a day', () => {
    const first = undone('1', 9 * minuteMs);
    const lastGood = '1';

    expect(planFor([first], { lastGood })).toBe('cutover-undone');
    expect(planFor([undone('1', 10 * minuteMs)], { lastGood })).toBe(id('image', '1'));
    expect(planFor([undone('1', 10 * minuteMs), undone('1', hourMs)], { lastGood })).toBe('cutover-undone');
    expect(planFor([undone('1', 10 * minuteMs), undone('1', dayMs)], { lastGood })).toBe(id('image', '1'));
  });

  it('is followed by other images, but three fail with the same settings in a day at most', () => {
    const two = [undone('2', 10 * minuteMs), undone('1', 20 * minuteMs)];
    const three = [...two, undone('3', hourMs)];

    expect(planFor(two)).toBe(id('image', '3'));
    expect(planFor(three)).toBe('cutover-undone');
    expect(planFor(three, { mark: now - secondMs })).toBe(id('image', '4'));
    expect(planFor([...two, undone('3', dayMs)])).toBe(id('image', '3'));
    expect(planFor([...two, undone('3', hourMs, { specHash: 'other' })])).toBe(id('image', '4'));
  });

  it('is tried with other settings, where somebody asks for it, and where nothing works', () => {
    const lastGood = '1';
    const impaired = { statuses: [aStatus('a1', { system: 'impaired' }), aStatus('b1')] };

    expect(planFor([undone('1', minuteMs, { specHash: 'other' })], { lastGood })).toBe(id('image', '1'));
    expect(planFor([undone('1', minuteMs)], { lastGood, mark: now - secondMs })).toBe(id('image', '1'));
    expect(planFor([undone('1', minuteMs)], { lastGood, ...impaired })).toBe(id('image', '1'));
  });

  it('keeps no operator from another trial', () => {
    const trigger = {
      kind: 'manual',
      command: { action: 'rebuild', immediate: false, dryRun: false },
      at: now,
    } as const;
    const snapshot = snapshotOf({
      addresses: [anAddress('a', { undoneCutovers: [undone('1', minuteMs)] }), anAddress('b')],
    });
    const { diagnosisOfA } = diagnoseAndPlan(snapshot);
    const context = { now, settings: someSettings(), specHash, memory: emptyMemory };

    expect(kindsOf(commandPlan(trigger, diagnosisOfA, snapshot, context))).toEqual([
      ['mark-for-replacement'],
    ]);
  });
});

describe('a primary whose takeover was undone', () => {
  it('counts against its image', () => {
    const led = (nth: number) =>
      aTable('a', nth, {
        defaultRoute: { target: gateway, state: 'active' },
        remembered: gateway,
        takenOver: { by: 'phoenat', at: [], ledBack: { at: now - minuteMs, from: marked.id } },
      });
    const launched = (...tables: readonly RouteTable[]) => {
      const { a: planned } = diagnoseAndPlan(
        snapshotOf({
          instances: [{ ...marked, imageId: id('image', '1') }, ...ofB.instances],
          images,
          addresses: [
            anAddress('a', { lastGoodImage: { imageId: id('image', '3'), architecture: 'arm64' } }),
            anAddress('b'),
          ],
          routeTables: [...ofB.routeTables, ...tables],
        }),
      );
      return planned.waves.flat().find(({ kind }) => kind === 'launch');
    };

    expect(launched(led(1), led(2))).toMatchObject({ image: { id: id('image', '3') } });
    expect(launched(aTable('a', 1), aTable('a', 2))).toMatchObject({ image: { id: id('image', '1') } });
  });
});

describe('a primary that does not forward', () => {
  it('counts against its image', () => {
    const snapshot = snapshotOf({
      instances: [anInstance('a', { imageId: id('image', '1'), launchedAt: now - hourMs }), ...ofB.instances],
      images,
      addresses: [
        anAddress('a', { lastGoodImage: { imageId: id('image', '3'), architecture: 'arm64' } }),
        anAddress('b'),
      ],
    });
    const readings = new Map([[zoneName('a'), times(20, anAnswer(false, 'silent'))]]);
    const launch = diagnoseAndPlan({ ...snapshot, readings }).a.waves.flat()[0];

    expect(launch).toMatchObject({ kind: 'launch', image: { id: id('image', '3') } });
  });
});

describe('a launch', () => {
  const down = withoutPrimary('terminated');

  it('takes the next type where one was refused, with the image of its architecture', () => {
    const memory = { ...emptyMemory, refusedTypes: new Map([[zoneName('a'), new Set(['t4g.nano'])]]) };
    const launch = diagnoseAndPlan(snapshotOf(down), { memory }).a.waves.at(-1)?.[0];

    expect(launch).toMatchObject({
      instanceType: 't3.nano',
      image: { id: id('image', '86'), architecture: 'x86_64' },
    });
  });

  it('is refused when no type is left', () => {
    const memory = {
      ...emptyMemory,
      refusedTypes: new Map([[zoneName('a'), new Set(['t4g.nano', 't3.nano'])]]),
    };
    const { a } = diagnoseAndPlan(snapshotOf(down), { memory });

    expect([kindsOf(a), codesOf(a)]).toEqual([[], ['no-instance-type-left']]);
  });

  it('asks for the images where nobody has read them, for a recovery and for a candidate', () => {
    const unread = { known: false, cause: 'not-read', detail: '' } as const;

    expect(diagnoseAndPlan({ ...snapshotOf(down), images: unread }).a.needsImages).toBe(true);
    expect(
      diagnoseAndPlan({ ...snapshotOf({ instances: [marked, ...ofB.instances] }), images: unread }).a
        .needsImages,
    ).toBe(true);
  });

  it('waits where the images could not be read, for a recovery and for a candidate', () => {
    const failed = { known: false, cause: 'failed', detail: 'DescribeImages: no' } as const;

    for (const scene of [down, { instances: [marked, ...ofB.instances] }]) {
      const { a } = diagnoseAndPlan({ ...snapshotOf(scene), images: failed });
      expect([kindsOf(a), codesOf(a), a.waits.length]).toEqual([[], ['images-unread'], 1]);
    }
  });

  it.each([
    ['a recovery', down],
    ['a candidate', { instances: [marked, ...ofB.instances] }],
  ])(
    'of %s without any image is refused with the selector’s name, unless one is remembered',
    (_case, scene) => {
      const forgotten = [
        anAddress('a', { lastGoodImage: { imageId: id('image', '1'), architecture: 'x86_64' } }),
        anAddress('b'),
      ];
      const none = diagnoseAndPlan(snapshotOf({ ...scene, images: [], addresses: forgotten })).a;
      const remembered = diagnoseAndPlan(snapshotOf({ ...scene, images: [] })).a;

      expect([kindsOf(none), codesOf(none)]).toEqual([[], ['image-not-found']]);
      expect(remembered.waves.flat().find(({ kind }) => kind === 'launch')).toMatchObject({
        image: { id: id('image', '1') },
      });
      expect(codesOf(remembered)).toEqual(['image-not-found', 'image-fallback']);
    },
  );
});
