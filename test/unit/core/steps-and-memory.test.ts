import { describe, expect, it } from 'vitest';
import { learnFromEffect, learnFromFailure } from '../../../shared/core/memory/learn.ts';
import {
  emptyMemory,
  rememberApplied,
  rememberCarrier,
  rememberMark,
  wasJustApplied,
  withMarks,
} from '../../../shared/core/memory/memory.ts';
import { assertNever, InvariantViolation } from '../../../shared/core/model/assert.ts';
import type { AwsFailure, FailureKind } from '../../../shared/core/model/failure.ts';
import { failureKinds, isPassing } from '../../../shared/core/model/failure.ts';
import { idShape, parseClientToken, parseId, parseZoneName } from '../../../shared/core/model/ids.ts';
import { describeStep, type Step } from '../../../shared/core/model/step.ts';
import { openingPlan } from '../../../shared/core/plan/command.ts';
import { resolveStep } from '../../../shared/core/plan/resolve-step.ts';
import { restrain } from '../../../shared/core/plan/skip-recent-steps.ts';
import { zonePlan } from '../../../shared/core/plan/zone-plan.ts';
import { id, judge, now, snapshotOf, someSettings, zoneName } from './a-snapshot.ts';

const a = zoneName('a');
const eni = { kind: 'interface', id: id('interface', 'a1') } as const;
const created = { kind: 'created' } as const;
const token = parseClientToken('phoenat-1');
if (token === undefined) {
  throw new Error('phoenat-1 is a token');
}
const image = { id: id('image', '1'), architecture: 'arm64', rootDeviceName: '/dev/xvda' } as const;

const create: Step = { kind: 'create-interface', subnetId: id('subnet', 'a0'), clientToken: token };
const launch: Step = { kind: 'launch', instanceType: 't4g.nano', image, on: created, clientToken: token };
const uncheck: Step = { kind: 'disable-source-dest-check', on: created };
const regroup: Step = { kind: 'set-security-groups', on: created, groupIds: [id('securityGroup', '1')] };
const associate: Step = { kind: 'associate-address', allocationId: id('allocation', 'a'), to: created };
const route: Step = {
  kind: 'set-default-route',
  routeTableId: id('routeTable', 'a1'),
  exists: true,
  to: created,
};
const mark: Step = {
  kind: 'mark-for-replacement',
  instanceId: id('instance', 'a1'),
  mark: { reason: 'rebuild', at: now },
};

const opening = { now, settings: someSettings(), memory: emptyMemory };

describe('ids', () => {
  it('are accepted in their own shape only', () => {
    expect(parseId('instance', 'i-0123456789abcdef0')).toBe('i-0123456789abcdef0');
    for (const wrong of ['eni-0123456789abcdef0', 'i-xyz', 'i-0123', '', undefined, 7]) {
      expect(parseId('instance', wrong)).toBeUndefined();
    }
    expect([parseZoneName('eu-central-1a'), parseZoneName('A'), parseZoneName('')]).toEqual([
      'eu-central-1a',
      undefined,
      undefined,
    ]);
    expect([
      parseClientToken('x'.repeat(64)),
      parseClientToken('x'.repeat(65)),
      parseClientToken('ä'),
    ]).toEqual(['x'.repeat(64), undefined, undefined]);
    expect(idShape('allocation')).toBe('eipalloc-…');
  });
});

describe('assertNever', () => {
  it('is loud about what should not be', () => {
    expect(() => assertNever('surprise' as never)).toThrow(InvariantViolation);
    expect(() => assertNever('surprise' as never)).toThrow(/"surprise"/);
  });

  it('stands at the end of every switch over a union', () => {
    const odd = { kind: 'odd' } as never;
    const { diagnosisOfA } = judge(snapshotOf());
    const command = { kind: 'manual', command: { action: 'odd' }, at: now } as never;

    for (const ask of [
      () => describeStep(odd),
      () => learnFromEffect(emptyMemory, a, create, odd, now),
      () => openingPlan(odd, diagnosisOfA, snapshotOf(), opening),
      () => openingPlan(command, diagnosisOfA, snapshotOf(), opening),
    ]) {
      expect(ask).toThrow(InvariantViolation);
    }
  });
});

