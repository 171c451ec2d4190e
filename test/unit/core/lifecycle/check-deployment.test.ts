import { describe, expect, it } from 'vitest';
import { checkDeployment } from '../../../../shared/core/lifecycle/check-deployment.ts';
import type { Offering } from '../../../../shared/core/lifecycle/offering.ts';
import { known, type Observed, unknown } from '../../../../shared/core/model/observed.ts';
import type { Settings } from '../../../../shared/core/model/settings.ts';
import type { Listing, Snapshot } from '../../../../shared/core/model/snapshot.ts';
import {
  anImage,
  anInstance,
  diagnoseAndPlan,
  id,
  type Scene,
  settledScene,
  snapshotOf,
  someSettings,
  zoneSettings,
} from '../a-snapshot.ts';
import { type Changes, scene as standInScene } from '../a-stand-in.ts';

const offering = (instanceType: string, zone: string): Offering => ({
  instanceType,
  availabilityZone: `eu-central-1${zone}`,
});
const everywhere = ['t4g.nano', 't3.nano'].flatMap((type) => ['a', 'b'].map((zone) => offering(type, zone)));
const offered = (items: readonly Offering[]): Observed<Listing<Offering>> => known({ items, flaws: [] });

function check(snapshot: Snapshot, offerings = offered(everywhere), settings: Settings = someSettings()) {
  return checkDeployment(snapshot, diagnoseAndPlan(snapshot, { settings }).diagnoses, offerings, settings);
}

const scene = (changes: Partial<Scene> = {}) => snapshotOf(changes);

describe('whether settings and account fit', () => {
  it('finds nothing where they do', () => {
    expect(check(scene())).toEqual({ unread: [], problems: [] });
  });

  it.each(['routeTables', 'images'] as const)('cannot say while the %s are unread', (part) => {
    const snapshot = { ...scene(), [part]: unknown('failed', `${part} did not come`) };

    expect(check(snapshot)).toEqual({
      unread: expect.arrayContaining([`${part} did not come`]),
      problems: [],
    });
  });

  it('cannot say while the offerings are unread', () => {
    expect(check(scene(), unknown('failed', 'offerings did not come'))).toEqual({
      unread: ['offerings did not come'],
      problems: [],
    });
  });

  it('names each type that does not exist, and no zone for it', () => {
    expect(check(scene(), offered([])).problems).toEqual([
      'instance type t4g.nano does not exist in this Region; correct the instance types',
      'instance type t3.nano does not exist in this Region; correct the instance types',
    ]);
  });

  it('names a zone that offers none of the types, but not one that offers the second', () => {
    const inA = [offering('t4g.nano', 'a'), offering('t3.nano', 'a')];

    expect(check(scene(), offered([...inA, offering('t3.nano', 'b')])).problems).toEqual([]);
    expect(check(scene(), offered(inA)).problems).toEqual([
      'zone b: eu-central-1b offers none of t4g.nano, t3.nano; add an instance type that it offers',
    ]);
  });

  it('names a zone whose probe the NAT instances would take for no client, and no other', () => {
    const { zones } = someSettings();
    const withProbes = (clientCidrs: readonly string[]) =>
      someSettings({
        zones: zones.map((zone) => ({ ...zone, probe: `probe-${zone.name}` })),
        egress: { ...someSettings().egress, clientCidrs },
      });
    const subnets = settledScene.subnets.map((subnet) => ({
      ...subnet,
      cidr: subnet.id === id('subnet', 'b1') ? '10.0.2.0/24' : '10.0.1.0/24',
    }));
    const problems = (settings: Settings) =>
      check(scene({ subnets }), offered(everywhere), settings).problems;

    expect(problems(withProbes(['10.0.1.0/24']))).toEqual([
      'zone b: its probe is in subnet-000000b1 (10.0.2.0/24), which ClientCidrs (10.0.1.0/24) do not cover; name another private subnet first, add the range, or set Probe=off',
    ]);
    expect(problems(withProbes(['10.0.0.0/16']))).toEqual([]);
    expect(problems(withProbes([]))).toEqual([]);
    expect(problems({ ...withProbes(['10.0.1.0/24']), zones })).toEqual([]);
  });

  it('takes several zones in one Availability Zone', () => {
    const subnets = settledScene.subnets.map((subnet) => ({ ...subnet, availabilityZone: 'eu-central-1a' }));

    expect(check(scene({ subnets })).problems).toEqual([]);
  });

  it('takes a standby in the place of its zone', () => {
    const subnets = settledScene.subnets.map((subnet) => ({ ...subnet, availabilityZone: 'eu-central-1a' }));
    const [a, b] = someSettings().zones;
    const zones = a && b ? [a, { ...b, privateSubnetIds: [], standbyFor: a.name }] : [];

    expect(check(scene({ subnets }), offered(everywhere), someSettings({ zones })).problems).toEqual([]);
  });

  it('names the architecture that has no image', () => {
    expect(check(scene({ images: [anImage('1')] })).problems).toEqual([expect.stringContaining('x86_64')]);
  });

  it('names living instances in another VPC, and no dead ones', () => {
    const elsewhere = id('vpc', '2');
    const instances = [
      anInstance('a', { vpcId: elsewhere, state: 'terminated' }),
      anInstance('b', { vpcId: elsewhere }),
    ];

    const { problems } = check(scene({ instances }));

    expect(problems.filter((problem) => problem.includes('i-000000a1'))).toEqual([]);
    expect(problems).toContainEqual(
      expect.stringMatching(
        /^i-000000b1, an instance of phoenat, is in vpc-00000002: the VPC of a stack cannot be changed/,
      ),
    );
  });

  describe('where a paused zone is carried by another', () => {
    const problems = (changes: Changes) => {
      const carried = { isCarried: true, addressOfA: { pausedSince: 'noon' }, ...changes };
      const { diagnoses, context, snapshot } = standInScene(carried);
      const found = checkDeployment(snapshot, diagnoses, offered(everywhere), context.settings).problems;
      return found.filter((problem) => problem.startsWith('zone a'));
    };
    const old = { b: { specHash: 'old' } } as const;

    it('names what would have to be replaced or removed, and what to type', () => {
      const named = [
        'zone a is paused while i-000000b1 of zone b carries it, which can be neither replaced nor removed before zone a is home; resume it, and deploy again when it is: npx --no-install phoenat resume --zone a',
      ];

      expect(problems(old)).toEqual(named);
      const zones = (['a', 'c'] as const).map(zoneSettings);
      expect(problems({ settings: { zones } })).toEqual(named);
    });

    it.each<[string, Changes]>([
      ['nothing is to be replaced', {}],
      ['the other one is paused too', { ...old, addressOfB: { pausedSince: 'noon' } }],
      ['it is not paused', { ...old, addressOfA: {} }],
      ['it is at home', { ...old, isCarried: false, a: { state: 'running' } }],
    ])('finds nothing where %s', (_why, changes) => {
      expect(problems(changes)).toEqual([]);
    });
  });

  it('names what is wrong with each zone', () => {
    const subnets = settledScene.subnets.filter((subnet) => subnet.id !== id('subnet', 'b1'));

    expect(check(scene({ subnets })).problems).toEqual([
      'zone b: subnet-000000b1 does not exist; correct the subnets of zone b',
    ]);
  });
});
