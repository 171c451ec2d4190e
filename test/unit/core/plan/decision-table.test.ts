import { describe, expect, it } from 'vitest';
import { launchLimit } from '../../../../shared/core/launch/breaker.ts';
import {
  emptyMemory,
  type Memory,
  rememberCarrier,
  rememberLaunch,
} from '../../../../shared/core/memory/memory.ts';
import type { ImageId } from '../../../../shared/core/model/ids.ts';
import type { NatInstance, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anImage,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  codesOf,
  id,
  judge,
  kindsOf,
  mainTable,
  now,
  publicTable,
  type Scene,
  settledScene,
  snapshotOf,
  someSettings,
  specHash,
  zoneName,
} from '../a-snapshot.ts';

const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;
/** Noted a moment ago, as a takeover is. */
const takenOver = { by: 'phoenat', at: [now - secondMs] };
const gone = { kind: 'interface', id: id('interface', 'dead') } as const;
const b = {
  instances: [anInstance('b')],
  interfaces: [anInterface('b')],
  routeTables: [publicTable, mainTable, aTable('b', 1), aTable('b', 2)],
};
const toGateway = [1, 2].map((nth) =>
  aTable('a', nth === 1 ? 1 : 2, { defaultRoute: { target: gateway, state: 'active' } }),
);
const blackholed = [1, 2].map((nth) =>
  aTable('a', nth === 1 ? 1 : 2, { defaultRoute: { target: gone, state: 'blackhole' } }),
);
const candidate = anInstance('a', {
  id: id('instance', 'ca'),
  interfaceId: id('interface', 'ca'),
  launchedAt: now - 3 * minuteMs,
});
const candidateInterface = anInterface('a', {
  id: id('interface', 'ca'),
  attachedTo: id('instance', 'ca'),
  hasOwnPublicAddress: true,
});
const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
const steady: Memory = rememberCarrier(emptyMemory, zoneName('a'), id('instance', 'a1'), now - 11 * secondMs);

function inGroups(...hexes: readonly string[]): Partial<Scene> {
  const securityGroupIds = hexes.map((hex) => id('securityGroup', hex));
  return { interfaces: [anInterface('a', { securityGroupIds }), ...b.interfaces] };
}

function withoutPrimary(state: 'shutting-down' | 'terminated' | 'stopping' | 'stopped'): Partial<Scene> {
  return { instances: [anInstance('a', { state }), ...b.instances], statuses: [aStatus('b1')] };
}

type Row = readonly [seen: string, scene: Partial<Scene>, done: string[][], memory?: Memory];

const recovery = [
  ['create-interface'],
  ['disable-source-dest-check', 'associate-address', 'set-default-route', 'set-default-route'],
  ['launch'],
];

