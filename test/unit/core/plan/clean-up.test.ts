import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberCarrier } from '../../../../shared/core/memory/memory.ts';
import { isSerious } from '../../../../shared/core/model/finding.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { type Changes, own, scene } from '../a-stand-in.ts';
import { anAnswer, aReading, noReading } from '../some-readings.ts';

const steady = rememberCarrier(emptyMemory, zoneName('a'), id('instance', 'a1'), now - 60_000);

describe('an instance that has been replaced', () => {
  const old = anInstance('a', { id: id('instance', 'a0'), interfaceId: id('interface', 'a0') });
  const beside = (passed: boolean | 'unknown', agoMs: number, cutoverAgoMs?: number, memory = steady) => {
    const cutover = { from: old.id, to: id('instance', 'a1'), at: now - (cutoverAgoMs ?? 0) };
    const { lastGoodImage: _none, ...address } = anAddress(
      'a',
      cutoverAgoMs === undefined ? {} : { cutover },
    );
    const reading = passed === 'unknown' ? noReading(now - 500) : aReading(anAnswer(passed), now - 500);
    return diagnoseAndPlan(
      {
        ...snapshotOf({
          instances: [anInstance('a', { launchedAt: now - agoMs }), old, anInstance('b')],
          interfaces: [
            anInterface('a'),
            anInterface('a', { id: id('interface', 'a0'), attachedTo: old.id }),
            anInterface('b'),
          ],
          addresses: [address, anAddress('b')],
        }),
        readings: new Map([[zoneName('a'), [reading]]]),
      },
      { memory },
    ).a;
  };

  it('goes, and the image is noted, once a request has passed through its successor', () => {
    expect(kindsOf(beside(true, minuteMs)).flat()).toEqual(['terminate', 'remember-image']);
    expect(kindsOf(beside(false, minuteMs)).flat()).toEqual([]);
    expect(beside('unknown', minuteMs).waits.map(({ detail }) => detail)).toContain(
      'a request to pass through i-000000a1 before i-000000a0 is terminated',
    );
  });

  it('is not ended before the traffic is steady, nor is the image noted while it runs', () => {
    expect(kindsOf(beside(true, minuteMs, undefined, emptyMemory)).flat()).toEqual([]);
  });

  it('stays for ten minutes where the probe tells nothing', () => {
    expect(kindsOf(beside('unknown', 10 * minuteMs - 1)).flat()).toEqual([]);
    expect(kindsOf(beside('unknown', 10 * minuteMs)).flat()).toEqual(['terminate', 'remember-image']);
    expect(kindsOf(beside('unknown', hourMs, 9 * minuteMs)).flat()).toEqual([]);
    expect(kindsOf(beside('unknown', hourMs, 10 * minuteMs)).flat()).toEqual(['terminate', 'remember-image']);
  });

  it('does not stay for a note of a time that is yet to come', () => {
    expect(kindsOf(beside('unknown', hourMs, -hourMs)).flat()).toEqual(['terminate', 'remember-image']);
  });
});

describe('the image of an instance to which a zone has come home', () => {
  const kinds = (agoMs: number, memory = emptyMemory) => {
    const cutover = { from: id('instance', 'b1'), to: own.id, at: now - agoMs };
    const readings = new Map([[zoneName('a'), [aReading(anAnswer(true), now - 500)]]]);
    const lastGoodImage = { imageId: id('image', 'f'), architecture: 'arm64' } as const;
    const { diagnoses, context } = scene({
      isHome: true,
      besideA: [own],
      addressOfA: { cutover, lastGoodImage },
      readings,
      memory,
    });
    return plan(diagnoses, context)[0]
      ?.waves.flat()
      .map(({ kind }) => kind);
  };

  it('is not noted before the traffic is steady: what passed may have been led back a moment ago', () => {
    const since = rememberCarrier(emptyMemory, zoneName('a'), own.id, now - minuteMs);

    expect(kinds(5_000)).not.toContain('remember-image');
    expect(kinds(5_000, since)).toContain('remember-image');
  });

  it('is noted by a later run, and beside a note of a time that is yet to come', () => {
    expect(kinds(minuteMs + 1)).toContain('remember-image');
    expect(kinds(-2 * minuteMs)).toContain('remember-image');
  });
});

