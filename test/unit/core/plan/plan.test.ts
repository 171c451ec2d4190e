import { describe, expect, it } from 'vitest';
import { emptyMemory, type Memory } from '../../../../shared/core/memory/memory.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
} from '../a-snapshot.ts';
import {
  blackholed,
  candidate,
  candidateInterface,
  gateway,
  marked,
  ofB,
  recovery,
  steady,
  takenOver,
  toGateway,
  withoutInterface,
  withoutPrimary,
  withoutZoneA,
} from '../some-scenes.ts';

function inGroups(...hexes: readonly string[]): Partial<Scene> {
  const securityGroupIds = hexes.map((hex) => id('securityGroup', hex));
  return { interfaces: [anInterface('a', { securityGroupIds }), ...ofB.interfaces] };
}

type Row = readonly [seen: string, scene: Partial<Scene>, done: string[][], memory?: Memory];

const rows: readonly Row[] = [
  ['nothing wrong', {}, []],
  ['primary shutting down', withoutPrimary('shutting-down'), recovery],
  ['primary terminated', withoutPrimary('terminated'), recovery],
  ['primary stopping', withoutPrimary('stopping'), recovery],
  ['primary stopped', withoutPrimary('stopped'), recovery],
  ['nothing ever launched', { ...ofB, ...withoutZoneA() }, recovery],
  [
    'primary gone, its interface free and still aimed at',
    {
      ...withoutPrimary('terminated'),
      interfaces: [anInterface('a', { status: 'available' }), ...ofB.interfaces],
    },
    [['launch']],
  ],
  [
    'primary gone, a free interface that nothing is aimed at and that checks',
    {
      ...withoutPrimary('terminated'),
      interfaces: [
        anInterface('a', { id: id('interface', 'fe'), status: 'available', sourceDestCheck: true }),
        ...ofB.interfaces,
      ],
    },
    [
      ['disable-source-dest-check', 'associate-address', 'set-default-route', 'set-default-route'],
      ['launch'],
    ],
  ],
  [
    'no primary yet, a NAT gateway carries the traffic: its routes are left alone',
    { ...ofB, ...withoutZoneA(), routeTables: [...ofB.routeTables, ...toGateway] },
    [['create-interface'], ['disable-source-dest-check', 'associate-address'], ['launch']],
  ],
  [
    'primary not ready, a NAT gateway carries the traffic',
    {
      routeTables: [...ofB.routeTables, ...toGateway],
      statuses: [aStatus('a1', { instance: 'initializing' })],
    },
    [],
  ],
  [
    'primary ready, a NAT gateway carries the traffic: remembered first',
    { routeTables: [...ofB.routeTables, ...toGateway] },
    [['remember-route-target', 'remember-route-target']],
  ],
  [
    'primary ready, a NAT gateway carries the traffic and is remembered: taken over, and that noted',
    {
      routeTables: [
        ...ofB.routeTables,
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
    { interfaces: [anInterface('a', { sourceDestCheck: true }), ...ofB.interfaces] },
    [['disable-source-dest-check']],
  ],
  ['another security group', inGroups('2'), [['set-security-groups'], ['note-put-back']]],
  ['a further security group', inGroups('1', '2'), [['set-security-groups'], ['note-put-back']]],
  ['its own security group, named twice', inGroups('1', '1'), []],
  ['Elastic IP on nothing', { addresses: [withoutInterface(), anAddress('b')] }, [['associate-address']]],
  [
    'one route missing',
    { routeTables: [...ofB.routeTables, withoutRoute(), aTable('a', 2)] },
    [['set-default-route']],
  ],
  [
    'routes blackholed',
    { routeTables: [...ofB.routeTables, ...blackholed] },
    [['set-default-route', 'set-default-route']],
  ],
  [
    'primary pending, aimed at before its launch',
    { instances: [anInstance('a', { state: 'pending', launchedAt: now - secondMs }), ...ofB.instances] },
    [],
  ],
  [
    'primary pending and the Elastic IP elsewhere: neither it nor the routes can move yet',
    {
      instances: [anInstance('a', { state: 'pending', launchedAt: now - secondMs }), ...ofB.instances],
      addresses: [withoutInterface(), anAddress('b')],
      routeTables: [...ofB.routeTables, ...blackholed],
    },
    [],
  ],
  [
    'primary without an interface yet',
    {
      instances: [pendingWithoutInterface(), ...ofB.instances],
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
    { instances: [anInstance('a', { specHash: 'old' }), ...ofB.instances] },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'rebuild asked for',
    { instances: [marked, ...ofB.instances] },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'immediate rebuild asked for: the primary counts as gone',
    {
      instances: [
        anInstance('a', { replaceMark: { reason: 'rebuild-immediate', at: now } }),
        ...ofB.instances,
      ],
    },
    recovery,
  ],
  [
    'candidate pending, its check still on',
    {
      instances: [marked, { ...candidate, state: 'pending' }, ...ofB.instances],
      interfaces: [anInterface('a'), { ...candidateInterface, sourceDestCheck: true }, ...ofB.interfaces],
    },
    [['disable-source-dest-check']],
  ],
  [
    'candidate not ready',
    {
      instances: [marked, candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      statuses: [aStatus('a1'), aStatus('ca', { system: 'initializing' }), aStatus('b1')],
    },
    [],
  ],
  [
    'candidate ready: its own address given up, the routes, the Elastic IP',
    {
      instances: [marked, candidate, ...ofB.instances],
      interfaces: [anInterface('a'), { ...candidateInterface, sourceDestCheck: true }, ...ofB.interfaces],
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
      instances: [marked, candidate, ...ofB.instances],
      interfaces: [
        anInterface('a'),
        { ...candidateInterface, hasOwnPublicAddress: false },
        ...ofB.interfaces,
      ],
      statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
      routeTables: [
        ...ofB.routeTables,
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
      instances: [marked, candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      statuses: [aStatus('a1'), aStatus('ca', { instance: 'impaired' }), aStatus('b1')],
    },
    [['terminate']],
  ],
  [
    'candidate ready, and about to be retired as well: another one',
    {
      instances: [marked, candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      statuses: [aStatus('a1'), aStatus('ca', { events: [{ code: 'instance-retirement' }] }), aStatus('b1')],
    },
    [['launch'], ['disable-source-dest-check']],
  ],
  [
    'candidate not ready in time',
    {
      instances: [marked, { ...candidate, launchedAt: now - 11 * minuteMs }, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      statuses: [aStatus('a1'), aStatus('b1')],
    },
    [['terminate']],
  ],
  [
    'primary unreachable, candidate booted but not through its checks',
    {
      instances: [anInstance('a'), candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
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
      instances: [anInstance('a'), candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    },
    [['terminate']],
    steady,
  ],
  [
    'a second instance, the traffic only just seen on the first',
    {
      instances: [anInstance('a'), candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    },
    [],
  ],
  [
    'a second instance, the first not through its checks',
    {
      instances: [anInstance('a'), candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
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
        ...ofB.interfaces,
      ],
    },
    [['delete-interface']],
    steady,
  ],
  [
    'an interface whose instance is still going',
    {
      instances: [anInstance('a'), { ...candidate, state: 'shutting-down' }, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      addresses: [anAddress('a', { launches: [candidate.launchedAt] }), anAddress('b')],
    },
    [],
    steady,
  ],
  [
    'a stopped instance beside a well one',
    { instances: [anInstance('a'), { ...candidate, state: 'stopped' }, ...ofB.instances] },
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
    { instances: [anInstance('a'), { ...candidate, state: 'terminated' }, ...ofB.instances] },
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

function withoutRoute() {
  const { defaultRoute: _none, ...table } = aTable('a', 1);
  return table;
}

function pendingWithoutInterface() {
  const { interfaceId: _none, ...instance } = anInstance('a', { state: 'pending', launchedAt: now });
  return instance;
}

describe('the decision table: what is seen in a zone, and what is done', () => {
  for (const [seen, scene, done, memory = emptyMemory] of rows) {
    it(seen, () => {
      const { a, b: other } = diagnoseAndPlan(snapshotOf(scene), { memory });

      expect(kindsOf(a)).toEqual(done);
      expect(other.waves).toEqual([]);
    });
  }
});

describe('waiting', () => {
  it.each([
    [
      'a pending primary',
      { instances: [anInstance('a', { state: 'pending', launchedAt: now }), ...ofB.instances] },
      /i-000000a1 to run/,
    ],
    [
      'a primary that is not ready to take over',
      {
        routeTables: [...ofB.routeTables, ...toGateway],
        statuses: [aStatus('a1', { instance: 'initializing' })],
      },
      /before it takes over rtb-000000a1, rtb-000000a2/,
    ],
    [
      'a surplus instance whose successor is not through its checks',
      {
        instances: [anInstance('a'), candidate, ...ofB.instances],
        interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        statuses: [aStatus('a1', { instance: 'initializing' })],
      },
      /i-000000a1 to be ready before i-000000ca is terminated/,
    ],
  ] satisfies readonly (readonly [string, Partial<Scene>, RegExp])[])('%s is said', (_case, scene, text) => {
    const { a } = diagnoseAndPlan(snapshotOf(scene), { memory: steady });

    expect(a.waits.map(({ detail }) => detail).join()).toMatch(text);
  });
});
