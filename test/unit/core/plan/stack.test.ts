import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../../shared/core/diagnose/diagnose.ts';
import { finding } from '../../../../shared/core/model/finding.ts';
import type { NatHealth, Reading } from '../../../../shared/core/model/reading.ts';
import type {
  DefaultRoute,
  NatInstance,
  ReplaceReason,
  Snapshot,
} from '../../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { noteWatched } from '../../../../shared/core/plan/clean-up.ts';
import { plan, planZone } from '../../../../shared/core/plan/plan.ts';
import { stackOf } from '../../../../shared/core/plan/stack.ts';
import type { ZonePlan } from '../../../../shared/core/plan/zone-plan.ts';
import {
  anAddress,
  anImage,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  mainTable,
  now,
  planContext,
  publicTable,
  type Scene,
  snapshotOf,
  someSettings,
  vpcId,
  type ZoneLetter,
  zoneName,
  zoneSettings,
} from '../a-snapshot.ts';
import { type Changes, scene } from '../a-stand-in.ts';
import { anAnswer, noReading, noWayOut, off, times } from '../some-readings.ts';

const letters = ['a', 'b', 'c'] as const;

/** How a zone is, besides what keeps it from being diagnosed. */
type Situation = {
  readonly primary: 'well' | 'old' | 'hung' | 'slow-disk' | 'to-rebuild' | 'pending' | 'dead';
  readonly beside: 'nothing' | 'stopped' | 'young candidate' | 'ready candidate';
  readonly drift: 'none' | 'check-on' | 'no-route' | 'gateway';
  readonly launches: number;
  readonly paused: boolean;
  readonly failing: boolean;
};

const well: Situation = {
  primary: 'well',
  beside: 'nothing',
  drift: 'none',
  launches: 0,
  paused: false,
  failing: false,
};

/** Mostly what is common, so that several zones are often in the same trouble at once. */
const situations: fc.Arbitrary<Situation> = fc.record({
  primary: fc.constantFrom('well', 'old', 'hung', 'slow-disk', 'to-rebuild', 'pending', 'dead'),
  beside: fc.constantFrom('nothing', 'nothing', 'nothing', 'stopped', 'young candidate', 'ready candidate'),
  drift: fc.constantFrom('none', 'none', 'none', 'check-on', 'no-route', 'gateway'),
  launches: fc.constantFrom(0, 0, 0, 1, 4),
  paused: fc.constantFrom(false, false, false, true),
  failing: fc.constantFrom(false, false, false, true),
});

const primaries: Readonly<Record<Situation['primary'], Partial<NatInstance>>> = {
  well: {},
  old: { specHash: 'of another time' },
  hung: {},
  'slow-disk': {},
  'to-rebuild': { replaceMark: { reason: 'rebuild', at: now - secondMs } },
  pending: { state: 'pending', launchedAt: now - 5 * secondMs },
  dead: { state: 'terminated', launchedAt: now - 40 * minuteMs },
};

function sceneOf(zone: ZoneLetter, { primary, beside, drift, launches, paused }: Situation): Scene {
  const second = { id: id('instance', `${zone}2`), interfaceId: id('interface', `${zone}2`) };
  const others = {
    nothing: [],
    stopped: [anInstance(zone, { ...second, state: 'stopped' })],
    'young candidate': [anInstance(zone, { ...second, launchedAt: now - 10 * secondMs })],
    'ready candidate': [anInstance(zone, { ...second, launchedAt: now - 5 * minuteMs })],
  };
  const times = Array.from({ length: launches }, (_, nth) => now - (nth + 1) * 8 * minuteMs);
  const { defaultRoute: aimed, ...bare } = aTable(zone, 1);
  const gateway: DefaultRoute = {
    target: { kind: 'nat-gateway', id: id('natGateway', zone) },
    state: 'active',
  };
  const routes = { none: aimed, 'check-on': aimed, 'no-route': undefined, gateway };
  const route = routes[drift];
  return {
    instances: [anInstance(zone, primaries[primary]), ...others[beside]],
    interfaces: [
      anInterface(zone, { sourceDestCheck: drift === 'check-on' }),
      ...others[beside].map((instance) =>
        anInterface(zone, { id: second.interfaceId, attachedTo: instance.id }),
      ),
    ],
    addresses: [anAddress(zone, { launches: times, ...(paused ? { pausedSince: 'today' } : {}) })],
    routeTables: [route === undefined ? bare : { ...bare, defaultRoute: route }, aTable(zone, 2)],
    subnets: [0, 1, 2].map((nth) => ({
      id: id('subnet', `${zone}${nth}`),
      vpcId,
      availabilityZone: `eu-central-1${zone}`,
      cidr: '10.0.0.0/24',
    })),
    statuses: [
      aStatus(`${zone}1`, {
        instance: primary === 'hung' ? 'impaired' : 'ok',
        attachedEbs: primary === 'slow-disk' ? 'impaired' : 'ok',
      }),
      aStatus(`${zone}2`, { instance: beside === 'ready candidate' ? 'ok' : 'initializing' }),
    ],
    images: [],
  };
}

