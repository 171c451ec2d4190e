import { describe, expect, it } from 'vitest';
import { tableServing, viewZone } from '../../../../shared/core/diagnose/zone-view.ts';
import { known, type Observed, unknown } from '../../../../shared/core/model/observed.ts';
import type { ProbeAnswer } from '../../../../shared/core/model/reading.ts';
import type {
  Flaw,
  Listing,
  NatInstance,
  Snapshot,
  SnapshotPart,
} from '../../../../shared/core/model/snapshot.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  diagnoseAndPlan,
  id,
  kindsOf,
  mainTable,
  now,
  publicTable,
  settledScene,
  snapshotOf,
  someSettings,
  vpcId,
  zoneName,
  zoneSettings,
} from '../a-snapshot.ts';
import { type Changes, letters, scene, to } from '../a-stand-in.ts';
import { anAnswer, aReading, off, someHealth } from '../some-readings.ts';
import { ofB, steady } from '../some-scenes.ts';

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

describe('a zone', () => {
  it('has the main table for private subnets without a table of their own', () => {
    const main = {
      ...mainTable,
      defaultRoute: { target: { kind: 'interface', id: id('interface', 'a1') }, state: 'active' },
    } as const;
    const { diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({ routeTables: [publicTable, main, aTable('b', 1), aTable('b', 2)] }),
    );

    expect(diagnosisOfA).toMatchObject({
      health: 'healthy',
      view: { privateTables: [{ table: { id: mainTable.id } }] },
    });
  });

  it('has no instance in another VPC: an earlier stack of the same name left it', () => {
    const elsewhere = anInstance('a', {
      id: id('instance', 'e'),
      vpcId: id('vpc', '2'),
      interfaceId: id('interface', 'e'),
    });
    const { a, diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({ instances: [anInstance('a'), elsewhere, ...ofB.instances] }),
      { memory: steady },
    );

    expect([a.waves, diagnosisOfA]).toMatchObject([[], { health: 'healthy', surplus: [] }]);
  });

  it('has no interface that only a terminated instance goes on naming', () => {
    const dead = anInstance('a', {
      id: id('instance', 'd1'),
      state: 'terminated',
      interfaceId: id('interface', 'd1'),
      attachedInterface: anInterface('a', { id: id('interface', 'd1') }),
    });

    expect(
      kindsOf(
        diagnoseAndPlan(snapshotOf({ instances: [dead, anInstance('a'), ...ofB.instances] }), {
          memory: steady,
        }).a,
      ),
    ).toEqual([]);
  });

  it('has the interface that DescribeInstances shows, where the interface has lost its tag', () => {
    const attached = anInstance('a', { attachedInterface: anInterface('a', { sourceDestCheck: true }) });
    const scene = { instances: [attached, ...ofB.instances], interfaces: [...ofB.interfaces] };

    expect(kindsOf(diagnoseAndPlan(snapshotOf(scene)).a)).toEqual([['disable-source-dest-check']]);
    expect(kindsOf(diagnoseAndPlan(snapshotOf({ ...scene, interfaces: settledScene.interfaces })).a)).toEqual(
      [],
    );
  });
});

describe('what other zones’ probes were to ask an instance', () => {
  const b1 = id('instance', 'b1');
  const own = anAnswer(true, someHealth(), b1);
  const [silent, odd, answered] = (['silent', 'odd', off] as const).map(
    (word) => anAnswer(true, word).instances,
  );

  function soughtIn(...answers: readonly ProbeAnswer[]) {
    const readings = new Map([
      [zoneName('a'), [aReading({ ...own, beside: answered ?? [] }, now - 9)]],
      [zoneName('b'), answers.map((answer, nth) => aReading(answer, now + nth))],
    ]);
    const [zone] = someSettings().zones;
    if (zone === undefined) throw new Error('no zone');
    const sight = viewZone({ ...snapshotOf(), readings }, someSettings(), zone);
    return sight.kind === 'seen' ? sight.view.soughtElsewhere(id('instance', 'a1')) : undefined;
  }

  it('is heard in whatever comes back, and unheard where the same probe hears somebody else', () => {
    const beside = [silent, odd, answered].map((list) => ({ ...own, beside: list ?? [] }));

    expect(soughtIn(...beside)).toEqual([
      { askedAt: now, isHeard: false },
      { askedAt: now + 1, isHeard: true },
      { askedAt: now + 2, isHeard: true },
    ]);
  });

  it('is heard, or not, in the same way where the instance carries that zone', () => {
    const carried = [silent, answered].map((list) => ({
      ...own,
      instances: [...(list ?? []), ...own.instances],
    }));

    expect(soughtIn(...carried)).toEqual([
      { askedAt: now, isHeard: false },
      { askedAt: now + 1, isHeard: true },
    ]);
  });

  it('is unknown where the probe hears nobody, or was not to ask', () => {
    const deaf = anAnswer(true, 'silent', b1);

    expect(soughtIn({ ...deaf, beside: silent ?? [] }, own, { ...own, beside: own.instances })).toEqual([]);
  });
});

