import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberCarrier } from '../../../../shared/core/memory/memory.ts';
import type { NatInterface } from '../../../../shared/core/model/snapshot.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  zoneName,
} from '../a-snapshot.ts';
import { ofB, toGateway } from '../some-scenes.ts';

const spare = (hex: string, changes: Parameters<typeof anInterface>[1] = {}) => {
  const { attachedTo: _none, ...free } = anInterface('a', { id: id('interface', hex), status: 'available' });
  return { ...free, ...changes };
};

function recovery(changes: Partial<Scene>) {
  const { a } = diagnoseAndPlan(
    snapshotOf({
      instances: [anInstance('a', { state: 'terminated' }), anInstance('b')],
      statuses: [aStatus('b1')],
      ...changes,
    }),
  );
  const launch = a.waves.flat().find((step) => step.kind === 'launch');
  return { kinds: kindsOf(a).flat(), on: launch?.kind === 'launch' ? launch.on : undefined };
}

describe('a free interface', () => {
  it('is taken where it is in the public subnet of the zone', () => {
    const { kinds, on } = recovery({ interfaces: [spare('c1'), anInterface('b')] });

    expect(kinds).not.toContain('create-interface');
    expect(on).toEqual({ kind: 'interface', id: id('interface', 'c1') });
  });

  it.each([
    ['another subnet, as after a change of the settings', { subnetId: id('subnet', 'dd') }],
    ['use', { status: 'in-use' }],
  ])('is left alone where it is in %s', (_where, changes) => {
    const { kinds, on } = recovery({ interfaces: [spare('c1', changes), anInterface('b')] });

    expect(kinds[0]).toBe('create-interface');
    expect(on).toEqual({ kind: 'created' });
  });

  it('of several is the one that has the Elastic IP, so that it need not move', () => {
    const { kinds, on } = recovery({
      interfaces: [spare('c1'), spare('c2'), spare('c3'), anInterface('b')],
      addresses: [anAddress('a', { interfaceId: id('interface', 'c2') }), anAddress('b')],
    });

    expect(on).toEqual({ kind: 'interface', id: id('interface', 'c2') });
    expect(kinds).not.toContain('associate-address');
  });

  it('of several without it is the first by id, for every controller the same', () => {
    const { on } = recovery({ interfaces: [spare('c3'), spare('c1'), spare('c2'), anInterface('b')] });

    expect(on).toEqual({ kind: 'interface', id: id('interface', 'c1') });
  });
});

const steady = rememberCarrier(emptyMemory, zoneName('a'), id('instance', 'a1'), now - 60_000);
const on = someSettings({ spareInterface: 'on' });

function planOfA(changes: Partial<Scene> = {}, settings = on) {
  return kindsOf(diagnoseAndPlan(snapshotOf(changes), { memory: steady, settings }).a);
}

const beside = (...more: NatInterface[]) => ({ interfaces: [anInterface('a'), anInterface('b'), ...more] });

describe('a spare interface', () => {
  it('is made where all is well and there is none', () => {
    expect(planOfA()).toEqual([['create-interface'], ['disable-source-dest-check']]);
    expect(planOfA({}, someSettings())).toEqual([]);
  });

  it('is not made while a NAT gateway carries the traffic, and the instance is not ready', () => {
    const routeTables = [...ofB.routeTables, ...toGateway];

    expect(planOfA({ routeTables, statuses: [aStatus('b1')] })).toEqual([]);
  });

  it.each<[string, NatInterface[], string[][]]>([
    ['one', [spare('c1')], []],
    ['one with its check on, which the failover switches off', [spare('c1', { sourceDestCheck: true })], []],
    ['another that is about to be free', [spare('c1', { status: 'detaching' })], []],
    ['two', [spare('c2'), spare('c1')], [['delete-interface c2']]],
    ['one in another subnet', [spare('c1', { subnetId: id('subnet', 'a1') })], [['delete-interface c1']]],
  ])('is kept and is one: of %s', (_case, more, expected) => {
    const { a } = diagnoseAndPlan(snapshotOf(beside(...more)), { memory: steady, settings: on });
    const steps = a.waves.map((wave) =>
      wave.map((step) => `${step.kind}${'interfaceId' in step ? ` ${step.interfaceId.slice(-2)}` : ''}`),
    );

    expect(steps).toEqual(expected);
  });

  it('is deleted where none is to be kept', () => {
    expect(planOfA(beside(spare('c1')), someSettings())).toEqual([['delete-interface']]);
  });
});