type Situations = Readonly<Record<ZoneLetter, Situation>>;

function sceneOfAll(zones: Situations): Scene {
  const scenes = letters.map((zone) => sceneOf(zone, zones[zone]));
  const internet = { ...publicTable, subnetIds: letters.map((zone) => id('subnet', `${zone}0`)) };
  return {
    instances: scenes.flatMap(({ instances }) => instances),
    interfaces: scenes.flatMap(({ interfaces }) => interfaces),
    addresses: scenes.flatMap(({ addresses }) => addresses),
    routeTables: [internet, mainTable, ...scenes.flatMap(({ routeTables }) => routeTables)],
    subnets: scenes.flatMap(({ subnets }) => subnets),
    statuses: scenes.flatMap(({ statuses }) => statuses),
    images: [anImage('1'), anImage('86', { architecture: 'x86_64' })],
  };
}

const unreadParts = ['instances', 'interfaces', 'addresses', 'routeTables', 'subnets'] as const;
const violations = ['address gone', 'address foreign', 'subnet gone', 'public', 'protected'] as const;
type Trouble = (typeof unreadParts)[number] | (typeof violations)[number];

function leadingTo(scene: Scene, zone: ZoneLetter, kind: 'internet-gateway' | 'other'): Partial<Scene> {
  const defaultRoute: DefaultRoute = { target: { kind, id: 'of-somebody-else' }, state: 'active' };
  const theirs = id('routeTable', `${zone}1`);
  return {
    routeTables: scene.routeTables.map((table) => (table.id === theirs ? { ...table, defaultRoute } : table)),
  };
}

/** What keeps a zone from being diagnosed: a part of it that came unreadable, or an account that does not fit. */
function struckBy(trouble: Trouble, zone: ZoneLetter, scene: Scene): Snapshot {
  const { subnets, addresses } = scene;
  const isTheirs = ({ allocationId }: { readonly allocationId: string }) =>
    allocationId === id('allocation', zone);
  const foreign = { interfaceId: id('interface', 'f') };
  switch (trouble) {
    case 'address gone':
      return snapshotOf({ ...scene, addresses: addresses.filter((address) => !isTheirs(address)) });
    case 'address foreign':
      return snapshotOf({
        ...scene,
        addresses: addresses.map((address) => (isTheirs(address) ? { ...address, ...foreign } : address)),
      });
    case 'subnet gone':
      return snapshotOf({ ...scene, subnets: subnets.filter((one) => one.id !== id('subnet', `${zone}1`)) });
    case 'public':
      return snapshotOf({ ...scene, ...leadingTo(scene, zone, 'internet-gateway') });
    case 'protected':
      return snapshotOf({ ...scene, ...leadingTo(scene, zone, 'other') });
    default: {
      const snapshot = snapshotOf(scene);
      const part = snapshot[trouble];
      if (!part.known) throw new Error('known');
      const flaws = [{ about: [zone], detail: `an entry of zone ${zone} came without its id` }];
      return { ...snapshot, [trouble]: { ...part, value: { ...part.value, flaws } } };
    }
  }
}

const settings = someSettings({ zones: letters.map(zoneSettings) });

function contextFor(snapshot: Snapshot, zones: Situations) {
  const failing = new Set(letters.filter((zone) => zones[zone].failing).map(zoneName));
  return planContext(snapshot, { settings, failing });
}

