import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import type { Step } from '../../../../shared/core/model/step.ts';
import { describeStep } from '../../../../shared/core/report/describe-step.ts';
import { id } from '../a-snapshot.ts';
import { associate, create, eni, image, launch, mark, regroup, route, uncheck } from '../some-steps.ts';

const [one, other] = [id('instance', 'a1'), id('instance', 'a2')];
const asFound = { kind: 'note-route-as-found', routeTableId: route.routeTableId } as const;
const deleteRoute: Step = { kind: 'delete-default-route', routeTableId: route.routeTableId };

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
    [{ ...route, to: { kind: 'nat-gateway', id: id('natGateway', '1') } }, /rtb-000000a1 at nat-00000001$/],
    [
      { ...route, to: { kind: 'nat-gateway', id: id('natGateway', '1') }, again: true },
      /rtb-000000a1 at nat-00000001, once more after the pause$/,
    ],
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
    [
      { kind: 'note-cutover', allocationId: id('allocation', 'a'), cutover: { from: one, to: other, at: 1 } },
      /note that the traffic is moved from i-000000a1 to i-000000a2/,
    ],
    [
      {
        kind: 'note-undone-cutovers',
        allocationId: id('allocation', 'a'),
        undone: [{ instanceId: other, imageId: id('image', '1'), specHash: '', at: 1 }],
      },
      /note that the cutover to i-000000a2 is undone/,
    ],
    [{ kind: 'pause', allocationId: id('allocation', 'a'), since: 'now' }, /pause/],
    [{ kind: 'resume', allocationId: id('allocation', 'a') }, /resume/],
    [{ kind: 'reset-breaker', allocationId: id('allocation', 'a'), at: 'now' }, /reset the breaker/],
    [{ ...asFound, found: { kind: 'no-route' } }, /note that rtb-000000a1 had no default route/],
    [{ ...asFound, found: eni }, /note that the default route of rtb-000000a1 led to eni-/],
    [
      {
        kind: 'note-refused-move',
        instanceId: id('instance', 'a1'),
        refused: { of: route.routeTableId, code: 'x' },
        at: [],
      },
      /note that rtb-000000a1 could not be moved to i-000000a1/,
    ],
    [
      { kind: 'note-put-back', instanceId: id('instance', 'a1'), at: [] },
      /note that the interface of i-000000a1 is put back/,
    ],
    [
      { kind: 'note-takeover', routeTableId: route.routeTableId, at: [] },
      /default route of rtb-000000a1 is taken over/,
    ],
    [
      { kind: 'note-takeover', routeTableId: route.routeTableId, at: [], tried: 1 },
      /default route of rtb-000000a1 is about to be taken over/,
    ],
    [
      {
        kind: 'note-takeover',
        routeTableId: route.routeTableId,
        at: [],
        ledBack: { at: 1, from: id('instance', 'a1') },
      },
      /takeover of .* rtb-000000a1 is undone/,
    ],
    [deleteRoute, /delete the default route of rtb-000000a1/],
    [
      {
        kind: 'take-address-off',
        allocationId: id('allocation', 'a'),
        associationId: id('association', 'a1'),
        from: eni.id,
      },
      /take Elastic IP eipalloc-0000000a off eni-000000a1/,
    ],
    [{ kind: 'forget-route', routeTableId: route.routeTableId }, /remove our tag from rtb-000000a1/],
    [{ kind: 'forget-address', allocationId: id('allocation', 'a') }, /tags from Elastic IP eipalloc-/],
  ] satisfies readonly (readonly [Step, RegExp])[])('%j is told as a sentence', (step, sentence) => {
    expect(describeStep(step)).toMatch(sentence);
  });

  it('of no known kind is a mistake of ours', () => {
    expect(() => describeStep({ kind: 'odd' } as never)).toThrow(InvariantViolation);
  });
});