describe('an interface that is left over', () => {
  const former = (state: NatInstance['state']) => {
    const { interfaceId: _none, ...gone } = anInstance('a', { id: id('instance', 'a0'), state });
    return gone;
  };
  const leftover = anInterface('a', { id: id('interface', 'a0'), attachedTo: id('instance', 'a0') });

  it.each<[NatInstance['state'], string[], number]>([
    // EC2 goes on showing it in use for a while: the call is what finds out.
    ['terminated', ['delete-interface'], 0],
    ['shutting-down', [], 1],
  ])('in use by an instance that is %s', (state, kinds, waits) => {
    const { a } = diagnoseAndPlan(
      snapshotOf({
        instances: [anInstance('a'), former(state), anInstance('b')],
        interfaces: [anInterface('a'), leftover, anInterface('b')],
      }),
      { memory: steady },
    );

    expect(kindsOf(a).flat()).toEqual(kinds);
    expect(a.waits).toHaveLength(waits);
  });
});

describe('surplus instances that fail their checks', () => {
  const failing = (count: number, zone: 'impaired' | 'ok' = 'impaired') => {
    const surplus = Array.from({ length: count }, (_, nth) =>
      anInstance('a', {
        id: id('instance', `e${nth}`),
        interfaceId: id('interface', `e${nth}`),
        launchedAt: now - nth * hourMs,
      }),
    );
    const scene = snapshotOf({
      instances: [anInstance('a', { launchedAt: now - 30 * hourMs }), ...surplus, anInstance('b')],
      interfaces: [
        anInterface('a'),
        ...surplus.map(({ id: attachedTo, interfaceId = id('interface', 'e0') }) =>
          anInterface('a', { id: interfaceId, attachedTo }),
        ),
        anInterface('b'),
      ],
      statuses: [
        aStatus('a1', { instance: 'initializing' }),
        aStatus('b1'),
        ...surplus.map((_, nth) => aStatus(`e${nth}`, { instance: zone })),
      ],
    });
    return diagnoseAndPlan(scene, { memory: steady }).a.waves.flat();
  };
  const ended = (steps: ReturnType<typeof failing>) =>
    steps.flatMap((step) => (step.kind === 'terminate' ? [step.instanceId] : []));

  it('are bounded also while none is ready: the youngest five stay', () => {
    expect(ended(failing(5))).toEqual([]);
    expect(ended(failing(7))).toEqual([id('instance', 'e5'), id('instance', 'e6')]);
  });

  it('are bounded where they fail alone: one that may work stays', () => {
    expect(ended(failing(7, 'ok'))).toEqual([]);
  });
});

describe('an instance that was told of other subnets than the other zones have now', () => {
  const codesOfB = (changes: Changes) => {
    const { diagnoses, context } = scene(changes);
    return plan(diagnoses, context)[1]?.findings.map(({ code }) => code);
  };

  it('is said to stand in for nobody, with the command that mends it, and calls nobody', () => {
    expect(codesOfB({ b: { others: 'of before' } })).toEqual(['told-otherwise']);
    expect(codesOfB({})).toEqual([]);
    expect(isSerious({ code: 'told-otherwise' })).toBe(false);
  });

  it('is not said to have been told of anything where no tag tells it', () => {
    const detailOf = (b: Partial<NatInstance>) => {
      const { diagnoses, context } = scene({ b });
      return plan(diagnoses, context)[1]?.findings[0]?.detail;
    };

    expect(detailOf({ others: '' })).toMatch(
      /^i-\w+ has nothing in its tag phoenat:others, .* rebuild --zone b/,
    );
    expect(detailOf({ others: 'of before' })).toMatch(/^i-\w+ was told of other .* rebuild --zone b/);
  });

  it('is not where nobody is to stand in, or where it is to be replaced anyway', () => {
    expect(codesOfB({ b: { others: 'of before' }, settings: { standIn: 'off' } })).toEqual([]);
    expect(codesOfB({ b: { others: 'of before', specHash: 'old' } })).not.toContain('told-otherwise');
  });
});

describe('an interface that an instance has left behind', () => {
  it('is deleted, but not while another zone’s Elastic IP is on it', () => {
    const left = anInterface('b', { id: id('interface', 'b0'), status: 'available', secondaryIps: [] });
    const { attachedTo: _nobody, ...free } = left;
    const memory = rememberCarrier(emptyMemory, zoneName('b'), id('instance', 'b1'), now - minuteMs);
    const deleted = (interfaceId: string) => {
      const snapshot = snapshotOf({
        interfaces: [anInterface('a'), anInterface('b'), free],
        addresses: [anAddress('a', { interfaceId: id('interface', interfaceId) }), anAddress('b')],
      });
      return kindsOf(diagnoseAndPlan(snapshot, { memory }).b).flat();
    };

    expect(deleted('a1')).toContain('delete-interface');
    expect(deleted('b0')).not.toContain('delete-interface');
  });
});