describe('the latest request that passed in another zone', () => {
  const settings = someSettings({ standIn: 'on', zones: letters.map(zoneSettings) });
  const passedAt = (letter: (typeof letters)[number], at: number) =>
    [zoneName(letter), [aReading(anAnswer(true), at)]] as const;
  const readings = new Map([passedAt('a', now - 1), passedAt('b', now - 2), passedAt('c', now - 3)]);

  function passedBeside(suspect: NatInstance, letter: (typeof letters)[number], changes: Changes) {
    const zone = settings.zones.find(({ name }) => name === letter);
    if (zone === undefined) throw new Error('no zone');
    const sight = viewZone({ ...scene(changes).snapshot, readings }, settings, zone);
    return sight.kind === 'seen' ? sight.view.passedElsewhereAt(suspect) : undefined;
  }

  it.each<[string, Changes, number | undefined]>([
    ['is of whichever zone', {}, now - 1],
    ['is of none that the suspect carries', { isCarried: true }, now - 3],
    ['is of none whose routes lead to it, wherever its Elastic IP is', { routesOfA: to('b1') }, now - 3],
    ['is of none whose Elastic IP it has', { addressOfA: { interfaceId: id('interface', 'b1') } }, now - 3],
  ])('%s', (_case, changes, at) => {
    expect(passedBeside(anInstance('b'), 'b', changes)).toBe(at);
  });

  it('is, for a carried zone, of neither itself nor its carrier’s', () => {
    expect(passedBeside(anInstance('b'), 'a', { isCarried: true })).toBe(now - 3);
  });
});

describe('what could not be read', () => {
  const needed = [
    'instances',
    'interfaces',
    'addresses',
    'routeTables',
    'subnets',
  ] as const satisfies readonly SnapshotPart[];
  const down = snapshotOf({
    instances: [anInstance('a', { state: 'terminated' }), anInstance('b', { state: 'terminated' })],
  });

  it.each(needed)('%s unknown: no step in any zone, and another look soon', (part) => {
    const { diagnoses, plans } = diagnoseAndPlan({ ...down, [part]: unknown('failed', `${part}: no`) });

    expect(diagnoses.map(({ health, findings }) => [health, findings])).toEqual([
      ['unknown', [{ code: 'unreadable', detail: `${part}: no` }]],
      ['unknown', [{ code: 'unreadable', detail: `${part}: no` }]],
    ]);
    expect(plans.map(({ waves, waits }) => [waves.length, waits.length])).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it.each(needed)('%s with a flaw about one zone holds that zone, about nothing holds all', (part) => {
    const flawed = (flaw: Flaw): Snapshot => ({ ...down, [part]: withFlaw<unknown>(down[part], flaw) });
    const healthOf = (flaw: Flaw) => diagnoseAndPlan(flawed(flaw)).diagnoses.map(({ health }) => health);

    expect(healthOf({ about: [id('subnet', 'a1')], detail: 'x' })).toEqual(['unknown', 'down']);
    expect(healthOf({ about: ['b'], detail: 'x' })).toEqual(['down', 'unknown']);
    expect(healthOf({ about: ['somebody else'], detail: 'x' })).toEqual(['down', 'down']);
    expect(healthOf({ about: [], detail: 'x' })).toEqual(['unknown', 'unknown']);
  });

  it('statuses unknown: nothing is suspect, nothing is ready', () => {
    const impaired = snapshotOf({ statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('b1')] });
    const flaw = { about: [id('instance', 'a1')], detail: 'x' };

    for (const statuses of [unknown('failed', 'no'), withFlaw(impaired.statuses, flaw)]) {
      const { diagnosisOfA } = diagnoseAndPlan({ ...impaired, statuses });
      expect(diagnosisOfA).toMatchObject({ health: 'healthy', primaryReady: false });
    }
  });

  it('a foreign interface is not taken for ours because our own list is of another zone', () => {
    const scene = {
      addresses: [anAddress('a', { interfaceId: id('interface', 'b1') }), anAddress('b')],
      interfaces: [anInterface('b')],
    };

    expect(diagnoseAndPlan(snapshotOf(scene), { settings: someSettings() }).diagnosisOfA.health).toBe(
      'drifted',
    );
  });
});

function withFlaw<T>(part: Observed<Listing<T>>, flaw: Flaw): Observed<Listing<T>> {
  return part.known ? known({ items: part.value.items, flaws: [flaw] }) : part;
}