describe('a step', () => {
  it.each([
    [create, /create a network interface in subnet-/],
    [launch, /launch a t4g.nano from ami-00000001 on the new interface/],
    [
      { ...launch, on: { kind: 'new-interface', subnetId: id('subnet', 'a0') } },
      /launch .* in subnet-000000a0/,
    ],
    [uncheck, /source\/destination check of the new interface off/],
    [regroup, /put the new interface back into sg-00000001/],
    [{ kind: 'give-up-own-address', interfaceId: eni.id }, /public address that eni-000000a1/],
    [{ ...associate, to: eni }, /move Elastic IP eipalloc-0000000a to eni-000000a1/],
    [route, /default route of rtb-000000a1 at the new interface/],
    [{ ...route, to: { kind: 'nat-gateway', id: id('natGateway', '1') } }, /rtb-000000a1 at nat-00000001/],
    [{ kind: 'terminate', instanceId: id('instance', 'a1') }, /terminate i-000000a1/],
    [{ kind: 'delete-interface', interfaceId: eni.id }, /delete network interface eni-000000a1/],
    [mark, /mark i-000000a1 for replacement \(rebuild\)/],
    [
      { kind: 'remember-route-target', routeTableId: id('routeTable', 'a1'), target: eni },
      /remember that rtb-000000a1 pointed at eni-/,
    ],
    [
      {
        kind: 'remember-image',
        allocationId: id('allocation', 'a'),
        imageId: image.id,
        architecture: 'arm64',
      },
      /remember ami-00000001/,
    ],
    [{ kind: 'pause', allocationId: id('allocation', 'a'), since: 'now' }, /pause/],
    [{ kind: 'resume', allocationId: id('allocation', 'a') }, /resume/],
    [{ kind: 'reset-breaker', allocationId: id('allocation', 'a'), at: 'now' }, /reset the breaker/],
  ] satisfies readonly (readonly [Step, RegExp])[])('%j is told as a sentence', (step, sentence) => {
    expect(describeStep(step)).toMatch(sentence);
  });

  it.each([uncheck, regroup, associate, route, launch])('%j gets the interface that was made', (step) => {
    expect(JSON.stringify(resolveStep(step, eni.id))).toContain(eni.id);
    expect(resolveStep(step, undefined)).toBeUndefined();
  });

  it('that needs no interface made for it stays as it is', () => {
    const onNew: Step = { ...launch, on: { kind: 'new-interface', subnetId: id('subnet', 'a0') } };
    for (const step of [create, onNew, { ...uncheck, on: eni }, { ...route, to: eni }]) {
      expect(resolveStep(step, undefined)).toEqual(step);
    }
  });
});

describe('restrain', () => {
  const planned = zonePlan(a, { waves: [[{ ...associate, to: eni }], [{ ...route, to: eni }]] });

  it('holds back what succeeded a moment ago, and lets it through once EC2 must have shown it', () => {
    const memory = rememberApplied(emptyMemory, a, { ...associate, to: eni }, now - 1_000);

    expect(restrain(planned, emptyMemory, now)).toBe(planned);
    expect(restrain(planned, memory, now)).toMatchObject({
      waves: [[{ kind: 'set-default-route' }]],
      waits: [{ pollMs: 1_000 }],
    });
    expect(restrain(planned, memory, now + 4_001)).toBe(planned);
    expect(wasJustApplied(memory, zoneName('b'), { ...associate, to: eni }, now)).toBe(false);
  });

  it('holds back a whole plan whose later waves build on what was just made', () => {
    const memory = rememberApplied(emptyMemory, a, create, now);

    expect(restrain(zonePlan(a, { waves: [[create], [associate]] }), memory, now).waves).toEqual([]);

    const alsoAimed = rememberApplied(memory, a, { ...route, to: eni }, now);
    const both = zonePlan(a, { waves: [[create, { ...route, to: eni }], [associate]] });
    expect(restrain(both, alsoAimed, now).waves).toEqual([]);
  });
});

