import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../../shared/core/diagnose/diagnose.ts';
import { marketsOf } from '../../../../shared/core/launch/market.ts';
import { emptyMemory } from '../../../../shared/core/memory/memory.ts';
import { refuse, refuseType } from '../../../../shared/core/memory/refused.ts';
import type { NatInstance, ReplaceReason } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  zoneName,
  zoneSettings,
} from '../a-snapshot.ts';

const settings = someSettings({ marketType: 'spot' });
const gone = anInstance('a', { state: 'terminated', endReason: 'Client.UserInitiatedShutdown: by hand' });
const spotB = (changes: Partial<NatInstance> = {}) => anInstance('b', { spot: true, ...changes });

/** Of zone a, which has lost its instance unless the scene says otherwise. */
function launchOf(scene: Partial<Scene>, options: Parameters<typeof diagnoseAndPlan>[1] = {}) {
  const instances = [gone, anInstance('b')];
  const { a } = diagnoseAndPlan(snapshotOf({ instances, ...scene }), { settings, ...options });
  const launch = a.waves.flat().find(({ kind }) => kind === 'launch');
  const found = a.findings.find(({ code }) => code === 'on-demand-instead')?.detail;
  if (launch?.kind !== 'launch') throw new Error(`nothing is launched: ${JSON.stringify(a)}`);
  return { type: launch.instanceType, market: launch.spot === true ? 'spot' : 'on-demand', found };
}

describe('a launch', () => {
  it('asks for no Spot where that is not wanted', () => {
    expect(launchOf({}, { settings: someSettings() })).toEqual({ type: 't4g.nano', market: 'on-demand' });
  });

  it('asks for Spot where it is, while the neighbour is well', () => {
    for (const b of [anInstance('b'), spotB(), spotB({ launchedAt: now - 10 * minuteMs })]) {
      expect(launchOf({ instances: [gone, b] })).toEqual({ type: 't4g.nano', market: 'spot' });
    }
  });

  it('is on demand beside a Spot Instance of a few minutes, whichever way round the two look after each other', () => {
    const zones = [zoneSettings('b'), zoneSettings('a')];
    const instances = [gone, spotB({ launchedAt: now - 9 * minuteMs })];
    const expected = {
      market: 'on-demand',
      found: expect.stringContaining('i-000000b1 of zone b is a Spot'),
    };

    expect(launchOf({ instances })).toMatchObject(expected);
    const { plans } = diagnoseAndPlan(snapshotOf({ instances }), { settings: { ...settings, zones } });
    expect(plans[1]?.waves.flat().find(({ kind }) => kind === 'launch')).not.toHaveProperty('spot');
  });

  it('has its neighbours in the ring beside it, not in the settings', () => {
    const instances = [gone, spotB({ launchedAt: now - 9 * minuteMs })];
    const { diagnoses } = diagnoseAndPlan(snapshotOf({ instances }), { settings });
    const lanes = ['c', 'd'].map((name) => ({ ...zoneSettings('c'), name: zoneName(name) }));
    const [a, b] = settings.zones;
    const marketIn = (ring: readonly (typeof a)[]) =>
      marketsOf(diagnoses, { settings, now, ring: ring.flatMap((zone) => zone ?? []) }).get(zoneName('a'))
        ?.kind;

    expect(marketIn([a, b, ...lanes])).toBe('on-demand');
    expect(marketIn([a, lanes[0], b, lanes[1]])).toBe('spot');
  });

  it('is on demand beside a zone that could not be read, and Spot beside one that is wrong but seen', () => {
    const { diagnoses } = diagnoseAndPlan(snapshotOf({ instances: [gone, anInstance('b')] }), { settings });
    const b = { kind: 'undiagnosed', zone: zoneSettings('b'), findings: [] } as const;
    const beside = (neighbour: Diagnosis) =>
      marketsOf(
        diagnoses.map((diagnosis) => (diagnosis.zone.name === 'b' ? neighbour : diagnosis)),
        { settings, now, ring: settings.zones },
      ).get(zoneName('a'));
    const view = diagnoses.flatMap((diagnosis) =>
      diagnosis.zone.name === 'b' && diagnosis.kind === 'diagnosed' ? [diagnosis.view] : [],
    )[0];

    expect(beside({ ...b, health: 'unknown' })).toMatchObject({
      kind: 'on-demand',
      finding: { detail: 'zone b could not be read, so the launch in zone a is on demand' },
    });
    expect(beside({ ...b, health: 'violation', ...(view && { view }) })).toEqual({ kind: 'spot' });
  });

  it.each([
    ['spot-interruption', 'takes'],
    ['rebalance-recommendation', 'may take'],
  ] as const)('is on demand after a warning of the neighbour’s instance: %s', (reason, does) => {
    const instances = [gone, spotB({ replaceMark: { reason, at: now } })];

    expect(launchOf({ instances }).found).toBe(
      `EC2 has said that it ${does} i-000000b1 of zone b back, so the launch in zone a is on demand`,
    );
  });

  it('is on demand in each of two neighbours that have lost their instances', () => {
    const b = anInstance('b', { state: 'terminated', endReason: 'Client.UserInitiatedShutdown: by hand' });
    const { a, b: ofB } = diagnoseAndPlan(snapshotOf({ instances: [gone, b] }), { settings });

    for (const { waves, findings } of [a, ofB]) {
      expect(waves.flat().find(({ kind }) => kind === 'launch')).not.toHaveProperty('spot');
      expect(findings).toContainEqual(expect.objectContaining({ code: 'on-demand-instead' }));
    }
  });

  it('asks for Spot in all zones of a new stack, which nothing of ours has carried', () => {
    const { lastGoodImage: _of, interfaceId: _on, ...a } = anAddress('a');
    const { lastGoodImage: _ofB, interfaceId: _onB, ...b } = anAddress('b');
    const scene = { instances: [], interfaces: [], statuses: [], addresses: [a, b] };
    const plans = Object.values(diagnoseAndPlan(snapshotOf(scene), { settings })).slice(2, 4);

    expect(plans).toHaveLength(2);
    expect(launchOf(scene).market).toBe('spot');
  });

  it('asks for Spot beside a new Spot Instance where what it is to replace works, and is replaced at leisure', () => {
    const b = spotB({ launchedAt: now - 3 * minuteMs });
    const old = anInstance('a', { specHash: 'another' });
    const marked = (reason: 'rebuild' | 'retirement') =>
      anInstance('a', { replaceMark: { reason, at: now - minuteMs } });

    expect(launchOf({ instances: [old, b] }).market).toBe('spot');
    expect(launchOf({ instances: [marked('rebuild'), b] }).market).toBe('spot');
    expect(launchOf({ instances: [marked('retirement'), b] }).market).toBe('on-demand');
  });
});

