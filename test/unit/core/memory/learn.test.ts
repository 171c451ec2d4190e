import { describe, expect, it } from 'vitest';
import { learnFromEffect, learnFromFailure } from '../../../../shared/core/memory/learn.ts';
import { emptyMemory, rememberCarrier } from '../../../../shared/core/memory/memory.ts';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import type { AwsFailure, FailureKind } from '../../../../shared/core/model/failure.ts';
import type { LaunchImage, Step } from '../../../../shared/core/model/step.ts';
import { id, now, zoneName } from '../a-snapshot.ts';
import { associate, create, eni, image, launch, mark, route, token, uncheck } from '../some-steps.ts';

const a = zoneName('a');

describe('what is learned', () => {
  const failure = (kind: FailureKind): AwsFailure => ({ kind, code: 'X', message: 'x', advice: 'x' });
  const placed: Step = { ...launch, on: eni };

  it('from a failed launch is a type, an image or a token to do without', () => {
    expect(
      learnFromFailure(emptyMemory, launch, failure('capacity'), { zone: a, now }).refusedTypes.get(a),
    ).toEqual(new Set(['t4g.nano']));
    expect(
      learnFromFailure(emptyMemory, launch, failure('unsupported'), { zone: a, now }).refusedTypes.get(a),
    ).toEqual(new Set(['t4g.nano']));
    expect(
      learnFromFailure(emptyMemory, launch, failure('image-unavailable'), { zone: a, now }).refusedImages,
    ).toEqual(new Map([[a, new Set([image.id])]]));
  });

  it.each(['InsufficientFreeAddressesInSubnet', 'PrivateIpAddressLimitExceeded'])(
    'from %s is to do with one private address, where two were asked for',
    (code) => {
      const noRoom: AwsFailure = { ...failure('rejected'), code };
      const on = { kind: 'new-interface', subnetId: id('subnet', 'a0') } as const;
      const learned = (step: Step) =>
        learnFromFailure(emptyMemory, step, noRoom, { zone: a, now }).oneAddressOnly.has(a);

      expect(
        [
          { kind: 'assign-secondary-address', interfaceId: eni.id } as const,
          { ...create, secondary: true } as const,
          { ...launch, on: { ...on, secondary: true } } as const,
        ].map(learned),
      ).toEqual([true, true, true]);
      expect([create, launch, { ...launch, on }].map(learned)).toEqual([false, false, false]);
    },
  );

  it('of a launch as Spot that has failed without a reason against Spot is what any launch teaches', () => {
    const learned = (kind: AwsFailure['kind'], isSpot: boolean) =>
      learnFromFailure(emptyMemory, { ...launch, ...(isSpot && { spot: true as const }) }, failure(kind), {
        zone: a,
        now,
      });

    for (const kind of ['throttled', 'token-spent', 'image-unavailable'] as const) {
      expect(learned(kind, true)).toEqual(learned(kind, false));
    }
    expect(learned('quota', true)).not.toEqual(learned('quota', false));
  });

  it('from a full subnet is to do without a spare interface, not without one that a launch waits for', () => {
    const noRoom: AwsFailure = { ...failure('quota'), code: 'InsufficientFreeAddressesInSubnet' };
    const learned = (step: Step) =>
      learnFromFailure(emptyMemory, step, noRoom, { zone: a, now }).withoutSpare.has(a);

    expect([{ ...create, isSpare: true } as const, create, launch].map(learned)).toEqual([
      true,
      false,
      false,
    ]);
    expect(
      learnFromFailure(emptyMemory, { ...create, isSpare: true }, failure('throttled'), { zone: a, now })
        .withoutSpare.size,
    ).toBe(0);
  });

  it('from an Elastic IP that could not be moved is that the routes which waited for it wait no longer', () => {
    const learned = (step: Step) =>
      learnFromFailure(emptyMemory, step, failure('permission'), { zone: a, now });

    expect(learned({ ...associate, isAwaited: true })).toEqual({
      ...emptyMemory,
      withoutAddress: new Set([a]),
    });
    expect(learned(associate)).toBe(emptyMemory);
  });

  it('from traffic that has just been moved is that nobody has been seen carrying it', () => {
    const carried = rememberCarrier(emptyMemory, a, id('instance', '0a'), now);
    const after = (step: Step) =>
      learnFromEffect(carried, step, { kind: 'done' }, { zone: a, now }).carriedSince.has(a);

    expect([route, associate, uncheck].map(after)).toEqual([false, false, true]);
  });

  it('from traffic that has just been moved is that nothing heard before tells of it', () => {
    const after = (step: Step) =>
      learnFromEffect(emptyMemory, step, { kind: 'done' }, { zone: a, now }).movedAt.has(a);

    expect([route, associate, uncheck].map(after)).toEqual([true, true, false]);
  });

  it('from a mismatched token is a doubt at first, and that it is spent when nothing was listed since', () => {
    const mismatch = failure('token-mismatch');
    const once = learnFromFailure(emptyMemory, launch, mismatch, { zone: a, now });
    const soon = learnFromFailure(once, launch, mismatch, { zone: a, now: now + 9_999 });
    const later = learnFromFailure(soon, launch, mismatch, { zone: a, now: now + 10_000 });

    expect([once, soon].map(({ spentTokens }) => spentTokens.size)).toEqual([0, 0]);
    expect(later.spentTokens).toEqual(new Set([token]));
  });

  it('from a launch that EC2 had accepted, or whose instance has ended, is also that its token is spent', () => {
    const spentBy = (kind: FailureKind) => [
      ...learnFromFailure(emptyMemory, launch, failure(kind), { zone: a, now }).spentTokens,
    ];

    expect([spentBy('capacity'), spentBy('token-spent')]).toEqual([[token], [token]]);
    expect([spentBy('unsupported'), spentBy('image-unavailable')]).toEqual([[], []]);
  });

  it('from the same failures of other steps is nothing', () => {
    for (const kind of [
      'capacity',
      'image-unavailable',
      'token-mismatch',
      'token-spent',
      'not-found',
      'throttled',
    ] as const) {
      expect(learnFromFailure(emptyMemory, mark, failure(kind), { zone: a, now })).toBe(emptyMemory);
    }
  });

  it.each([
    placed,
    { ...uncheck, on: eni },
    { ...associate, to: eni },
    { ...route, to: eni },
  ] satisfies Step[])(
    'from %j not finding its interface twice is that the interface is a dead end',
    (step) => {
      const once = learnFromFailure(emptyMemory, step, failure('not-found'), { zone: a, now });
      const twice = learnFromFailure(once, step, failure('not-found'), { zone: a, now });

      expect(once.goneInterfaces.get(a)).toBeUndefined();
      expect(twice.goneInterfaces.get(a)).toEqual(new Set([eni.id]));
    },
  );

  it('of an interface not found says nothing where none was named', () => {
    const toGateway: Step = { ...route, to: { kind: 'nat-gateway', id: id('natGateway', '1') } };
    for (const step of [launch, uncheck, associate, toGateway]) {
      expect(learnFromFailure(emptyMemory, step, failure('not-found'), { zone: a, now })).toBe(emptyMemory);
    }
  });

  it('from answers is what was launched, marked, applied, or replayed dead', () => {
    const launched = { kind: 'launched', instanceId: id('instance', 'c') } as const;
    const dead = { kind: 'replayed-dead', instanceId: id('instance', 'd'), state: 'terminated' } as const;

    expect(learnFromEffect(emptyMemory, launch, launched, { zone: a, now }).launches.get(a)).toEqual({
      instanceId: id('instance', 'c'),
      at: now,
    });
    expect(learnFromEffect(emptyMemory, launch, dead, { zone: a, now }).spentTokens).toEqual(
      new Set([token]),
    );
    expect(learnFromEffect(emptyMemory, mark, dead, { zone: a, now }).spentTokens.size).toBe(0);
    expect(learnFromEffect(emptyMemory, launch, dead, { zone: a, now }).applied.size).toBe(0);
    expect(
      learnFromEffect(
        emptyMemory,
        create,
        { kind: 'interface-created', interfaceId: eni.id },
        { zone: a, now },
      ).applied.size,
    ).toBe(1);
    expect(learnFromEffect(emptyMemory, mark, { kind: 'done' }, { zone: a, now }).marks.size).toBe(1);
    expect(learnFromEffect(emptyMemory, create, { kind: 'done' }, { zone: a, now }).marks.size).toBe(0);
  });

  it('from an answer of no known kind is that we are mistaken', () => {
    const odd = { kind: 'odd' } as never;

    expect(() => learnFromEffect(emptyMemory, create, odd, { zone: a, now })).toThrow(InvariantViolation);
  });
});

const launchOf = (of: LaunchImage): Step => ({
  kind: 'launch',
  zone: a,
  instanceType: 't4g.nano',
  image: of,
  on: { kind: 'created' },
  clientToken: token,
});
const rejected: AwsFailure = { kind: 'rejected', code: 'InvalidParameterValue', message: 'no', advice: 'x' };

describe('a launch that EC2 rejects', () => {
  const learn = (step: Step) => learnFromFailure(emptyMemory, step, rejected, { zone: a, now });

  it('of an image that only a note names is not tried again with that image', () => {
    expect(learn(launchOf({ ...image, noted: true })).refusedImages).toEqual(
      new Map([[a, new Set([image.id])]]),
    );
  });

  it('of an image that EC2 lists says nothing against the image, nor does any other step', () => {
    expect(learn(launchOf(image))).toBe(emptyMemory);
    expect(learn({ kind: 'terminate', instanceId: id('instance', 'a1') })).toBe(emptyMemory);
  });
});
