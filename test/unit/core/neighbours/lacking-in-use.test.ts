import { describe, expect, it } from 'vitest';
import type { NatHealth, Reading } from '../../../../shared/core/model/reading.ts';
import { lackingInUse } from '../../../../shared/core/neighbours/lacking-in-use.ts';
import { anInstance, now, zoneName, zoneSettings } from '../a-snapshot.ts';

const [a, b] = [zoneSettings('a'), zoneSettings('b')];
const [ofA, ofB] = [anInstance('a', { privateIp: '10.0.0.5' }), anInstance('b', { privateIp: '10.0.0.6' })];

const health: NatHealth = {
  ready: true,
  forwarding: true,
  masquerade: true,
  filter: true,
  problems: [],
  uptimeMs: 1,
  milestones: {},
};

function heard(who: typeof ofA, lacks: boolean, askedAt = now): Reading {
  const said = { ...health, ...(lacks && { lacksInUse: true as const }) };
  const instances = [{ instanceId: who.id, tookMs: 1, result: { kind: 'answered', health: said } }] as const;
  return { askedAt, answeredAt: askedAt, outcome: { kind: 'answered', answer: { targets: [], instances } } };
}
const unknown: Reading = { askedAt: now + 9, answeredAt: now + 9, outcome: { kind: 'unknown', why: 'late' } };

function lacking(readings: Readonly<Record<string, readonly Reading[]>>, carriesA = false) {
  const found = lackingInUse({
    zones: [a, b],
    instances: [ofA, ofB],
    readings: new Map(Object.entries(readings).map(([name, them]) => [zoneName(name), them])),
    standInsOf: (zone) => (carriesA && zone === a.name ? [ofB.id] : []),
  });
  return found.map(({ zone, instance, subnetIds, askedAt }) => [
    zone.name,
    instance.privateIp,
    subnetIds,
    askedAt - now,
  ]);
}

describe('an instance lacks what is in use', () => {
  it('by its latest word, whatever its probe could not tell since', () => {
    expect(lacking({ a: [heard(ofA, true), unknown] })).toEqual([['a', '10.0.0.5', a.privateSubnetIds, 0]]);
    expect(lacking({ a: [heard(ofA, true), heard(ofA, false, now + 1)] })).toEqual([]);
    expect(lacking({ a: [unknown] })).toEqual([]);
    expect(lacking({})).toEqual([]);
  });

  it('of all zones that it carries, once, whoever has heard it', () => {
    const both = [...a.privateSubnetIds, ...b.privateSubnetIds];

    expect(lacking({ a: [heard(ofB, true)], b: [heard(ofB, true, now + 1)] }, true)).toEqual([
      ['b', '10.0.0.6', both, 1],
    ]);
    expect(lacking({ b: [heard(ofB, true)] })).toEqual([['b', '10.0.0.6', b.privateSubnetIds, 0]]);
  });

  it('never where it has no clients, as a standby that carries nothing', () => {
    const noClients = { ...a, privateSubnetIds: [] };
    const told = (isCarried: boolean) =>
      lackingInUse({
        zones: [noClients, b],
        instances: [ofA],
        readings: new Map([[a.name, [heard(ofA, true)]]]),
        standInsOf: (zone) => (isCarried && zone === b.name ? [ofA.id] : []),
      }).map(({ subnetIds }) => subnetIds);

    expect([told(false), told(true)]).toEqual([[], [b.privateSubnetIds]]);
  });

  it('never where it has not answered, or EC2 does not list its address', () => {
    const silent: Reading = {
      ...heard(ofA, true),
      outcome: {
        kind: 'answered',
        answer: {
          targets: [],
          instances: [{ instanceId: ofA.id, tookMs: 1, result: { kind: 'no-answer', why: 'silence' } }],
        },
      },
    };
    const { privateIp: _none, ...nowhere } = ofA;
    const told = lackingInUse({
      zones: [a],
      instances: [nowhere],
      readings: new Map([[a.name, [heard(ofA, true)]]]),
      standInsOf: () => [],
    });

    expect([lacking({ a: [silent] }), told]).toEqual([[], []]);
  });
});