const rows: readonly Row[] = [
  ['nothing wrong', {}, []],
  ['primary shutting down', withoutPrimary('shutting-down'), recovery],
  ['primary terminated', withoutPrimary('terminated'), recovery],
  ['primary stopping', withoutPrimary('stopping'), recovery],
  ['primary stopped', withoutPrimary('stopped'), recovery],
  ['nothing ever launched', { ...b, ...noZoneA() }, recovery],
  [
    'primary gone, its interface free and still aimed at',
    {
      ...withoutPrimary('terminated'),
      interfaces: [anInterface('a', { status: 'available' }), ...b.interfaces],
    },
    [['launch']],
  ],
  [
    'primary gone, a free interface that nothing is aimed at and that checks',
    {
      ...withoutPrimary('terminated'),
      interfaces: [
        anInterface('a', { id: id('interface', 'fe'), status: 'available', sourceDestCheck: true }),
        ...b.interfaces,
      ],
    },
    [
      ['disable-source-dest-check', 'associate-address', 'set-default-route', 'set-default-route'],
      ['launch'],
    ],
  ],
  [
    'no primary yet, a NAT gateway carries the traffic: its routes are left alone',
    { ...b, ...noZoneA(), routeTables: [...b.routeTables, ...toGateway] },
    [['create-interface'], ['disable-source-dest-check', 'associate-address'], ['launch']],
  ],
  [
    'primary not ready, a NAT gateway carries the traffic',
    {
      routeTables: [...b.routeTables, ...toGateway],
      statuses: [aStatus('a1', { instance: 'initializing' })],
    },
    [],
  ],
  [
    'primary ready, a NAT gateway carries the traffic: remembered first',
    { routeTables: [...b.routeTables, ...toGateway] },
    [['remember-route-target', 'remember-route-target']],
  ],
  [
    'primary ready, a NAT gateway carries the traffic and is remembered: taken over, and that noted',
    {
      routeTables: [
        ...b.routeTables,
        ...toGateway.map((table) => ({ ...table, remembered: gateway, takenOver })),
      ],
    },
    [
      ['set-default-route', 'set-default-route'],
      ['note-takeover', 'note-takeover'],
    ],
  ],
  [
    'source/destination check on',
    { interfaces: [anInterface('a', { sourceDestCheck: true }), ...b.interfaces] },
    [['disable-source-dest-check']],
  ],
  ['another security group', inGroups('2'), [['set-security-groups']]],
  ['a further security group', inGroups('1', '2'), [['set-security-groups']]],
  ['its own security group, named twice', inGroups('1', '1'), []],
  ['Elastic IP on nothing', { addresses: [withoutInterface(), anAddress('b')] }, [['associate-address']]],
  [
    'one route missing',
    { routeTables: [...b.routeTables, withoutRoute(), aTable('a', 2)] },
    [['set-default-route']],
  ],
  [
    'routes blackholed',
    { routeTables: [...b.routeTables, ...blackholed] },
    [['set-default-route', 'set-default-route']],
  ],
  [
    'primary pending, aimed at before its launch',
    { instances: [anInstance('a', { state: 'pending', launchedAt: now - secondMs }), ...b.instances] },
    [],
  ],
  [
    'primary pending and the Elastic IP elsewhere: neither it nor the routes can move yet',
    {
      instances: [anInstance('a', { state: 'pending', launchedAt: now - secondMs }), ...b.instances],
      addresses: [withoutInterface(), anAddress('b')],
      routeTables: [...b.routeTables, ...blackholed],
    },
    [],
  ],
  [
    'primary without an interface yet',
    {
      instances: [pendingWithoutInterface(), ...b.instances],
      addresses: [withoutInterface(), anAddress('b')],
    },
    [],
  ],
  [
    'primary impaired',
    { statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('b1')] },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'primary with an impaired volume',
    { statuses: [aStatus('a1', { attachedEbs: 'impaired' }), aStatus('b1')] },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'primary to be retired',
    {
      statuses: [aStatus('a1', { events: [{ code: 'instance-retirement', notBefore: now }] }), aStatus('b1')],
    },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'primary to be stopped by EC2, at a time that it does not say',
    { statuses: [aStatus('a1', { events: [{ code: 'instance-stop' }] }), aStatus('b1')] },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'primary to be rebooted by EC2',
    { statuses: [aStatus('a1', { events: [{ code: 'system-reboot' }] }), aStatus('b1')] },
    [],
  ],
  [
    'primary of another specification',
    { instances: [anInstance('a', { specHash: 'old' }), ...b.instances] },
    [['launch'], ['disable-source-dest-check']],
  ],
  ['rebuild asked for', { instances: [marked, ...b.instances] }, [['launch'], ['disable-source-dest-check']]],
  [
    'immediate rebuild asked for: the primary counts as gone',
    {
      instances: [anInstance('a', { replaceMark: { reason: 'rebuild-immediate', at: now } }), ...b.instances],
    },
    recovery,
  ],
  [
    'candidate pending, its check still on',
    {
      instances: [marked, { ...candidate, state: 'pending' }, ...b.instances],
      interfaces: [anInterface('a'), { ...candidateInterface, sourceDestCheck: true }, ...b.interfaces],
    },
    [['disable-source-dest-check']],
  ],
  [
    'candidate not ready',
    {
      instances: [marked, candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      statuses: [aStatus('a1'), aStatus('ca', { system: 'initializing' }), aStatus('b1')],
    },
    [],
  ],
  [
    'candidate ready: its own address given up, the routes, the Elastic IP',
    {
      instances: [marked, candidate, ...b.instances],
      interfaces: [anInterface('a'), { ...candidateInterface, sourceDestCheck: true }, ...b.interfaces],
      statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
    },
    [
      ['give-up-own-address', 'disable-source-dest-check'],
      ['set-default-route', 'set-default-route'],
      ['associate-address'],
    ],
  ],
  [
    'cut off between the routes and the Elastic IP: carried on, not moved back',
    {
      instances: [marked, candidate, ...b.instances],
      interfaces: [anInterface('a'), { ...candidateInterface, hasOwnPublicAddress: false }, ...b.interfaces],
      statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
      routeTables: [
        ...b.routeTables,
        aTable('a', 1, {
          defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
        }),
        aTable('a', 2, {
          defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
        }),
      ],
    },
    [['associate-address']],
  ],
  [
    'candidate impaired',
    {
      instances: [marked, candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      statuses: [aStatus('a1'), aStatus('ca', { instance: 'impaired' }), aStatus('b1')],
    },
    [['terminate']],
  ],
  [
    'candidate ready, and about to be retired as well: another one',
    {
      instances: [marked, candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      statuses: [aStatus('a1'), aStatus('ca', { events: [{ code: 'instance-retirement' }] }), aStatus('b1')],
    },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'candidate not ready in time',
    {
      instances: [marked, { ...candidate, launchedAt: now - 11 * minuteMs }, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      statuses: [aStatus('a1'), aStatus('b1')],
    },
    [['terminate']],
  ],
  [
    'primary unreachable, candidate booted but not through its checks',
    {
      instances: [anInstance('a'), candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      statuses: [
        aStatus('a1', { system: 'impaired' }),
        aStatus('ca', { instance: 'initializing' }),
        aStatus('b1'),
      ],
    },
    [['give-up-own-address'], ['set-default-route', 'set-default-route'], ['associate-address']],
  ],
  [
    'a second instance, the traffic steady on the first',
    {
      instances: [anInstance('a'), candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
    },
    [['terminate']],
    steady,
  ],
  [
    'a second instance, the traffic only just seen on the first',
    {
      instances: [anInstance('a'), candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
    },
    [],
  ],
  [
    'a second instance, the first not through its checks',
    {
      instances: [anInstance('a'), candidate, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      statuses: [aStatus('a1', { instance: 'initializing' }), aStatus('b1')],
    },
    [],
    steady,
  ],
  [
    'an interface that nothing uses',
    {
      interfaces: [
        anInterface('a'),
        anInterface('a', { id: id('interface', 'fe'), status: 'available' }),
        ...b.interfaces,
      ],
    },
    [['delete-interface']],
    steady,
  ],
  [
    'an interface whose instance is still going',
    {
      instances: [anInstance('a'), { ...candidate, state: 'shutting-down' }, ...b.instances],
      interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
      addresses: [anAddress('a', { launches: [candidate.launchedAt] }), anAddress('b')],
    },
    [],
    steady,
  ],
  [
    'a stopped instance beside a well one',
    { instances: [anInstance('a'), { ...candidate, state: 'stopped' }, ...b.instances] },
    [['terminate']],
    steady,
  ],
  [
    'an image that works and is not remembered',
    {
      addresses: [
        anAddress('a', { lastGoodImage: { imageId: id('image', 'e'), architecture: 'arm64' } }),
        anAddress('b'),
      ],
    },
    [['remember-image']],
  ],
  [
    'an instance of this hour that is no more, and whose tags EC2 will forget',
    { instances: [anInstance('a'), { ...candidate, state: 'terminated' }, ...b.instances] },
    [['remember-launches']],
  ],
  [
    'paused, and nothing there',
    {
      ...withoutPrimary('terminated'),
      addresses: [anAddress('a', { pausedSince: 'today' }), anAddress('b')],
    },
    [],
  ],
];

function noZoneA(): Partial<Scene> {
  return {
    addresses: [withoutInterface(), anAddress('b')],
    routeTables: [...b.routeTables, ...blackholed],
    statuses: [aStatus('b1')],
  };
}

function withoutInterface() {
  const { interfaceId: _none, ...address } = anAddress('a');
  return address;
}

function withoutRoute() {
  const { defaultRoute: _none, ...table } = aTable('a', 1);
  return table;
}

function pendingWithoutInterface() {
  const { interfaceId: _none, ...instance } = anInstance('a', { state: 'pending', launchedAt: now });
  return instance;
}

function imageLaunched(scene: Partial<Scene>, memory = emptyMemory): string | undefined {
  const steps = judge(snapshotOf(scene), { memory }).a.waves.flat();
  return steps.flatMap((step) => (step.kind === 'launch' ? [step.image.id] : []))[0];
}

describe('what is seen in a zone, and what is done', () => {
  for (const [seen, scene, done, memory = emptyMemory] of rows) {
    it(seen, () => {
      const { a, b: other } = judge(snapshotOf(scene), { memory });

      expect(kindsOf(a)).toEqual(done);
      expect(other.waves).toEqual([]);
    });
  }
});

describe('waiting', () => {
  it.each([
    [
      'a pending primary',
      { instances: [anInstance('a', { state: 'pending', launchedAt: now }), ...b.instances] },
      /i-000000a1 to run/,
    ],
    [
      'a primary that is not ready to take over',
      {
        routeTables: [...b.routeTables, ...toGateway],
        statuses: [aStatus('a1', { instance: 'initializing' })],
      },
      /before it takes over rtb-000000a1, rtb-000000a2/,
    ],
    [
      'a surplus instance whose successor is not through its checks',
      {
        instances: [anInstance('a'), candidate, ...b.instances],
        interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
        statuses: [aStatus('a1', { instance: 'initializing' })],
      },
      /i-000000a1 to be ready before i-000000ca is terminated/,
    ],
  ] satisfies readonly (readonly [string, Partial<Scene>, RegExp])[])('%s is said', (_case, scene, text) => {
    const { a } = judge(snapshotOf(scene), { memory: steady });

    expect(a.waits.map(({ detail }) => detail).join()).toMatch(text);
  });

  it('for a launch that is not listed yet, and no longer than a minute', () => {
    const scene = { ...b, ...noZoneA() };
    const launched = (at: number) => rememberLaunch(emptyMemory, zoneName('a'), id('instance', 'ca'), at);

    expect(judge(snapshotOf(scene), { memory: launched(now - secondMs) }).a.waits[0]?.detail).toMatch(
      /i-000000ca to appear/,
    );
    expect(kindsOf(judge(snapshotOf(scene), { memory: launched(now - 61 * secondMs) }).a)).toEqual(recovery);
  });

  it('for a candidate that is not listed yet, or that another controller has attached', () => {
    const scene = { instances: [marked, ...b.instances] };
    const memory = rememberLaunch(emptyMemory, zoneName('a'), id('instance', 'ca'), now - secondMs);
    const attached = { ...candidateInterface, attachedAt: now - secondMs };

    expect(judge(snapshotOf(scene), { memory }).a.waves).toEqual([]);
    expect(judge(snapshotOf({ ...scene, interfaces: [anInterface('a'), attached] })).a.waves).toEqual([]);
  });
});

describe('a launch', () => {
  const down = withoutPrimary('terminated');

  it('takes the next type where one was refused, with the image of its architecture', () => {
    const memory = { ...emptyMemory, refusedTypes: new Map([[zoneName('a'), new Set(['t4g.nano'])]]) };
    const launch = judge(snapshotOf(down), { memory }).a.waves.at(-1)?.[0];

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
    const { a } = judge(snapshotOf(down), { memory });

    expect([kindsOf(a), codesOf(a)]).toEqual([[], ['no-instance-type-left']]);
  });

  it('asks for the images where nobody has read them, for a recovery and for a candidate', () => {
    const unread = { known: false, cause: 'not-read', detail: '' } as const;

    expect(judge({ ...snapshotOf(down), images: unread }).a.needsImages).toBe(true);
    expect(
      judge({ ...snapshotOf({ instances: [marked, ...b.instances] }), images: unread }).a.needsImages,
    ).toBe(true);
  });

  it('waits where the images could not be read, for a recovery and for a candidate', () => {
    const failed = { known: false, cause: 'failed', detail: 'DescribeImages: no' } as const;

    for (const scene of [down, { instances: [marked, ...b.instances] }]) {
      const { a } = judge({ ...snapshotOf(scene), images: failed });
      expect([kindsOf(a), codesOf(a), a.waits.length]).toEqual([[], ['images-unread'], 1]);
    }
  });

  it.each([
    ['a recovery', down],
    ['a candidate', { instances: [marked, ...b.instances] }],
  ])(
    'of %s without any image is refused with the selector’s name, unless one is remembered',
    (_case, scene) => {
      const forgotten = [
        anAddress('a', { lastGoodImage: { imageId: id('image', '1'), architecture: 'x86_64' } }),
        anAddress('b'),
      ];
      const none = judge(snapshotOf({ ...scene, images: [], addresses: forgotten })).a;
      const remembered = judge(snapshotOf({ ...scene, images: [] })).a;

      expect([kindsOf(none), codesOf(none)]).toEqual([[], ['image-not-found']]);
      expect(remembered.waves.flat().find(({ kind }) => kind === 'launch')).toMatchObject({
        image: { id: id('image', '1') },
      });
      expect(codesOf(remembered)).toEqual(['image-not-found', 'image-fallback']);
    },
  );

  it('goes back to the last good image when an instance of a newer one is no more', () => {
    const newest = anImage('2', { createdAt: now });
    const failed = anInstance('a', {
      state: 'terminated',
      imageId: newest.id,
      launchedAt: now - 5 * minuteMs,
    });
    const scene = { instances: [failed, ...b.instances], images: [newest, anImage('1')], statuses: [] };

    expect(imageLaunched(scene)).toBe(id('image', '1'));
    const refused = {
      ...emptyMemory,
      refusedImages: new Map([[zoneName('a'), new Set([id('image', '1')])]]),
    };
    expect(imageLaunched(scene, refused)).toBe(newest.id);
  });

  it('tries the next newest where no image is known to work, and the newest failed twice', () => {
    const newest = anImage('3', { createdAt: now });
    const next = anImage('2', { createdAt: now - hourMs });
    const of = (imageId: ImageId, hex: string, minutesAgo: number) =>
      anInstance('a', {
        id: id('instance', hex),
        state: 'terminated',
        imageId,
        launchedAt: now - minutesAgo * minuteMs,
      });
    const { lastGoodImage: _none, ...unproven } = anAddress('a');
    const sceneAfter = (...ended: NatInstance[]) => ({
      instances: [...ended, ...b.instances],
      images: [anImage('1'), next, newest],
      addresses: [unproven, anAddress('b')],
      statuses: [],
    });
    const twice = [of(newest.id, 'd1', 30), of(newest.id, 'd2', 20)];

    expect(imageLaunched(sceneAfter(of(newest.id, 'd1', 30)))).toBe(newest.id);
    expect(imageLaunched(sceneAfter(...twice))).toBe(next.id);
    expect(codesOf(judge(snapshotOf(sceneAfter(...twice))).a)).toContain('image-fallback');
    expect(imageLaunched(sceneAfter(...twice.map((entry) => ({ ...entry, launchedAt: now - hourMs }))))).toBe(
      newest.id,
    );
    // Where all have failed, there is nothing to prefer.
    expect(imageLaunched({ ...sceneAfter(...twice), images: [newest] })).toBe(newest.id);
  });

  it('goes back to it also when the instance of the newer one runs, carries the traffic and fails its checks', () => {
    const newest = anImage('2', { createdAt: now });
    const primary = anInstance('a', { imageId: newest.id, launchedAt: now - 2 * hourMs });
    const scene = { instances: [primary, ...b.instances], images: [newest, anImage('1')] };
    const status = (instance: 'ok' | 'impaired') => ({
      statuses: [aStatus('a1', { instance }), aStatus('b1')],
    });

    expect(imageLaunched({ ...scene, ...status('impaired') })).toBe(id('image', '1'));
    const rebuilt = { ...primary, replaceMark: { reason: 'rebuild', at: now } as const };
    expect(imageLaunched({ ...scene, ...status('ok'), instances: [rebuilt, ...b.instances] })).toBe(
      newest.id,
    );
  });

  it('backs off after the second within an hour, and stops at the breaker', () => {
    const dead = (hex: string, agoMs: number) =>
      anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: now - agoMs });
    const planAfter = (...instances: ReturnType<typeof dead>[]) =>
      judge(snapshotOf({ instances: [...instances, ...b.instances], statuses: [] })).a;

    const recoveryAndNote = [...recovery, ['remember-launches']];
    expect(kindsOf(planAfter(dead('d1', minuteMs)))).toEqual(recoveryAndNote);
    expect(codesOf(planAfter(dead('d1', 2 * minuteMs), dead('d2', 20 * secondMs)))).toEqual(['backing-off']);
    expect(kindsOf(planAfter(dead('d1', 2 * minuteMs), dead('d2', 31 * secondMs)))).toEqual(recoveryAndNote);
    const four = ['d1', 'd2', 'd3', 'd4'].map((hex, nth) => dead(hex, (nth + 10) * minuteMs));
    expect(codesOf(planAfter(...four))).toEqual(['breaker-open']);
    expect(kindsOf(planAfter(...four.slice(1), dead('d5', hourMs)))).toEqual(recoveryAndNote);
  });

  it('leaves the last of the hour to a failure where the primary works, and not at a limit that a rollback needs', () => {
    const launches = [20, 30, 40].map((minutes) => now - minutes * minuteMs);
    const primary = anInstance('a', { launchedAt: now - 2 * hourMs });
    const planOf = (change: Partial<typeof primary>, count: number, statuses = [aStatus('a1')]) =>
      judge(
        snapshotOf({
          instances: [{ ...primary, ...change }, ...b.instances],
          addresses: [anAddress('a', { launches: launches.slice(-count) }), anAddress('b')],
          statuses: [...statuses, aStatus('b1')],
        }),
      ).a;
    const marked = { replaceMark: { reason: 'rebuild', at: now } } as const;

    expect(kindsOf(planOf(marked, 2)).flat()).toContain('launch');
    const refused = planOf(marked, 3);
    expect(kindsOf(refused)).toEqual([]);
    expect(refused.findings.map(({ code, detail }) => [code, detail])).toContainEqual([
      'breaker-open',
      expect.stringMatching(/^3 launches .*the limit is 4, and the last is kept for a failure; /),
    ]);
    expect(kindsOf(planOf({ specHash: 'other' }, 3))).toEqual([]);
    expect(kindsOf(planOf({}, 3, [aStatus('a1', { system: 'impaired' })])).flat()).toContain('launch');
    expect(kindsOf(planOf({ state: 'terminated' }, 3)).flat()).toContain('launch');
    expect([1, 2, 3, 4, 20].map((most) => launchLimit('planned', most))).toEqual([1, 2, 3, 3, 19]);
  });

  it('is counted also when EC2 no longer lists it, and once when it is both listed and noted', () => {
    const noted = [10, 20, 30].map((minutes) => now - minutes * minuteMs);
    const planWith = (launches: readonly number[], listedAt: number) =>
      judge(
        snapshotOf({
          instances: [anInstance('a', { state: 'terminated', launchedAt: listedAt }), ...b.instances],
          addresses: [anAddress('a', { launches }), anAddress('b')],
          statuses: [],
        }),
      ).a;

    expect(codesOf(planWith(noted, now - 40 * minuteMs))).toEqual(['breaker-open']);
    expect(codesOf(planWith(noted, now - 10 * minuteMs))).not.toContain('breaker-open');
    expect(codesOf(planWith([now - hourMs, ...noted.slice(1)], now - 40 * minuteMs))).not.toContain(
      'breaker-open',
    );
  });

  it('does not count for the breaker where an operator has reset it since', () => {
    const launches = [10, 20, 30, 40].map((minutes) => now - minutes * minuteMs);
    const codesWith = (breakerResetAt: number) =>
      codesOf(
        judge(
          snapshotOf({
            instances: [
              anInstance('a', { state: 'terminated', launchedAt: now - 40 * minuteMs }),
              ...b.instances,
            ],
            addresses: [anAddress('a', { launches, breakerResetAt }), anAddress('b')],
            statuses: [],
          }),
        ).a,
      );

    expect(codesWith(now - 50 * minuteMs)).toEqual(['breaker-open']);
    expect(codesWith(now - 5 * minuteMs)).toEqual([]);
    // Two launches after it: within their back-off, as after any two.
    expect(codesWith(now - 25 * minuteMs)).toEqual([]);
    expect(codesWith(now + minuteMs)).toEqual(['breaker-open']);
  });

  it('of this hour is noted beside those that are noted already, also where nothing may be launched', () => {
    const launches = [10, 20, 30].map((minutes) => now - minutes * minuteMs);
    const gone = anInstance('a', { state: 'terminated', launchedAt: now - 5 * minuteMs });
    const scene = {
      instances: [gone, ...b.instances],
      addresses: [anAddress('a', { launches: [...launches, now - 2 * hourMs] }), anAddress('b')],
      statuses: [],
    };

    expect(judge(snapshotOf(scene)).a.waves).toEqual([
      [
        {
          kind: 'remember-launches',
          allocationId: anAddress('a').allocationId,
          launches: [gone.launchedAt, ...launches],
        },
      ],
    ]);
  });

  it('backs off for a candidate as well', () => {
    const dead = ['d1', 'd2'].map((hex) =>
      anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: now - secondMs }),
    );
    const { a } = judge(snapshotOf({ instances: [marked, ...dead, ...b.instances] }));

    expect([kindsOf(a), codesOf(a), a.waits.length]).toEqual([[['remember-launches']], ['backing-off'], 1]);
  });

  it('carries a token that differs with every generation and after every spent one, and is else the same', () => {
    const tokenOf = (scene: Partial<Scene>, memory = emptyMemory) => {
      const [launch] = judge(snapshotOf(scene), { memory }).a.waves.at(-1) ?? [];
      return launch?.kind === 'launch' ? launch.clientToken : undefined;
    };
    const otherDead = anInstance('a', {
      id: id('instance', 'd1'),
      state: 'terminated',
      launchedAt: now - 2 * hourMs,
    });
    const spent = (...tokens: ReturnType<typeof tokenOf>[]) => ({
      ...emptyMemory,
      spentTokens: new Set(tokens.flatMap((token) => token ?? [])),
    });
    const first = tokenOf(down);
    const second = tokenOf(down, spent(first));

    expect(tokenOf(down)).toMatch(/^phoenat-.{40}$/);
    expect(tokenOf(down)).toBe(tokenOf({ ...down }));
    expect(tokenOf({ ...down, instances: [...(down.instances ?? []), otherDead] })).not.toBe(tokenOf(down));
    expect(new Set([first, second, tokenOf(down, spent(first, second))]).size).toBe(3);
    // What a run remembers of other tokens is nothing to this one: every run asks with the same.
    expect(tokenOf(down, spent(tokenOf({ ...down, instances: [] })))).toBe(first);
  });
});

describe('a replacement', () => {
  it('for age happens when the limit is passed, not before', () => {
    const settings = someSettings({ maxInstanceAgeMs: 24 * hourMs });
    const old = anInstance('a', { launchedAt: now - 24 * hourMs - 1 });

    expect(kindsOf(judge(snapshotOf(), { settings }).a)).toEqual([]);
    const { a, diagnosisOfA } = judge(snapshotOf({ instances: [old, ...b.instances] }), { settings });
    expect(kindsOf(a)[0]).toEqual(['launch']);
    expect(codesOf(diagnosisOfA)).toEqual(['too-old']);
  });

  it('that an operator asked of several zones at once happens in one after the other', () => {
    const marked = (zone: 'a' | 'b', at: number, reason: 'rebuild' | 'rebuild-immediate' = 'rebuild') =>
      anInstance(zone, { replaceMark: { reason, at } });
    const both = judge(snapshotOf({ instances: [marked('a', now), marked('b', now)] }));
    const oneByOne = judge(snapshotOf({ instances: [marked('a', now - 1), marked('b', now)] }));
    const paused = judge(
      snapshotOf({
        instances: [marked('a', now), marked('b', now)],
        addresses: [anAddress('a', { pausedSince: 'today' }), anAddress('b')],
      }),
    );

    expect([kindsOf(both.a)[0], codesOf(both.b)]).toEqual([['launch'], ['another-zone-first']]);
    expect([kindsOf(oneByOne.a)[0], kindsOf(oneByOne.b)[0]]).toEqual([['launch'], ['launch']]);
    expect(kindsOf(paused.b)[0]).toEqual(['launch']);
  });

  it('that comes a moment after another launch says what it waits for, and until when', () => {
    const attached = anInterface('a', {
      id: id('interface', 'a9'),
      attachedTo: id('instance', 'cc'),
      attachedAt: now - 20 * secondMs,
    });
    const scene = {
      instances: [anInstance('a', { specHash: 'of another time' }), anInstance('b')],
      interfaces: [anInterface('a'), attached, anInterface('b')],
    };
    const { a } = judge(snapshotOf(scene));

    expect(kindsOf(a)).toEqual([]);
    expect(a.findings).toEqual([
      {
        code: 'launch-unlisted',
        detail: `i-000000cc was launched a moment ago and EC2 does not list it with our tags yet; nothing else is launched in zone a until it does, or until ${new Date(now + 40 * secondMs).toISOString()}`,
      },
    ]);
  });

  it('of a changed specification waits while another zone is in trouble, and for its turn', () => {
    const old = (zone: 'a' | 'b') => anInstance(zone, { specHash: 'old' });
    const unrecorded = () => {
      const { specHash: _none, ...rest } = anInstance('a');
      return rest;
    };

    expect(codesOf(judge(snapshotOf({ instances: [old('a'), old('b')] })).b)).toEqual(['another-zone-first']);
    expect(codesOf(judge(snapshotOf({ instances: [old('a')] })).a)).toEqual(['another-zone-first']);
    expect(codesOf(judge(snapshotOf({ instances: [unrecorded(), anInstance('b')] })).diagnosisOfA)).toEqual([
      'spec-changed',
    ]);
    expect(specHash).not.toBe('old');
  });

  it('goes back to an older instance that is well, and neither waits for one that is not nor gives it up', () => {
    const young = anInstance('a', {
      launchedAt: now - minuteMs,
      replaceMark: { reason: 'spot-interruption', at: now },
    });
    const older = { ...candidate, launchedAt: now - hourMs };
    const interfaces = [anInterface('a'), candidateInterface, ...b.interfaces];
    const planWith = (check: 'ok' | 'impaired') =>
      judge(
        snapshotOf({
          instances: [young, older, ...b.instances],
          interfaces,
          statuses: [aStatus('a1'), aStatus('ca', { instance: check })],
        }),
      ).a;

    expect(kindsOf(planWith('ok')).at(-1)).toEqual(['associate-address']);
    expect(kindsOf(planWith('impaired'))[0]).toEqual(['launch']);
  });

  it('follows a public subnet that was changed, and takes no candidate from the old one', () => {
    const moved = anInstance('a', { subnetId: id('subnet', 'a9') });
    const there = { ...candidate, subnetId: id('subnet', 'a0') };
    const { a, diagnosisOfA } = judge(
      snapshotOf({ instances: [moved, { ...candidate, subnetId: id('subnet', 'a9') }, ...b.instances] }),
    );

    expect([kindsOf(a)[0], codesOf(diagnosisOfA)]).toEqual([['launch'], ['spec-changed']]);
    expect(judge(snapshotOf({ instances: [moved, there, ...b.instances] })).diagnosisOfA).toMatchObject({
      candidate: { id: there.id },
    });
  });

  it('leaves an instance in another VPC alone: an earlier stack of the same name left it', () => {
    const elsewhere = anInstance('a', {
      id: id('instance', 'e'),
      vpcId: id('vpc', '2'),
      interfaceId: id('interface', 'e'),
    });
    const { a, diagnosisOfA } = judge(
      snapshotOf({ instances: [anInstance('a'), elsewhere, ...b.instances] }),
      { memory: steady },
    );

    expect([a.waves, diagnosisOfA]).toMatchObject([[], { health: 'healthy', surplus: [] }]);
  });

  it('of every zone at once, all suspect, begins with one', () => {
    const { a, b: second } = judge(
      snapshotOf({
        statuses: [aStatus('a1', { system: 'impaired' }), aStatus('b1', { instance: 'impaired' })],
      }),
    );

    expect(kindsOf(a)[0]).toEqual(['launch']);
    expect([kindsOf(second), codesOf(second)]).toEqual([[], ['all-zones-suspect']]);
  });

  it('takes the youngest of several candidates; an instance of another specification is none', () => {
    const older = { ...candidate, id: id('instance', 'cb'), launchedAt: now - 5 * minuteMs };
    const foreign = { ...candidate, id: id('instance', 'cc'), launchedAt: now, specHash: 'old' };
    const { diagnosisOfA } = judge(
      snapshotOf({ instances: [marked, older, foreign, candidate, ...b.instances] }),
    );

    expect(diagnosisOfA).toMatchObject({
      candidate: { id: candidate.id },
      surplus: [{ id: older.id }, { id: foreign.id }],
    });
  });

  it('of an instance that never got past pending starts over', () => {
    const stuck = anInstance('a', { state: 'pending', launchedAt: now - 11 * minuteMs });

    expect(kindsOf(judge(snapshotOf({ instances: [stuck, ...b.instances] })).a)).toEqual(recovery);
  });
});

describe('the primary', () => {
  it('is the one with the Elastic IP, then with most routes, then the running one, then the oldest, then by id', () => {
    const first = anInstance('a');
    const second = anInstance('a', { id: id('instance', 'a2'), interfaceId: id('interface', 'a2') });
    const nowhere = {
      addresses: [withoutInterface(), anAddress('b')],
      routeTables: [...b.routeTables, ...blackholed],
    };
    const primaryOf = (scene: Partial<Scene>) => {
      const { diagnosisOfA } = judge(snapshotOf(scene));
      return diagnosisOfA.kind === 'judged' ? diagnosisOfA.primary?.id : undefined;
    };
    const routed = aTable('a', 1, {
      defaultRoute: { target: { kind: 'instance', id: second.id }, state: 'active' },
    });

    expect(primaryOf({ instances: [second, first] })).toBe(first.id);
    expect(
      primaryOf({
        ...nowhere,
        instances: [first, second],
        routeTables: [...b.routeTables, routed, blackholed[1] ?? routed],
      }),
    ).toBe(second.id);
    expect(
      primaryOf({ ...nowhere, instances: [{ ...first, state: 'pending', launchedAt: now }, second] }),
    ).toBe(second.id);
    expect(
      primaryOf({ ...nowhere, instances: [first, { ...second, launchedAt: first.launchedAt - 1 }] }),
    ).toBe(second.id);
    expect(primaryOf({ ...nowhere, instances: [second, first] })).toBe(first.id);
  });

  it('is recognised by a route to the instance itself', () => {
    const target = { kind: 'instance', id: id('instance', 'a1') } as const;
    const tables = [aTable('a', 1, { defaultRoute: { target, state: 'active' } }), aTable('a', 2)];

    expect(judge(snapshotOf({ routeTables: [...b.routeTables, ...tables] })).a.waves).toEqual([]);
  });

  it('is not confused by an interface that a terminated instance goes on naming', () => {
    const dead = anInstance('a', {
      id: id('instance', 'd1'),
      state: 'terminated',
      interfaceId: id('interface', 'd1'),
      attachedInterface: anInterface('a', { id: id('interface', 'd1') }),
    });

    expect(
      kindsOf(
        judge(snapshotOf({ instances: [dead, anInstance('a'), ...b.instances] }), { memory: steady }).a,
      ),
    ).toEqual([]);
  });

  it('is known by what DescribeInstances shows of its interface, where the interface has lost its tag', () => {
    const attached = anInstance('a', { attachedInterface: anInterface('a', { sourceDestCheck: true }) });
    const scene = { instances: [attached, ...b.instances], interfaces: [...b.interfaces] };

    expect(kindsOf(judge(snapshotOf(scene)).a)).toEqual([['disable-source-dest-check']]);
    expect(kindsOf(judge(snapshotOf({ ...scene, interfaces: settledScene.interfaces })).a)).toEqual([]);
  });
});

describe('a cutover after a look that took long', () => {
  const scene = {
    interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
    instances: [marked, candidate, ...b.instances],
    statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
  };

  it('waits while the primary works', () => {
    const seen = snapshotOf(scene);
    const { a } = judge({ ...seen, beganAt: seen.takenAt - 3_001 });

    expect(kindsOf(a)).toEqual([]);
    expect(a.waits.map(({ detail }) => detail)).toEqual([expect.stringContaining('fresh enough')]);
  });

  it('waits for nothing where the primary is unreachable', () => {
    const statuses = [aStatus('a1', { system: 'impaired' }), aStatus('ca'), aStatus('b1')];
    const seen = snapshotOf({ ...scene, instances: [anInstance('a'), candidate, ...b.instances], statuses });
    const { a } = judge({ ...seen, beganAt: seen.takenAt - 60_000 });

    expect(kindsOf(a)).toContainEqual(['associate-address']);
  });
});

describe('a takeover', () => {
  const led = (by: string, ...agoMs: number[]) =>
    aTable('a', 1, {
      defaultRoute: { target: gateway, state: 'active' },
      remembered: gateway,
      takenOver: { by, at: agoMs.map((ms) => now - ms) },
    });
  const planFor = (table: RouteTable) =>
    judge(snapshotOf({ routeTables: [...b.routeTables, table, aTable('a', 2)] })).a;
  const minute = 60 * secondMs;
  const takeover = [['set-default-route'], ['note-takeover']];

  it('is noted each time, with those of the last hour', () => {
    const [, step] = planFor(led('phoenat', 10 * minute, 61 * minute, -minute)).waves.flat();

    expect(step).toEqual({
      kind: 'note-takeover',
      routeTableId: id('routeTable', 'a1'),
      at: [now, now - 10 * minute],
    });
  });

  it('is not made a fourth time within an hour, and somebody is told', () => {
    const { waves, waits, findings } = planFor(led('phoenat', minute, 2 * minute, 3 * minute));

    expect([waves, waits, findings.map(({ code }) => code)]).toEqual([[], [], ['route-contended']]);
    expect(kindsOf(planFor(led('phoenat', minute, 2 * minute, 60 * minute)))).toEqual(takeover);
  });

  it('is not made of what another stack has taken over, unless that leads nowhere', () => {
    const other = led('elsewhere');
    const dead = { ...other, defaultRoute: { target: gateway, state: 'blackhole' } as const };

    expect(planFor(other).waves).toEqual([]);
    expect(planFor(other).findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['route-of-another-stack', expect.stringMatching(/^rtb-000000a1 is served by the stack elsewhere/)],
    ]);
    expect(kindsOf(planFor(dead))).toEqual([['set-default-route']]);
  });

  it('is not sent before every repair has succeeded', () => {
    const table = aTable('a', 1, { defaultRoute: { target: gateway, state: 'active' }, remembered: gateway });
    const { a } = judge(
      snapshotOf({
        routeTables: [...b.routeTables, table, aTable('a', 2)],
        addresses: [withoutInterface(), anAddress('b')],
      }),
    );

    expect(kindsOf(a)).toEqual([['associate-address']]);
  });

  it.each([
    [3_000, takeover],
    [3_001, []],
  ])('after a look that took %d ms: %j', (tookMs, waves) => {
    const defaultRoute = { target: gateway, state: 'active' } as const;
    const table = aTable('a', 1, { defaultRoute, remembered: gateway, takenOver });
    const seen = snapshotOf({ routeTables: [...b.routeTables, table, aTable('a', 2)] });
    const { a } = judge({ ...seen, beganAt: seen.takenAt - tookMs });

    expect(kindsOf(a)).toEqual(waves);
    expect(a.waits).toHaveLength(waves.length === 0 ? 1 : 0);
  });

  it.each(['block-ingress', 'block-bidirectional'] as const)(
    'is not made while VPC Block Public Access (%s) cuts the instance off, nor by a cutover',
    (internetGatewayBlock) => {
      const subnets = settledScene.subnets.map((subnet) =>
        subnet.id === id('subnet', 'a0') ? { ...subnet, internetGatewayBlock } : subnet,
      );
      const routeTables = [...b.routeTables, led('phoenat'), aTable('a', 2)];
      const replaced = {
        interfaces: [anInterface('a'), candidateInterface, ...b.interfaces],
        instances: [marked, candidate, ...b.instances],
        statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
      };
      const cutover = (scene: Partial<Scene>) =>
        judge(snapshotOf({ routeTables, ...replaced, ...scene })).a.waves.flat();

      expect(kindsOf(judge(snapshotOf({ routeTables, subnets })).a)).toEqual([]);
      expect(cutover({}).filter(({ kind }) => kind === 'set-default-route')).toHaveLength(2);
      expect(cutover({ subnets }).filter(({ kind }) => kind === 'set-default-route')).toEqual([
        expect.objectContaining({ routeTableId: id('routeTable', 'a2') }),
      ]);
    },
  );

  it('remembers NAT gateways, the latest, and nothing else', () => {
    const rememberedSteps = (
      target: typeof gateway | { kind: 'interface'; id: typeof gone.id },
      remembered?: typeof gateway,
    ) => {
      const table = aTable('a', 1, {
        defaultRoute: { target, state: 'active' },
        ...(remembered === undefined ? {} : { remembered }),
        takenOver,
      });
      const { a } = judge(snapshotOf({ routeTables: [...b.routeTables, table, aTable('a', 2)] }));
      return kindsOf(a).flat();
    };
    const other = { kind: 'nat-gateway', id: id('natGateway', '2') } as const;

    expect(rememberedSteps(gateway)).toEqual(['remember-route-target']);
    expect(rememberedSteps(gateway, gateway)).toEqual(['set-default-route', 'note-takeover']);
    expect(rememberedSteps(gateway, other)).toEqual(['remember-route-target']);
    expect(rememberedSteps(gone)).toEqual(['set-default-route', 'note-takeover']);
    expect(rememberedSteps(gone, gateway)).toEqual(['set-default-route', 'note-takeover']);
  });
});