function diagnosesOf(snapshot: Snapshot, zones: Situations) {
  const context = contextFor(snapshot, zones);
  return settings.zones.map((zone) => diagnose(snapshot, zone, context));
}

function stepsOf({ waves }: ZonePlan): string[] {
  return waves.flat().map((step) => JSON.stringify(step));
}

describe('a zone that is unread, or does not fit its settings', () => {
  const cases = [
    fc.record({ a: situations, b: situations, c: situations }),
    fc.constantFrom(...letters),
    fc.constantFrom<Trouble>(...unreadParts, ...violations),
  ] as const;

  it('leaves the plans of the others as they are in a stack without it', () => {
    fc.assert(
      fc.property(...cases, (zones, struck, trouble) => {
        const snapshot = struckBy(trouble, struck, sceneOfAll(zones));
        const diagnoses = diagnosesOf(snapshot, zones);
        const others = diagnoses.filter(({ zone }) => zone.name !== zoneName(struck));
        const context = contextFor(snapshot, zones);
        const all = plan(diagnoses, context);

        expect(diagnoses.filter(({ kind }) => kind === 'undiagnosed')).toHaveLength(1);
        expect(all.filter(({ zone }) => zone === struck).flatMap(({ waves }) => waves)).toEqual([]);
        expect(all.filter(({ zone }) => zone !== struck)).toEqual(plan(others, context));
      }),
      { numRuns: 250 },
    );
  });

  it('makes the others do nothing that they would not do while it is well, if only to wait', () => {
    fc.assert(
      fc.property(...cases, (drawn, struck, trouble) => {
        const zones = { ...drawn, [struck]: well };
        const scene = sceneOfAll(zones);
        const seen = snapshotOf(scene);
        const context = contextFor(seen, zones);
        const diagnoses = diagnosesOf(seen, zones);
        const stack = stackOf(diagnoses, context);
        // Other work of the zone's own may take the place of a launch that is withheld.
        const wait = finding('another-zone-first', 'wait');
        const waiting = { ...stack, closedGates: new Map(settings.zones.map(({ name }) => [name, wait])) };
        const troubled = struckBy(trouble, struck, scene);

        plan(diagnosesOf(troubled, zones), contextFor(troubled, zones)).forEach((entry, nth) => {
          const diagnosis = diagnoses[nth];
          if (diagnosis === undefined) throw new Error('as many plans as zones');
          const mayDo = [stack, waiting].flatMap((each) => stepsOf(planZone(diagnosis, each, context)));
          expect(mayDo).toEqual(expect.arrayContaining(stepsOf(entry)));
        });
      }),
      { numRuns: 250 },
    );
  });
});

describe('the stack', () => {
  const hung: Situation = { ...well, primary: 'hung' };
  const stackIn = (zones: Situations, names: readonly ZoneLetter[] = letters) => {
    const snapshot = snapshotOf(sceneOfAll(zones));
    const diagnoses = diagnosesOf(snapshot, zones).filter(({ zone }) =>
      names.some((name) => name === zone.name),
    );
    const { allSuspect, closedGates } = stackOf(diagnoses, contextFor(snapshot, zones));
    return { allSuspect, closed: [...closedGates].map(([zone, { code }]) => [zone, code]) };
  };

  it('is suspect as a whole where every zone is, and lets one go first', () => {
    expect(stackIn({ a: hung, b: hung, c: hung })).toEqual({
      allSuspect: true,
      closed: [
        ['b', 'all-zones-suspect'],
        ['c', 'all-zones-suspect'],
      ],
    });
  });

  it.each<[string, Situations, readonly ZoneLetter[]]>([
    ['one zone is well', { a: hung, b: well, c: hung }, letters],
    ['it has a single zone', { a: hung, b: well, c: well }, ['a']],
  ])('is not where %s', (_what, zones, names) => {
    expect(stackIn(zones, names)).toEqual({ allSuspect: false, closed: [] });
  });
});