describe('what is learned', () => {
  const failure = (kind: FailureKind): AwsFailure => ({ kind, code: 'X', message: 'x', advice: 'x' });
  const placed: Step = { ...launch, on: eni };

  it('from a failed launch is a type, an image or a token to do without', () => {
    expect(learnFromFailure(emptyMemory, a, launch, failure('capacity'), now).refusedTypes.get(a)).toEqual(
      new Set(['t4g.nano']),
    );
    expect(learnFromFailure(emptyMemory, a, launch, failure('unsupported'), now).refusedTypes.get(a)).toEqual(
      new Set(['t4g.nano']),
    );
    expect(learnFromFailure(emptyMemory, a, launch, failure('image-unavailable'), now).refusedImages).toEqual(
      new Map([[a, new Set([image.id])]]),
    );
  });

  it('from a mismatched token is a doubt at first, and that it is spent when nothing was listed since', () => {
    const mismatch = failure('token-mismatch');
    const once = learnFromFailure(emptyMemory, a, launch, mismatch, now);
    const soon = learnFromFailure(once, a, launch, mismatch, now + 9_999);
    const later = learnFromFailure(soon, a, launch, mismatch, now + 10_000);

    expect([once, soon].map(({ spentTokens }) => spentTokens.size)).toEqual([0, 0]);
    expect(later.spentTokens).toEqual(new Set([token]));
  });

  it('from a launch that EC2 had accepted, or whose instance has ended, is also that its token is spent', () => {
    const spentBy = (kind: FailureKind) => [
      ...learnFromFailure(emptyMemory, a, launch, failure(kind), now).spentTokens,
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
      expect(learnFromFailure(emptyMemory, a, mark, failure(kind), now)).toBe(emptyMemory);
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
      const once = learnFromFailure(emptyMemory, a, step, failure('not-found'), now);
      const twice = learnFromFailure(once, a, step, failure('not-found'), now);

      expect(once.goneInterfaces.get(a)).toBeUndefined();
      expect(twice.goneInterfaces.get(a)).toEqual(new Set([eni.id]));
    },
  );

  it('of an interface not found says nothing where none was named', () => {
    const toGateway: Step = { ...route, to: { kind: 'nat-gateway', id: id('natGateway', '1') } };
    for (const step of [launch, uncheck, associate, toGateway]) {
      expect(learnFromFailure(emptyMemory, a, step, failure('not-found'), now)).toBe(emptyMemory);
    }
  });

  it('from answers is what was launched, marked, applied, or replayed dead', () => {
    const launched = { kind: 'launched', instanceId: id('instance', 'c') } as const;
    const dead = { kind: 'replayed-dead', instanceId: id('instance', 'd'), state: 'terminated' } as const;

    expect(learnFromEffect(emptyMemory, a, launch, launched, now).launches.get(a)).toEqual({
      instanceId: id('instance', 'c'),
      at: now,
    });
    expect(learnFromEffect(emptyMemory, a, launch, dead, now).spentTokens).toEqual(new Set([token]));
    expect(learnFromEffect(emptyMemory, a, mark, dead, now).spentTokens.size).toBe(0);
    expect(learnFromEffect(emptyMemory, a, launch, dead, now).applied.size).toBe(0);
    expect(
      learnFromEffect(emptyMemory, a, create, { kind: 'interface-created', interfaceId: eni.id }, now).applied
        .size,
    ).toBe(1);
    expect(learnFromEffect(emptyMemory, a, mark, { kind: 'done' }, now).marks.size).toBe(1);
    expect(learnFromEffect(emptyMemory, a, create, { kind: 'done' }, now).marks.size).toBe(0);
  });

  it('about who carries the traffic starts anew with every change', () => {
    const first = rememberCarrier(emptyMemory, a, id('instance', 'a1'), now);
    const later = rememberCarrier(first, a, id('instance', 'a1'), now + 5);

    expect(later.carriedSince.get(a)).toEqual({ by: id('instance', 'a1'), since: now });
    expect(rememberCarrier(later, a, id('instance', 'c'), now + 9).carriedSince.get(a)?.since).toBe(now + 9);
    expect(rememberCarrier(later, a, undefined, now + 9).carriedSince.get(a)).toBeUndefined();
  });

  it('about a mark shows in the next snapshot, whatever EC2 says, where there is one', () => {
    const memory = rememberMark(emptyMemory, id('instance', 'a1'), { reason: 'rebuild', at: now });
    const unread = { ...snapshotOf(), instances: { known: false, cause: 'failed', detail: '' } } as const;
    const { instances } = withMarks(snapshotOf(), memory);

    expect(instances.known && instances.value.items.map(({ replaceMark }) => replaceMark?.reason)).toEqual([
      'rebuild',
      undefined,
    ]);
    expect(withMarks(unread, memory)).toBe(unread);
    const same = snapshotOf();
    expect(withMarks(same, emptyMemory)).toBe(same);
  });

  it('is that only three kinds of failure need a person', () => {
    expect(failureKinds.filter((kind) => !isPassing(kind))).toEqual(['permission', 'quota', 'rejected']);
  });
});
