import { describe, expect, it } from 'vitest';
import { noteRoutesAsFound } from '../../../../shared/core/lifecycle/as-found.ts';
import type { RouteTarget } from '../../../../shared/core/model/snapshot.ts';
import { describeStep } from '../../../../shared/core/report/describe-step.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aTable,
  diagnoseAndPlan,
  id,
  mainTable,
  publicTable,
  type Scene,
  snapshotOf,
} from '../a-snapshot.ts';

const gateway: RouteTarget = { kind: 'nat-gateway', id: id('natGateway', '1') };
const given = { defaultRoute: { target: gateway, state: 'active' } as const, remembered: gateway };

describe('the routes as they are found', () => {
  function notes(scene: Partial<Scene>, isNew = true) {
    const diagnosis = diagnoseAndPlan(snapshotOf({ instances: [], interfaces: [], ...scene })).diagnosisOfA;
    const view = diagnosis.kind === 'diagnosed' ? diagnosis.view : undefined;
    return view === undefined ? [] : noteRoutesAsFound(view, isNew).map(describeStep);
  }
  const tables = (one: Parameters<typeof aTable>[2], other: Parameters<typeof aTable>[2] = {}) => ({
    routeTables: [publicTable, mainTable, aTable('a', 1, one), aTable('a', 2, other)],
  });
  const addresses = [anAddress('a'), anAddress('b')].map(({ interfaceId: _free, ...address }) => address);

  it('are noted: a gateway by its id, none and one that leads nowhere as none', () => {
    const { defaultRoute: _none, ...routeless } = aTable('a', 2);
    const gatewayed = aTable('a', 1, { defaultRoute: { target: gateway, state: 'active' } });

    expect(notes({ addresses, routeTables: [publicTable, mainTable, gatewayed, routeless] })).toEqual([
      'note that the default route of rtb-000000a1 led to nat-00000001',
      'note that rtb-000000a2 had no default route',
    ]);
    const blackhole = { defaultRoute: { target: gateway, state: 'blackhole' } } as const;
    expect(notes({ addresses, ...tables(blackhole, blackhole) })).toEqual([
      'note that rtb-000000a1 had no default route',
      'note that rtb-000000a2 had no default route',
    ]);
  });

  it('are not noted where they lead to our own, by interface or by instance', () => {
    const byInstance = {
      defaultRoute: { target: { kind: 'instance', id: id('instance', 'a1') }, state: 'active' },
    } as const;
    const ours = {
      instances: [anInstance('a')],
      interfaces: [anInterface('a')],
      addresses: [anAddress('a')],
    };

    expect(notes({ ...ours, ...tables({}, byInstance) })).toEqual([]);
  });

  it('replace the note of an earlier stack, but not that of this one', () => {
    const other: RouteTarget = { kind: 'nat-gateway', id: id('natGateway', '2') };
    const stale = { ...given, remembered: other };
    const none = { ...given, remembered: { kind: 'no-route' } } as const;

    expect(notes({ addresses, ...tables(stale, none) })).toHaveLength(2);
    expect(notes({ addresses, ...tables(stale, none) }, false)).toEqual([]);
    const marked = { ...given, takenOver: { by: 'phoenat', at: [] } };
    expect(notes({ addresses, ...tables(marked, marked) })).toEqual([]);
    // Without the mark another stack would not know that this one serves the table.
    expect(notes({ addresses, ...tables(given, marked) })).toHaveLength(1);
  });
});