describe('where no packet passes', () => {
  const silent = times(20, anAnswer(false, 'silent'));
  const own = (zone: ZoneLetter, health: NatHealth, count = 20) =>
    times(count, anAnswer(false, health, id('instance', `${zone}1`)));
  const passes = times(1, anAnswer(true));
  type Heard = Partial<Record<ZoneLetter, readonly Reading[]>>;

  /** What is planned in both zones; zone b is well unless it is heard otherwise. */
  function planned(heard: Heard, scene: Partial<Scene> = {}) {
    const readings = new Map(Object.entries(heard).map(([name, said]) => [zoneName(name), said]));
    const { a, b, diagnoses } = diagnoseAndPlan({ ...snapshotOf(scene), readings });
    const codes = [...diagnoses.flatMap(codesOf), ...codesOf(a), ...codesOf(b)];
    return { a: kindsOf(a).flat(), b: kindsOf(b).flat(), codes };
  }

  it.each<[string, Heard, readonly string[], boolean]>([
    [
      'in one zone, and in the other it does',
      { a: silent, b: passes },
      ['launch', 'disable-source-dest-check'],
      false,
    ],
    [
      'in one zone, and nothing is known of the other',
      { a: silent, b: [] },
      ['launch', 'disable-source-dest-check'],
      false,
    ],
    ['in every zone', { a: silent, b: silent }, [], true],
    ['in every zone, of which one is undecided yet', { a: silent, b: silent.slice(-2) }, [], true],
    ['and the instance says that it is not to blame', { a: own('a', noWayOut), b: passes }, [], true],
    [
      'anywhere, and one instance says that it is to blame',
      { a: own('a', off), b: silent },
      ['launch', 'disable-source-dest-check'],
      false,
    ],
  ])('%s', (_what, heard, steps, isUpstream) => {
    const seen = planned(heard);

    expect(seen.a).toEqual(steps);
    expect(seen.b).toEqual([]);
    expect(seen.codes.includes('upstream-trouble')).toBe(isUpstream);
  });

  const hung = [aStatus('a1', { instance: 'impaired' }), aStatus('b1')];
  const marked = (reason: ReplaceReason) => ({
    instances: [anInstance('a', { replaceMark: { reason, at: now } }), anInstance('b')],
  });
  const heard = { a: own('a', noWayOut), b: own('b', noWayOut) };

  it.each<[string, Partial<Scene>, boolean]>([
    ['what EC2 calls impaired is replaced', { statuses: hung }, true],
    ['what is about to be interrupted is replaced', marked('spot-interruption'), true],
    ['what an operator wants replaced waits', marked('rebuild'), false],
    [
      'what has other settings waits',
      { instances: [anInstance('a', { specHash: 'old' }), anInstance('b')] },
      false,
    ],
  ])('upstream: %s', (_what, scene, launches) => {
    expect(planned(heard, scene).a.includes('launch')).toBe(launches);
  });

  it('in every zone, and nothing has passed yet through the new image of all: one zone tries the noted one', () => {
    const unproven = { imageId: id('image', '2') };
    const instances = [anInstance('a', unproven), anInstance('b', unproven)];
    const seen = planned({ a: silent, b: silent }, { instances });

    expect([seen.a.includes('launch'), seen.b]).toEqual([true, []]);
    const ofOne = planned(
      { a: silent, b: silent },
      { instances: instances.slice(0, 1).concat(anInstance('b')) },
    );
    expect([ofOne.a.includes('launch'), ofOne.b, ofOne.codes.includes('upstream-trouble')]).toEqual([
      true,
      [],
      true,
    ]);
    // It waits for no zone in which nothing is done.
    const successor = anInstance('b', { ...unproven, id: id('instance', 'cb'), launchedAt: now - minuteMs });
    const begun = planned(
      { a: silent, b: silent },
      { instances: [anInstance('a', unproven), anInstance('b'), successor] },
    );
    expect([begun.a.includes('launch'), begun.b]).toEqual([true, []]);
  });

  it('a candidate that is only hoped to forward is not moved to', () => {
    const young = anInstance('a', {
      id: id('instance', 'ca'),
      interfaceId: id('interface', 'ca'),
      launchedAt: now - 5 * minuteMs,
    });
    const interfaces = [
      anInterface('a'),
      anInterface('a', { id: id('interface', 'ca'), attachedTo: young.id, hasOwnPublicAddress: true }),
      anInterface('b'),
    ];
    const scene = { instances: [anInstance('a'), young, anInstance('b')], interfaces };

    expect(planned({ a: silent, b: silent }, scene).a).toEqual([]);
    expect(planned({ a: silent, b: passes }, scene).a).toContain('set-default-route');
  });
});