describe('after a Spot Instance of the zone that did not last an hour,', () => {
  const short = (changes: Partial<NatInstance>) =>
    launchOf({
      instances: [
        anInstance('a', { spot: true, launchedAt: now - 20 * minuteMs, state: 'terminated', ...changes }),
        anInstance('b'),
      ],
    });

  it.each([
    { endReason: 'Server.SpotInstanceTermination: Spot instance termination' },
    { endReason: 'Client.InternalError: Client error on launch' },
    {},
    {
      endReason: 'Client.UserInitiatedShutdown: ours',
      replaceMark: { reason: 'spot-interruption', at: now },
    },
  ] as const)('the next is on demand: %o', (changes) => {
    expect(short(changes)).toMatchObject({
      market: 'on-demand',
      found: expect.stringContaining('i-000000a1'),
    });
  });

  it.each([
    { endReason: 'Client.UserInitiatedShutdown: by hand' },
    { endReason: 'Server.SpotInstanceTermination: Spot instance termination', launchedAt: now - hourMs },
  ])('the next is not where somebody has ended it, or it has lasted: %o', (changes) => {
    expect(short(changes).market).toBe('spot');
  });

  describe('or that EC2 has warned of so early,', () => {
    const early = 20 * minuteMs;
    const warned = (reason: ReplaceReason, changes: Partial<NatInstance> = {}) =>
      launchOf({
        instances: [
          anInstance('a', {
            spot: true,
            launchedAt: now - early,
            replaceMark: { reason, at: now },
            ...changes,
          }),
          anInstance('b'),
        ],
      });

    it.each([
      ['spot-interruption', 'takes', {}],
      ['rebalance-recommendation', 'may take', {}],
      // We have replaced it, and the new one was lost.
      [
        'rebalance-recommendation',
        'may take',
        { state: 'terminated', endReason: 'Client.UserInitiatedShutdown: ours' },
      ],
    ] as const)('the next is on demand: %s', (reason, does, changes) => {
      expect(warned(reason, changes)).toMatchObject({
        market: 'on-demand',
        found: `EC2 has said within an hour of its launch as a Spot Instance that it ${does} i-000000a1 back, so the launch in zone a is on demand`,
      });
    });

    it('the next is not where it has lasted, was no Spot Instance, or nobody warned of it', () => {
      const mark = { reason: 'rebalance-recommendation', at: now } as const;
      const onDemand = anInstance('a', { replaceMark: mark, launchedAt: now - early });

      expect(warned('rebalance-recommendation', { launchedAt: now - hourMs }).market).toBe('spot');
      expect(warned('retirement').market).toBe('spot');
      expect(launchOf({ instances: [onDemand, anInstance('b')] }).market).toBe('spot');
    });
  });

  it('its image is not to blame', () => {
    const newest = id('image', '2');
    const taken = anInstance('a', {
      imageId: newest,
      spot: true,
      launchedAt: now - 20 * minuteMs,
      state: 'terminated',
      endReason: 'Server.SpotInstanceTermination: Spot instance termination',
    });
    const images = snapshotOf().images.known ? snapshotOf().images : undefined;
    const old = images?.known === true ? images.value.items : [];
    const [first] = old;
    if (first === undefined) throw new Error('an image is expected');
    const scene = {
      instances: [taken, anInstance('b')],
      images: [...old, { ...first, id: newest, createdAt: now - hourMs }],
    };
    const { a } = diagnoseAndPlan(snapshotOf(scene), { settings });

    expect(a.waves.flat().find(({ kind }) => kind === 'launch')).toMatchObject({ image: { id: newest } });
  });
});

describe('what EC2 has refused in this run', () => {
  const a = zoneName('a');

  it('as Spot is asked for on demand, then the next type as Spot', () => {
    const first = refuseType(emptyMemory, a, 't4g.nano', 'refusedSpot');
    const second = { ...first, refusedTypes: new Map([[a, new Set(['t4g.nano'])]]) };

    expect(launchOf({}, { memory: first })).toEqual({
      type: 't4g.nano',
      market: 'on-demand',
      found: expect.stringContaining('has refused a t4g.nano as a Spot Instance'),
    });
    expect(launchOf({}, { memory: second })).toEqual({ type: 't3.nano', market: 'spot' });
  });

  it('as Spot whatever the type is not asked for again', () => {
    expect(launchOf({}, { memory: refuse(emptyMemory, 'withoutSpot', a) }).market).toBe('on-demand');
  });
});
