import { describe, expect, it } from 'vitest';
import { tableServing, viewZone } from '../../../../shared/core/diagnose/zone-view.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { anInstance, anInterface, id, mainTable, snapshotOf, someSettings, vpcId } from '../a-snapshot.ts';

describe('the interfaces of a zone', () => {
  const unlisted = anInterface('a', { id: id('interface', 'a9') });

  it.each<[NatInstance['state'], number]>([
    ['running', 1],
    ['stopped', 1],
    // It may go on naming an interface that EC2 has deleted with it.
    ['terminated', 0],
  ])('of an instance that is %s: %d that no listing has', (state, count) => {
    const settings = someSettings();
    const [zone] = settings.zones;
    if (zone === undefined) throw new Error('no zone');
    const instance = anInstance('a', { state, attachedInterface: unlisted });

    const sight = viewZone(snapshotOf({ instances: [instance], interfaces: [] }), settings, zone);

    expect(sight.kind === 'seen' && sight.view.interfaces).toHaveLength(count);
  });
});

describe('the table that routes for a subnet', () => {
  const subnet = id('subnet', 'a1');
  const foreignMain = { ...mainTable, id: id('routeTable', 'ee'), vpcId: id('vpc', '2') };

  it('is the main table of its own VPC, where it has none of its own', () => {
    expect(tableServing([foreignMain, mainTable], vpcId, subnet)?.id).toBe(mainTable.id);
    expect(tableServing([foreignMain], vpcId, subnet)).toBeUndefined();
  });
});
