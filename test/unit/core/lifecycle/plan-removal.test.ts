import { describe, expect, it } from 'vitest';
import {
  planRemoval,
  quietAfterMs,
  type RemovalContext,
} from '../../../../shared/core/lifecycle/plan-removal.ts';
import { unknown } from '../../../../shared/core/model/observed.ts';
import type { RouteTarget, Snapshot } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import { describeStep } from '../../../../shared/core/report/describe-step.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aTable,
  id,
  mainTable,
  now,
  publicTable,
  type Scene,
  snapshotOf,
  someSettings,
  zoneName,
} from '../a-snapshot.ts';

const gateway: RouteTarget = { kind: 'nat-gateway', id: id('natGateway', '1') };
const longAgo = new Date(now - 60 * minuteMs).toISOString();
const paused = {
  addresses: [anAddress('a', { pausedSince: longAgo }), anAddress('b', { pausedSince: longAgo })],
};
const given = { defaultRoute: { target: gateway, state: 'active' } as const, remembered: gateway };
const routesBack = {
  ...paused,
  routeTables: [
    publicTable,
    mainTable,
    aTable('a', 1, given),
    aTable('a', 2, given),
    aTable('b', 1, given),
    aTable('b', 2, given),
  ],
};

function planFor(scene: Partial<Scene>, changes: Partial<RemovalContext> = {}) {
  return planOf(snapshotOf(scene), changes);
}

function planOf(snapshot: Snapshot, changes: Partial<RemovalContext> = {}) {
  return planRemoval(snapshot, {
    settings: someSettings(),
    scope: { kind: 'everything' },
    now,
    goneTargets: new Set(),
    givenBack: new Map(),
    ...changes,
  });
}

const said = (plan: ReturnType<typeof planFor>) => plan.steps.map(describeStep);

