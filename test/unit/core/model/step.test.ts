import { describe, expect, it } from 'vitest';
import { isRemoval, type Step, stepKey, type Wave } from '../../../../shared/core/model/step.ts';
import { id, zoneName } from '../a-snapshot.ts';
import { associate, eni, route } from '../some-steps.ts';

const asFound = { kind: 'note-route-as-found', routeTableId: route.routeTableId } as const;
const deleteRoute: Step = { kind: 'delete-default-route', routeTableId: route.routeTableId };
const takeOff: Step = {
  kind: 'take-address-off',
  allocationId: id('allocation', 'a'),
  associationId: id('association', 'a1'),
  from: eni.id,
};

describe('a step', () => {
  it.each<[Step, boolean]>([
    [{ kind: 'terminate', instanceId: id('instance', 'a1') }, true],
    [{ kind: 'delete-interface', interfaceId: eni.id }, true],
    [deleteRoute, true],
    [{ kind: 'forget-route', routeTableId: route.routeTableId }, true],
    [{ kind: 'forget-address', allocationId: id('allocation', 'a') }, true],
    [takeOff, true],
    [{ ...route, to: eni }, false],
    [{ ...asFound, found: eni }, false],
    [{ kind: 'pause', allocationId: id('allocation', 'a'), since: 'now' }, false],
    // What is to be served on has to be there.
    [{ kind: 'resume', allocationId: id('allocation', 'a') }, false],
    [{ kind: 'odd' } as never, false],
  ])('%j is a removal: %s', (step, is) => {
    expect(isRemoval(step)).toBe(is);
  });

  it('that moves an Elastic IP is the same whether or not routes wait for it', () => {
    const key = (step: Step) => stepKey(zoneName('a'), step);

    expect(key({ ...associate, isAwaited: true })).toBe(key(associate));
    expect(key({ ...associate, privateIp: '10.0.0.9' })).not.toBe(key(associate));
  });

  it('that points a route is the same the first time and once more', () => {
    const key = (step: Step) => stepKey(zoneName('a'), step);

    expect(key({ ...route, again: true })).toBe(key(route));
  });

  it("that only the lifecycle's role may perform is in no plan of the controller's", () => {
    // @ts-expect-error: the type of a wave refuses it
    const wave: Wave = [deleteRoute];

    expect(wave).toEqual([deleteRoute]);
  });
});