describe('whom an instance is to watch', () => {
  const settings = { watch: 'on', instanceProfileArn: 'arn:aws:iam::1:instance-profile/nat' } as const;
  const privateIp = '10.0.1.4';

  it('is not itself, where it stands in for the zone that it looks after, and it watches for no other', () => {
    const { diagnoses, context } = scene({ isCarried: true, b: { privateIp }, c: { privateIp }, settings });

    const stack = stackOf(diagnoses, context);
    const { watched } = stack;
    const [a] = diagnoses;
    const ofA = a?.kind === 'diagnosed' && a.primary !== undefined ? { ...a, primary: a.primary } : undefined;

    expect(ofA?.primary.id).toBe(id('instance', 'b1'));
    expect(watched.get(zoneName('a'))).toBeDefined();
    expect(ofA && noteWatched(ofA, stack).waves).toEqual([]);
    expect(watched.get(zoneName('c'))?.instanceId).toBe(id('instance', 'b1'));
    expect(watched.get(zoneName('b'))).toBeUndefined();
    expect(
      plan(diagnoses, context)[0]
        ?.waves.flat()
        .map(({ kind }) => kind),
    ).not.toContain('note-watched');
  });
});

describe('a zone that another one carries', () => {
  // Its own zone has another instance: c's, say.
  const left = {
    isCarried: true,
    addressOfB: { interfaceId: id('interface', 'c1'), privateIp: '10.0.12.9' },
    routesOfB: 'c1',
  } as const;
  const failing = (health: NatHealth) =>
    new Map([
      [zoneName('a'), times(20, anAnswer(false, health, id('instance', 'b1')))],
      [zoneName('b'), times(3, anAnswer(true))],
      [zoneName('c'), times(3, anAnswer(true))],
    ]);
  const verdictOfA = (changes: Changes, health: NatHealth) => {
    const [a] = scene({ ...changes, readings: failing(health) }).diagnoses;
    return a?.kind === 'diagnosed' ? a.verdict : undefined;
  };

  it('is not taken to have trouble upstream by the word of an instance that has no address of its own', () => {
    expect(verdictOfA(left, noWayOut)).toMatchObject({ kind: 'does-not-forward', proof: 'requests' });
    expect(verdictOfA({ isCarried: true }, noWayOut)).toMatchObject({ kind: 'upstream' });
  });

  it('does not hurry home by a few failed requests: its own next instance is launched for no such reason', () => {
    const young = anInstance('a', {
      id: id('instance', 'a2'),
      interfaceId: id('interface', 'a2'),
      launchedAt: now - minuteMs,
    });
    const causeAfter = (tries: number) => {
      const readings = new Map([
        [zoneName('a'), times(tries, anAnswer(false, undefined, id('instance', 'b1')))],
      ]);
      const [a] = scene({ isCarried: true, besideA: [young], readings }).diagnoses;
      return a?.kind === 'diagnosed' ? a.replacement?.finding.code : undefined;
    };

    expect(causeAfter(8)).toBe('stood-in');
    expect(causeAfter(20)).toBe('does-not-forward');
  });

  it('believes such an instance that it does not forward, and what was not answered stays unknown', () => {
    expect(verdictOfA(left, off)).toMatchObject({ kind: 'does-not-forward', proof: 'told' });
    const [a] = scene({ ...left, readings: new Map([[zoneName('a'), [noReading(now - 500)]]]) }).diagnoses;
    expect(a?.kind === 'diagnosed' && a.verdict.kind).toBe('unknown');
  });

  it('is launched for while its carrier is to be rebuilt, which waits for it', () => {
    const replaceMark = { reason: 'rebuild', at: now - minuteMs } as const;
    const launchedAt = now - minuteMs;
    const b2 = anInstance('b', { id: id('instance', 'b2'), interfaceId: id('interface', 'b2'), launchedAt });
    const { diagnoses, context } = scene({ isCarried: true, b: { replaceMark }, besideB: [b2] });
    const [a, b] = plan(diagnoses, context);

    expect(a?.waves.flat().map(({ kind }) => kind)).toContain('launch');
    expect(b?.findings.map(({ code }) => code)).not.toContain('another-zone-first');
    expect(b?.waves.flat()).toEqual([]);
  });
});