describe('taking a stack down, concern by concern', () => {
  it('first silences the controllers', () => {
    expect(planFor({}).steps.map(({ kind }) => kind)).toEqual(['pause', 'pause']);
  });

  it('then puts the routes back: as found, or away where there was none or no note of it', () => {
    const routeTables = [
      publicTable,
      mainTable,
      aTable('a', 1, { remembered: gateway }),
      aTable('a', 2, { remembered: { kind: 'no-route' } }),
      aTable('b', 1),
    ];

    expect(said(planFor({ ...paused, routeTables }))).toEqual([
      'point the default route of rtb-000000a1 at nat-00000001',
      'delete the default route of rtb-000000a2, which has no way back',
      'delete the default route of rtb-000000b1, which has no way back',
    ]);
  });

  it('also puts back a route to an interface that is gone with its instance, but not one that was found so', () => {
    const nowhere = {
      target: { kind: 'interface', id: id('interface', 'dead') },
      state: 'blackhole',
    } as const;
    const routeTables = [
      aTable('a', 1, { defaultRoute: nowhere, remembered: gateway }),
      aTable('a', 2, { defaultRoute: nowhere, remembered: nowhere.target }),
      // Nobody noted anything: it was never ours to lead anywhere.
      aTable('b', 1, { defaultRoute: nowhere }),
    ];

    expect(said(planFor({ ...paused, routeTables, instances: [], interfaces: [] }))).toEqual([
      'point the default route of rtb-000000a1 at nat-00000001',
    ]);
  });

  it('takes a route away whose old target EC2 says is gone', () => {
    const routeTables = [aTable('a', 1, { remembered: gateway })];
    const plan = planFor({ ...paused, routeTables }, { goneTargets: new Set([gateway.id]) });

    expect(plan.steps.map(({ kind }) => kind)).toEqual(['delete-default-route']);
  });

  it('waits for EC2 to show a route that was put back a moment ago, and puts it back again after that', () => {
    const routeTables = [aTable('a', 1, { remembered: gateway })];
    const tableId = id('routeTable', 'a1');

    expect(
      planFor({ ...paused, routeTables }, { givenBack: new Map([[tableId, now - 1_000]]) }),
    ).toMatchObject({
      steps: [],
      waits: [{ detail: expect.stringContaining('rtb-000000a1') }],
    });
    expect(
      planFor({ ...paused, routeTables }, { givenBack: new Map([[tableId, now - 10_000]]) }).steps,
    ).toHaveLength(1);
  });

  it('leaves a route alone that somebody has led elsewhere since', () => {
    const elsewhere = {
      target: { kind: 'nat-gateway', id: id('natGateway', '2') },
      state: 'active',
    } as const;
    const routeTables = [aTable('a', 1, { remembered: gateway, defaultRoute: elsewhere })];

    expect(planFor({ ...paused, routeTables }).steps.map(({ kind }) => kind)).toEqual([
      'terminate',
      'terminate',
    ]);
  });

  it('then terminates what lives, stopped ones too, in every zone and every VPC', () => {
    const instances = [
      anInstance('a', { state: 'stopped' }),
      anInstance('b', { vpcId: id('vpc', '2') }),
      anInstance('b', { id: id('instance', 'c1'), zone: zoneName('z'), state: 'pending' }),
      anInstance('b', { id: id('instance', 'd1'), state: 'terminated' }),
    ];

    expect(said(planFor({ ...routesBack, instances }))).toEqual([
      'terminate i-000000a1',
      'terminate i-000000b1',
      'terminate i-000000c1',
    ]);
  });

  it('waits until they have ended', () => {
    const instances = [anInstance('a', { state: 'shutting-down' })];

    expect(planFor({ ...routesBack, instances })).toMatchObject({
      steps: [],
      waits: [{ detail: 'i-000000a1 to end' }],
    });
  });

  it('then deletes interfaces that nothing uses, or that an ended instance has', () => {
    const instances = [anInstance('b', { state: 'terminated' })];
    const { attachedTo: _nobody, ...alone } = anInterface('a', { status: 'available' });

    expect(said(planFor({ ...routesBack, instances, interfaces: [alone, anInterface('b')] }))).toEqual([
      'delete network interface eni-000000a1',
      'delete network interface eni-000000b1',
    ]);
  });

  it('names who has an interface that it cannot delete', () => {
    const interfaces = [anInterface('a', { attachedTo: id('instance', 'f1') })];

    expect(planFor({ ...routesBack, instances: [], interfaces }).waits).toEqual([
      { detail: 'i-000000f1 to let go of eni-000000a1', pollMs: 5_000 },
    ]);
  });

  it('does not believe that all is gone before a controller that was running can have ended', () => {
    const pausedSince = new Date(now - quietAfterMs + 1_000).toISOString();
    const addresses = [anAddress('a', { pausedSince }), anAddress('b', { pausedSince: longAgo })];
    const plan = planFor({ ...routesBack, addresses, instances: [], interfaces: [] });

    expect(plan).toMatchObject({ steps: [], last: false, waits: [{ pollMs: 1_000 }] });
  });

  it('gives a controller that was running the minute that it may take, and some more', () => {
    expect(quietAfterMs).toBeGreaterThan(minuteMs);
  });

  it('takes a pause of another machine, whose clock is a little ahead, for one', () => {
    const ahead = (ms: number) => {
      const pausedSince = new Date(now + ms).toISOString();
      const addresses = [anAddress('a', { pausedSince }), anAddress('b', { pausedSince: longAgo })];
      return planFor({ ...routesBack, addresses, instances: [], interfaces: [] }).steps;
    };

    expect(ahead(30_000)).toEqual([]);
    expect(ahead(2 * minuteMs).map(({ kind }) => kind)).toEqual(['pause']);
  });

  it('takes its notes away last', () => {
    const plan = planFor({ ...routesBack, instances: [], interfaces: [] });

    expect(plan.last).toBe(true);
    expect(said(plan)).toEqual([
      'remove our tag from rtb-000000a1',
      'remove our tag from rtb-000000a2',
      'remove our tag from rtb-000000b1',
      'remove our tag from rtb-000000b2',
      'remove our tags from Elastic IP eipalloc-0000000a',
      'remove our tags from Elastic IP eipalloc-0000000b',
    ]);
  });

  it.each(['instances', 'interfaces', 'addresses', 'routeTables'] as const)(
    'does nothing while the %s could not be read',
    (part) => {
      const snapshot = { ...snapshotOf(), [part]: unknown('failed', `${part} did not come`) };

      expect(planOf(snapshot)).toMatchObject({
        steps: [],
        last: false,
        waits: [{ detail: `EC2 to answer: ${part} did not come` }],
      });
    },
  );

  it("leaves a table alone that bears another stack's mark, also while that stack's route leads nowhere", () => {
    const theirs = { ...given, takenOver: { by: 'another', at: [] } };
    const gone = {
      target: { kind: 'interface', id: id('interface', '9') },
      state: 'blackhole',
    } as const;
    const plan = planFor({
      ...routesBack,
      routeTables: [
        publicTable,
        mainTable,
        aTable('a', 1, theirs),
        aTable('a', 2, { ...theirs, defaultRoute: gone }),
        aTable('b', 1, given),
        aTable('b', 2, given),
      ],
      instances: [],
      interfaces: [],
    });

    expect(plan.last).toBe(true);
    expect(plan.steps.filter(({ kind }) => kind === 'forget-route')).toEqual(
      [aTable('b', 1), aTable('b', 2)].map((table) => ({ kind: 'forget-route', routeTableId: table.id })),
    );
  });

  it('does nothing while an entry of an answer could not be understood', () => {
    const snapshot = snapshotOf();
    const flaw = { about: [], detail: 'an instance came without its id' };
    const instances = snapshot.instances.known
      ? { known: true as const, value: { ...snapshot.instances.value, flaws: [flaw] } }
      : snapshot.instances;

    expect(planOf({ ...snapshot, instances }).steps).toEqual([]);
  });
});

