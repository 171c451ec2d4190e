import { describe, expect, it } from 'vitest';
import { type Unknown, unknown } from '../../../../shared/core/model/observed.ts';
import { secondMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  anInterface,
  diagnoseAndPlan,
  now,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { candidate, candidateInterface, marked, ofB, steady, toGateway } from '../some-scenes.ts';

const denied = unknown('failed', 'no', {
  kind: 'permission',
  code: 'UnauthorizedOperation',
  message: 'no',
  advice: 'allow it',
});
const failed = unknown('failed', 'oops');

const spot = anInstance('a', { replaceMark: { reason: 'spot-interruption', at: now } });
const young = { ...candidate, launchedAt: now - 20 * secondMs };

function beside(primary: Scene['instances'][number]): Partial<Scene> {
  return {
    instances: [primary, young, ...ofB.instances],
    interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
  };
}

function planOf(scene: Partial<Scene>, statuses: Unknown) {
  return diagnoseAndPlan({ ...snapshotOf(scene), statuses }, { memory: steady }).a;
}

describe('what only checks can end, which EC2 denies', () => {
  it.each<[string, Partial<Scene>]>([
    ['a candidate to be ready', beside(marked)],
    ['the primary to be ready, beside what is surplus', beside(anInstance('a'))],
    [
      'the primary to be ready, to take over from a NAT gateway',
      { routeTables: [...ofB.routeTables, ...toGateway] },
    ],
  ])('is not waited for: %s', (_what, scene) => {
    expect(planOf(scene, failed).waits).toHaveLength(1);
    expect(planOf(scene, denied).waits).toEqual([]);
  });

  it('is waited for where time alone may end it too: the primary will soon be gone', () => {
    expect(planOf(beside(spot), denied).waits).toHaveLength(1);
  });

  it('is waited for where a probe may hear from the instance itself', () => {
    const heard = {
      ...snapshotOf(beside(marked)),
      statuses: denied,
      readings: new Map([[zoneName('a'), []]]),
    };

    const { waits } = diagnoseAndPlan(heard, { memory: steady }).a;

    expect(waits.map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(/^candidate .* to be ready/),
    );
  });

  it('launches nothing, unless the primary will soon be gone', () => {
    const launches = (instance: Scene['instances'][number], statuses: Unknown) =>
      planOf({ instances: [instance, ...ofB.instances] }, statuses)
        .waves.flat()
        .filter(({ kind }) => kind === 'launch').length;

    expect(launches(marked, failed)).toBe(1);
    expect(launches(marked, denied)).toBe(0);
    expect(launches(spot, denied)).toBe(1);
  });
});
