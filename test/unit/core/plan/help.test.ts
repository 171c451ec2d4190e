import { describe, expect, it } from 'vitest';
import {
  emptyMemory,
  type Memory,
  rememberAddress,
  rememberSplit,
  waitForNoWord,
} from '../../../../shared/core/memory/memory.ts';
import { refuse } from '../../../../shared/core/memory/refused.ts';
import type { NatHealth } from '../../../../shared/core/model/reading.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { stackOf } from '../../../../shared/core/plan/stack.ts';
import { anInstance, id, now, zoneName, zoneSettings } from '../a-snapshot.ts';
import { type Changes, letters, own, scene, spareIp, spareIpOfC, to } from '../a-stand-in.ts';
import { anAnswer, someHealth, times } from '../some-readings.ts';

function helpOfA(changes: Changes = {}) {
  const { diagnoses, context } = scene(changes);
  return stackOf(diagnoses, context).helpers.get(zoneName('a'));
}

function readingsOfB(passed: boolean, health?: NatHealth) {
  return new Map(
    letters.map((letter) => [
      zoneName(letter),
      letter === 'b' ? times(3, anAnswer(passed, health, id('instance', 'b1'))) : [],
    ]),
  );
}

const proven = {
  kind: 'proven',
  instanceId: id('instance', 'b1'),
  networkInterface: id('interface', 'b1'),
  privateIp: spareIp,
};