describe('giving back what the settings no longer name', () => {
  const onlyA = {
    settings: someSettings({ zones: someSettings().zones.slice(0, 1) }),
    scope: {
      kind: 'unnamed',
      formerPrivateSubnetIds: someSettings().zones.flatMap(({ privateSubnetIds }) => privateSubnetIds),
      formerAllocationIds: someSettings().zones.map(({ allocationId }) => allocationId),
    },
  } as const;

  it('puts back its routes, and silences nobody', () => {
    expect(said(planFor({}, onlyA))).toEqual([
      'delete the default route of rtb-000000b1, which has no way back',
      'delete the default route of rtb-000000b2, which has no way back',
    ]);
  });

  it('ends no instance that stands in for a zone that stays, and waits until that is home', () => {
    const routeTables = [publicTable, mainTable, aTable('a', 1), aTable('a', 2)];
    const on = (hex: string) => ({
      addresses: [anAddress('a', { interfaceId: id('interface', hex) }), anAddress('b')],
    });
    const carried = planFor({ routeTables, ...on('b1') }, onlyA);

    expect([said(carried), carried.waits.map(({ detail }) => detail)]).toEqual([
      [],
      ['the zone that i-000000b1 stands in for to be home'],
    ]);
    // One that is stopped may hold that for as long.
    const stopping = [anInstance('a'), anInstance('b', { state: 'stopping' })];
    expect(said(planFor({ routeTables, instances: stopping, ...on('b1') }, onlyA))).toEqual([]);
    expect(said(planFor({ routeTables, instances: stopping, ...on('a1') }, onlyA))).toEqual([
      'terminate i-000000b1',
    ]);
    const paused = { addresses: on('b1').addresses.map((entry) => ({ ...entry, pausedSince: 'noon' })) };
    expect(planFor({ routeTables, ...paused }, onlyA).waits.map(({ detail }) => detail)).toEqual([
      'the zone that i-000000b1 stands in for to be home, which is paused since noon: resume it',
    ]);
    expect(said(planFor({ routeTables, ...on('a1') }, onlyA))).toEqual(['terminate i-000000b1']);
    expect(said(planFor({ ...routesBack, ...on('b1') }))).toContain('pause the zone');
  });

  it('takes its Elastic IP off the instance of a zone that stays, which stood in for it, and off nothing else', () => {
    const routeTables = [publicTable, mainTable, aTable('a', 1), aTable('a', 2)];
    const associationId = id('association', 'b1');
    const on = (hex: string) => ({
      addresses: [anAddress('a'), anAddress('b', { interfaceId: id('interface', hex), associationId })],
    });
    const off = 'take Elastic IP eipalloc-0000000b off eni-000000a1, which no longer stands in for its zone';

    expect(said(planFor({ routeTables, ...on('a1') }, onlyA))).toEqual([off]);
    // Its own goes with its instance, and what somebody has put elsewhere stays there.
    for (const elsewhere of ['b1', 'f1']) {
      expect(said(planFor({ routeTables, ...on(elsewhere) }, onlyA))).toEqual(['terminate i-000000b1']);
    }
    // One that another zone has now, or that these settings never named.
    const formerAllocationIds = [id('allocation', 'a')];
    const unnamed = { ...onlyA, scope: { ...onlyA.scope, formerAllocationIds } };
    expect(said(planFor({ routeTables, ...on('a1') }, unnamed))).not.toContain(off);
  });

  it('then removes its instance and its interface, and nothing of the zones that stay', () => {
    const routeTables = [publicTable, mainTable, aTable('a', 1), aTable('a', 2)];
    const { attachedTo: _nobody, ...alone } = anInterface('b', { status: 'available' });

    expect(said(planFor({ routeTables }, onlyA))).toEqual(['terminate i-000000b1']);
    expect(
      said(
        planFor({ routeTables, instances: [anInstance('a')], interfaces: [anInterface('a'), alone] }, onlyA),
      ),
    ).toEqual(['delete network interface eni-000000b1']);
  });

  it('also puts back its route to an interface that is gone, where a former subnet’s table is noted', () => {
    const nowhere = {
      target: { kind: 'interface', id: id('interface', 'dead') },
      state: 'blackhole',
    } as const;
    const scene = {
      routeTables: [
        // Repairing what is still served is the controller's business.
        aTable('a', 1, { defaultRoute: nowhere, remembered: gateway }),
        aTable('b', 1, { defaultRoute: nowhere, remembered: gateway }),
        aTable('b', 2, { defaultRoute: nowhere }),
        // Another stack's, by what was named.
        aTable('b', 3, { defaultRoute: nowhere, remembered: gateway }),
      ],
      instances: [],
      interfaces: [],
    };

    expect(said(planFor(scene, onlyA))).toEqual(['point the default route of rtb-000000b1 at nat-00000001']);
    expect(
      said(
        planFor(scene, {
          ...onlyA,
          scope: { kind: 'unnamed', formerPrivateSubnetIds: [], formerAllocationIds: [] },
        }),
      ),
    ).toEqual([]);
  });

  it('takes its note off a former table that somebody has led elsewhere, and off no other', () => {
    const elsewhere = {
      target: { kind: 'nat-gateway', id: id('natGateway', '2') },
      state: 'active',
    } as const;
    const led = { defaultRoute: elsewhere, remembered: gateway };
    const scene = {
      routeTables: [aTable('a', 1, led), aTable('b', 1, led), aTable('b', 3, led)],
      instances: [anInstance('a')],
      interfaces: [anInterface('a')],
    };
    const plan = planFor(scene, onlyA);

    expect([plan.last, said(plan)]).toEqual([true, ['remove our tag from rtb-000000b1']]);
  });

  it('then takes its notes off the tables that it put back, and asks nothing of those without a note', () => {
    const { defaultRoute } = given;
    const scene = {
      routeTables: [
        publicTable,
        mainTable,
        aTable('a', 1),
        aTable('a', 2),
        aTable('b', 1, given),
        aTable('b', 2, { defaultRoute }),
      ],
      instances: [anInstance('a')],
      interfaces: [anInterface('a')],
    };
    const givenBack = new Map(['b1', 'b2'].map((hex) => [id('routeTable', hex), now - minuteMs] as const));
    const plan = planFor(scene, { ...onlyA, givenBack });

    expect([plan.last, said(plan)]).toEqual([true, ['remove our tag from rtb-000000b1']]);
  });
});
