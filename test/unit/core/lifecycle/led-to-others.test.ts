import { describe, expect, it } from 'vitest';
import { ledToOthers, strangersIn } from '../../../../shared/core/lifecycle/led-to-others.ts';
import { unknown } from '../../../../shared/core/model/observed.ts';
import type { RouteTarget } from '../../../../shared/core/model/snapshot.ts';
import { diagnoseAndPlan, id, settledScene, snapshotOf } from '../a-snapshot.ts';

const foreign = id('interface', 'f1');
const instance = id('instance', 'f1');
const unread = unknown('failed', 'the route tables did not come');

/** The first private table leads there. */
function strangers(target: RouteTarget, served: Parameters<typeof strangersIn>[1] = [], by?: string) {
  const isPrivate = (subnetIds: readonly string[]) => subnetIds.includes(id('subnet', 'a1'));
  const routeTables = settledScene.routeTables.map((table) =>
    isPrivate(table.subnetIds)
      ? {
          ...table,
          defaultRoute: { target, state: 'active' as const },
          ...(by === undefined ? {} : { takenOver: { by, at: [] } }),
        }
      : table,
  );
  return strangersIn(diagnoseAndPlan(snapshotOf({ routeTables })).diagnoses, served);
}

describe('routes that may be those of another stack', () => {
  it.each([{ kind: 'interface', id: foreign } as const, { kind: 'instance', id: instance } as const])(
    'are those that lead to an $kind which is not ours',
    (target) => {
      expect(strangers(target)).toMatchObject([{ zone: 'a', target: target.id }]);
    },
  );

  it('are not those to a NAT gateway, those in a table with a mark, and those that the stack serves', () => {
    const target = { kind: 'interface', id: foreign } as const;

    expect([
      ...strangers({ kind: 'nat-gateway', id: id('natGateway', '1') }),
      ...strangers(target, [], 'phoenat'),
      ...strangers(target, [], 'another'),
      ...strangers(target, [id('subnet', 'a1')]),
      ...strangersIn(diagnoseAndPlan(snapshotOf()).diagnoses, []),
      ...strangersIn(diagnoseAndPlan({ ...snapshotOf(), routeTables: unread }).diagnoses, []),
    ]).toEqual([]);
  });

  it('are refused where a stack has the interface, or the instance that has it', () => {
    const owned = [{ id: foreign, attachedTo: instance, stack: 'another' }];
    const of = (target: RouteTarget) => ledToOthers(strangers(target), owned);

    expect(of({ kind: 'interface', id: foreign })).toEqual([
      expect.stringMatching(
        /^zone a: the default route of rtb-\w+ leads to eni-\w+, which the stack another has, .* remove the tag if another is gone$/,
      ),
    ]);
    expect(of({ kind: 'instance', id: instance })).toHaveLength(1);
    expect(of({ kind: 'interface', id: id('interface', 'f2') })).toEqual([]);
  });
});