describe('a zone whose instance is gone', () => {
  it('is carried by its neighbour: Elastic IP and routes in one wave, before anything is launched', () => {
    const { diagnoses, context } = scene({});
    const [a, b] = plan(diagnoses, context);
    const to = { kind: 'interface', id: id('interface', 'b1') };

    expect(helpOfA()).toEqual(proven);
    expect(a?.purpose).toBe('recovery');
    expect(a?.waves).toEqual([
      [
        { kind: 'associate-address', allocationId: id('allocation', 'a'), to, privateIp: spareIp },
        ...['a1', 'a2'].map((hex) => ({
          kind: 'set-default-route',
          routeTableId: id('routeTable', hex),
          exists: true,
          to,
        })),
      ],
      [{ kind: 'note-stood-in', allocationId: id('allocation', 'a'), by: id('instance', 'b1'), at: now }],
    ]);
    expect(b?.waves).toEqual([]);
  });

  const beside = anInstance('b', { id: id('instance', 'b2'), launchedAt: now - minuteMs });
  const cutover = { from: id('instance', 'b0'), to: id('instance', 'b1'), at: now - minuteMs };
  const elsewhere = { interfaceId: id('interface', 'c1'), privateIp: spareIpOfC };
  it.each<[string, Changes]>([
    ['is not asked for', { settings: { standIn: 'off' } }],
    ['has one private address', { interfaceOfB: { secondaryIps: [] } }],
    ['is gone', { b: { state: 'terminated' } }],
    ['does not run yet', { b: { state: 'pending' } }],
    ['is paused', { addressOfB: { pausedSince: 'noon' } }],
    ['is new', { b: { launchedAt: now - minuteMs } }],
    ['has had its own traffic for a minute', { addressOfB: { cutover } }],
    ['is about to be replaced', { b: { replaceMark: { reason: 'rebuild', at: now } } }],
    ['is being replaced', { b: { specHash: 'old' }, besideB: [beside] }],
    ['has not passed its checks yet', { status: { instance: 'initializing' } }],
    ['fails its checks', { status: { instance: 'impaired' } }],
    ['is cut off by VPC Block Public Access', { isBlocked: true }],
    [
      'has its addresses in another network border group',
      { addressOfA: { networkBorderGroup: 'eu-central-1-ham-1' } },
    ],
    ['is not what its own zone goes through', { gatewayOf: 'b' }],
    ['is carried by its own neighbour', { addressOfB: elsewhere, routesOfB: 'c1' }],
    ['carries a third zone', { addressOfC: { interfaceId: id('interface', 'b1'), privateIp: spareIp } }],
    ['was told of other subnets', { b: { others: 'of before' } }],
    ['has been refused by EC2', { memory: refuse(emptyMemory, 'withoutStandIn', zoneName('a')) }],
    ['passes no request', { readings: readingsOfB(false, someHealth({ standInIp: spareIp })) }],
    ['does not say that it translates', { readings: readingsOfB(true, someHealth()) }],
    ['does not answer', { readings: readingsOfB(true) }],
    ['need not, since a gateway serves the zone', { gatewayOf: 'a' }],
  ])('is healed by itself where its neighbour %s', (_how, changes) => {
    const { diagnoses, context } = scene(changes);

    expect(stackOf(diagnoses, context).helpers.get(zoneName('a'))?.kind).not.toBe('proven');
    expect(plan(diagnoses, context)[0]?.waves.flat()).not.toContainEqual(
      expect.objectContaining({ kind: 'associate-address', privateIp: spareIp }),
    );
  });

  it('is carried by a neighbour whose probe has passed a request and that translates', () => {
    expect(helpOfA({ readings: readingsOfB(true, someHealth({ standInIp: spareIp })) })).toEqual(proven);
  });

  describe('that this run has just moved to a neighbour', () => {
    const step = {
      kind: 'associate-address',
      allocationId: id('allocation', 'a'),
      to: { kind: 'interface', id: id('interface', 'b1') },
      privateIp: spareIp,
    } as const;
    // Whatever the neighbour looks like by then.
    const paused = { addressOfB: { pausedSince: 'noon' } } as const;
    const planAfter = (agoMs: number, changes: Changes = {}, isUndone = false) => {
      const led = rememberAddress(emptyMemory, zoneName('a'), step, now - agoMs);
      const { privateIp: _none, ...home } = step;
      const memory = isUndone ? rememberAddress(led, zoneName('a'), home, now) : led;
      const { diagnoses, context } = scene({ ...paused, memory, ...changes });
      return plan(diagnoses, context)[0];
    };

    it('is not healed by itself while EC2 does not show that', () => {
      expect(planAfter(secondMs)?.waves).toEqual([]);
      expect(planAfter(secondMs)?.waits).toHaveLength(1);
    });

    it('is not led back to an instance of its own that EC2 still shows it with', () => {
      const behind = { isHome: true, besideA: [own], routesOfA: to('b1') } as const;

      expect(planAfter(secondMs, behind)?.waves).toEqual([]);
      expect(planAfter(5 * secondMs, behind)?.waves).not.toEqual([]);
    });

    it('is where EC2 never does, and where the address went on', () => {
      expect(planAfter(5 * secondMs)?.purpose).toBe('recovery');
      expect(planAfter(secondMs, {}, true)?.purpose).toBe('recovery');
    });

    it('is where EC2 shows it, and the neighbour gone', () => {
      const gone = { isCarried: true, b: { state: 'terminated' } } as const;

      expect(planAfter(secondMs, gone)?.purpose).toBe('recovery');
    });
  });

  it('waits for the first answer of its neighbour’s probe', () => {
    const readings = new Map(letters.map((letter) => [zoneName(letter), []]));
    const { diagnoses, context } = scene({ readings });
    const [a] = plan(diagnoses, context);

    expect(a?.waves).toEqual([]);
    expect(a?.awaitsWordOf).toBe('b');
  });

  it('waits for that no second time, and is carried where it comes late', () => {
    const memory = waitForNoWord(emptyMemory, zoneName('a'));
    const none = new Map(letters.map((letter) => [zoneName(letter), []]));
    const late = readingsOfB(true, someHealth({ standInIp: spareIp }));

    expect(helpOfA({ memory, readings: none })).toBeUndefined();
    expect(helpOfA({ memory, readings: late })).toEqual(proven);
  });

  it('is carried by a neighbour that is to be replaced at some time, and that waits', () => {
    const { diagnoses, context } = scene({
      b: { specHash: 'old' },
      isCarried: true,
    });

    expect(helpOfA({ b: { specHash: 'old' } })).toEqual(proven);
    expect(stackOf(diagnoses, context).closedGates.get(zoneName('b'))?.code).toBe('stands-in');
    expect(plan(diagnoses, context)[1]?.waves).toEqual([]);
  });

  it('is named with what to type where it is paused, since it does not go home then', () => {
    const waitingFor = (changes: Changes) => {
      const { diagnoses, context } = scene({ b: { specHash: 'old' }, isCarried: true, ...changes });
      return stackOf(diagnoses, context).closedGates.get(zoneName('b'))?.detail;
    };
    const waits = 'i-000000b1 stands in for zone a; its replacement waits until that is home';

    expect(waitingFor({})).toBe(waits);
    expect(waitingFor({ addressOfA: { pausedSince: 'noon' } })).toBe(
      `${waits}; zone a is paused, so somebody has to resume it: npx --no-install phoenat resume --zone a`,
    );
  });

  it('goes to its own next instance where that is ready, and to its neighbour until then', () => {
    const changes: Changes = {
      a: { state: 'running', replaceMark: { reason: 'spot-interruption', at: now } },
      besideA: [{ ...own, launchedAt: now - 20 * minuteMs }],
    };
    const moveOf = (some: Changes) => {
      const { diagnoses, context } = scene({ ...changes, ...some });
      const steps = plan(diagnoses, context)[0]?.waves.flat() ?? [];
      return steps.find(({ kind }) => kind === 'associate-address');
    };

    expect(moveOf({})).toMatchObject({ to: { id: own.interfaceId } });
    expect(moveOf({ besideA: [] })).toMatchObject({ privateIp: spareIp });
  });

  it('keeps what is to replace its neighbour from having the traffic until it is home', () => {
    const beside = anInstance('b', { id: id('instance', 'b2'), interfaceId: id('interface', 'b2') });
    const ofB = (isCarried: boolean) => {
      const { diagnoses, context } = scene({
        b: { specHash: 'old' },
        besideB: [{ ...beside, launchedAt: now - 20 * minuteMs }],
        statusOfB2: {},
        isCarried,
      });
      const [, b] = plan(diagnoses, context);
      return {
        moves: b?.waves.flat().map(({ kind }) => kind) ?? [],
        codes: b?.findings.map(({ code }) => code),
      };
    };

    expect(ofB(false).moves).toContain('associate-address');
    expect(ofB(true).moves).toEqual([]);
    expect(ofB(true).codes).toContain('stands-in');
  });
});

