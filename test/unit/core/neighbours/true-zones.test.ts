import { describe, expect, it } from 'vitest';
import { unknown } from '../../../../shared/core/model/observed.ts';
import type { Snapshot } from '../../../../shared/core/model/snapshot.ts';
import { standbyName } from '../../../../shared/core/neighbours/standby.ts';
import { withTrueZones } from '../../../../shared/core/neighbours/true-zones.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aTable,
  id,
  type Scene,
  snapshotOf,
  zoneName,
  zoneSettings,
} from '../a-snapshot.ts';

const a = zoneSettings('a');
const standby = {
  ...zoneSettings('b'),
  name: standbyName ?? zoneName('standby'),
  publicSubnetId: a.publicSubnetId,
  privateSubnetIds: [],
  standbyFor: a.name,
};
const settings = { zones: [a, standby] };
const onA = { interfaceId: id('interface', 'a1'), privateIp: '10.0.0.1' };
const onB = { interfaceId: id('interface', 'b1'), privateIp: '10.0.0.2' };
const to = (hex: string) => ({
  defaultRoute: { target: { kind: 'interface', id: id('interface', hex) }, state: 'active' } as const,
});

/** The zones of both instances, which are in one subnet; and of the interface of each. */
function zonesIn(
  changes: Partial<Scene> = {},
  tags: readonly [string, string] = ['a', 'standby'],
  given = settings,
) {
  const zone = (tag: string) => ({ zone: zoneName(tag), subnetId: a.publicSubnetId });
  const snapshot = snapshotOf({
    instances: [anInstance('a', { ...zone(tags[0]), ...onA }), anInstance('b', { ...zone(tags[1]), ...onB })],
    interfaces: [anInterface('a', zone(tags[0])), anInterface('b', zone(tags[1]))],
    addresses: [anAddress('a', onA), anAddress('b', onB)],
    routeTables: [aTable('a', 1, to('a1')), aTable('a', 2, to('a1'))],
    ...changes,
  });
  const found = withTrueZones(snapshot, given);
  const { instances, interfaces } = found;
  if (!instances.known || !interfaces.known) throw new Error('not known');
  expect(interfaces.value.items.map((entry) => entry.zone)).toEqual(
    instances.value.items.map((entry) => entry.zone),
  );
  return instances.value.items.map((entry) => entry.zone);
}

const carried = {
  addresses: [anAddress('a', { ...onB, privateIp: '10.0.0.9' }), anAddress('b', onB)],
  routeTables: [aTable('a', 1, to('b1')), aTable('a', 2, to('b1'))],
};
const asTagged = ['a', 'standby'];

describe('the zones of two instances in one subnet', () => {
  it.each<[string, Partial<Scene>, readonly [string, string]]>([
    ['as they are tagged', {}, ['a', 'standby']],
    ['one of which is tagged wrongly', {}, ['standby', 'standby']],
    ['the other of which is', {}, ['a', 'a']],
    ['both of which are', {}, ['standby', 'a']],
    ['one of which carries the zone', carried, ['a', 'standby']],
    ['one of which carries the zone, and is tagged wrongly', carried, ['a', 'a']],
  ])('are told by what they have: %s', (_how, changes, tags) => {
    expect(zonesIn(changes, tags)).toEqual(asTagged);
  });

  it('are told where the settings have no standby any more', () => {
    expect(zonesIn({}, ['standby', 'standby'], { zones: [a] })).toEqual(asTagged);
  });

  it('are told by their tags where somebody has moved an Elastic IP', () => {
    // The zone's to the standby, and the standby's to the instance that the zone is led to.
    expect(zonesIn({ addresses: [anAddress('a', onB), anAddress('b', onB)] })).toEqual(asTagged);
    expect(zonesIn({ addresses: [anAddress('b', onA)] })).toEqual(asTagged);
  });

  it('are told by their tags where an Elastic IP or a route is not known', () => {
    const snapshot: Snapshot = { ...snapshotOf(), addresses: unknown('failed', 'no answer') };

    expect(withTrueZones(snapshot, settings)).toBe(snapshot);
  });

  it('are told with a sentence for whoever has edited the tag', () => {
    const edited = anInstance('a', { zone: standby.name, subnetId: a.publicSubnetId, ...onA });
    const snapshot = snapshotOf({
      instances: [edited],
      addresses: [anAddress('a', onA)],
      routeTables: [aTable('a', 1, to('a1'))],
    });
    const { instances } = withTrueZones(snapshot, settings);

    expect(instances.known && instances.value.items[0]?.oddTags).toEqual([
      'i-000000a1 has phoenat:zone "standby", and counts for zone a, whose Elastic IP and routes it has: tag it',
    ]);
  });
});