describe('a zone that has moved to its neighbour', () => {
  const a = zoneName('a');
  const candidateOf = (changes: Changes) => {
    const [diagnosis] = scene({ isCarried: true, ...changes }).diagnoses;
    return diagnosis?.kind === 'diagnosed' ? diagnosis.candidate?.id : 'not diagnosed';
  };

  it('does not go home to what it was moved from because no request passed', () => {
    const failed = { ...own, replaceMark: { reason: 'requests-failed', at: now } } as const;

    expect(candidateOf({ besideA: [own] })).toBe(own.id);
    expect(candidateOf({ besideA: [failed] })).toBeUndefined();
  });

  const planOfA = (changes: Changes) => {
    const { diagnoses, context } = scene({ besideA: [own], ...changes });
    return plan(diagnoses, context)[0];
  };
  const split = (sinceMs: number): Memory => rememberSplit(emptyMemory, a, true, now - sinceMs);
  const unshown = { detail: 'EC2 to show what was just moved', pollMs: secondMs };

  it('waits for EC2 to show the routes there before it goes home', () => {
    const halfShown = { isCarried: true, routesOfA: to('a2') } as const;
    const cutover = { from: id('instance', 'b1'), to: own.id, at: now - minuteMs };

    expect(planOfA({ ...halfShown, memory: split(4_999) })?.waits).toContainEqual(unshown);
    expect(planOfA({ ...halfShown, memory: split(5_000) })?.waits).not.toContainEqual(unshown);
    expect(planOfA({ ...halfShown, memory: split(0), addressOfA: { cutover } })?.waits).not.toContainEqual(
      unshown,
    );
  });
});

describe('a zone that is carried', () => {
  const b1 = id('instance', 'b1');
  const a = zoneName('a');
  const b = zoneName('b');

  it('does not go home to an instance of its own that does not answer where the stand-in does', () => {
    const asked = (word: NatHealth | 'silent') => {
      const answer = anAnswer(true, someHealth(), b1);
      const instances = [...answer.instances, ...anAnswer(true, word, own.id).instances];
      return new Map([[a, times(3, { ...answer, instances })]]);
    };
    const isGood = (word: NatHealth | 'silent') => {
      const besideA = [{ ...own, launchedAt: now - 60 * minuteMs }];
      const [diagnosis] = scene({ isCarried: true, besideA, readings: asked(word) }).diagnoses;
      return diagnosis?.kind === 'diagnosed' && diagnosis.candidateIsGood;
    };

    expect(isGood('silent')).toBe(false);
    expect(isGood(someHealth())).toBe(true);
  });

  it('tells no more than its neighbour where both fail through one instance: it is that, and not what is beyond', () => {
    const fails = times(36, anAnswer(false, 'silent', b1));
    const readings = new Map([
      [a, fails],
      [b, fails],
    ]);
    const settings = { zones: (['a', 'b'] as const).map(zoneSettings) };
    const { diagnoses, context } = scene({ isCarried: true, readings, settings });
    const plans = plan(diagnoses, context);

    expect(stackOf(diagnoses, context)).toMatchObject({ allSuspect: false, upstream: new Map() });
    expect([a, b].map((name) => stackOf(diagnoses, context).closedGates.get(name))).toEqual([
      undefined,
      undefined,
    ]);
    expect(plans.flatMap(({ waves }) => waves.flat()).map(({ kind }) => kind)).toContain('launch');
  });
});
