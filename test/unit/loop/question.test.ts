import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../../../shared/core/model/ids.ts';
import { known } from '../../../shared/core/model/observed.ts';
import type { ZoneSettings } from '../../../shared/core/model/settings.ts';
import type { NatInstance } from '../../../shared/core/model/snapshot.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import { hasteAlone, hasteOfSuspect, hasteOfWitness } from '../../../shared/core/neighbours/silence.ts';
import { questionOf } from '../../../shared/loop/question.ts';
import {
  anInstance,
  id,
  now,
  someSettings,
  type ZoneLetter,
  zoneName,
  zoneSettings,
} from '../core/a-snapshot.ts';

const letters = ['a', 'b', 'c'] as const;
const three = letters.map(zoneSettings);
const running = letters.map((letter) =>
  anInstance(letter, { privateIp: `10.0.${letters.indexOf(letter)}.5` }),
);
const standby: ZoneSettings = { ...zoneSettings('b'), privateSubnetIds: [], standbyFor: zoneName('a') };
const [a1, b1, c1] = letters.map((letter) => id('instance', `${letter}1`)) as [
  InstanceId,
  InstanceId,
  InstanceId,
];

function ask(
  letter: ZoneLetter,
  suspects: readonly InstanceId[],
  {
    zones = three,
    items = running,
    ring = zones,
  }: {
    zones?: readonly ZoneSettings[];
    items?: readonly NatInstance[];
    ring?: readonly ZoneSettings[];
  } = {},
) {
  const zone = zones.find(({ name }) => name === letter);
  if (zone === undefined) throw new Error('no such zone');
  const instances = known({ items, flaws: [] });
  const { about, beside, haste } = questionOf(zone, instances, {
    settings: someSettings({ zones }),
    suspects,
    processMemory: { ours: new Set(), ring },
  });
  const ids = [about, beside].map((list) => list.map(({ instanceId }) => instanceId));
  return { about: ids[0], beside: ids[1], haste };
}

describe('the question to a zone’s probe', () => {
  it('is about the zone’s instances, and in no haste, where nobody is suspected', () => {
    expect(ask('a', [])).toEqual({ about: [a1], beside: [], haste: undefined });
  });

  it('goes by the ring as it was last seen, which is not always in the order of the settings', () => {
    const [a, b, c] = three;
    const ring = [a, c, b].flatMap((zone) => zone ?? []);

    expect(ask('a', [a1], { ring })).toMatchObject({ beside: [c1] });
    expect(ask('c', [a1], { ring })).toMatchObject({ beside: [a1], haste: hasteOfWitness });
    expect(ask('b', [a1], { ring })).toMatchObject({ beside: [], haste: undefined });
  });

  it('is about the neighbour’s too where the zone’s own is suspected, and there about the suspect', () => {
    expect(ask('a', [a1])).toEqual({ about: [a1], beside: [b1], haste: hasteOfSuspect });
    expect(ask('b', [a1])).toEqual({ about: [b1], beside: [a1], haste: hasteOfWitness });
    expect(ask('c', [a1])).toEqual({ about: [c1], beside: [], haste: undefined });
  });

  it('goes around the ring', () => {
    expect(ask('c', [c1])).toEqual({ about: [c1], beside: [a1], haste: hasteOfSuspect });
    expect(ask('a', [c1])).toEqual({ about: [a1], beside: [c1], haste: hasteOfWitness });
  });

  it('compares with nobody where the zone is alone', () => {
    expect(ask('a', [a1], { zones: [zoneSettings('a')] })).toEqual({
      about: [a1],
      beside: [],
      haste: hasteAlone,
    });
  });

  it('compares a zone’s own with its standby, and no standby with anybody', () => {
    const zones = [zoneSettings('a'), standby];

    expect(ask('a', [a1], { zones })).toEqual({ about: [a1], beside: [b1], haste: hasteAlone });
    expect(ask('b', [a1], { zones })).toEqual({ about: [b1], beside: [], haste: undefined });
    expect(ask('b', [b1], { zones })).toEqual({ about: [b1], beside: [], haste: undefined });
    expect(ask('a', [b1], { zones })).toEqual({ about: [a1], beside: [], haste: undefined });
  });

  it('suspects nobody who does not run', () => {
    const items = running.map((instance) => ({ ...instance, state: 'stopped' as const }));

    expect(ask('b', [a1], { items })).toEqual({ about: [], beside: [], haste: undefined });
    expect(ask('a', [a1], { items })).toEqual({ about: [], beside: [], haste: undefined });
  });

  it('names nobody twice, and no more than a probe takes, the youngest first', () => {
    const many = Array.from({ length: 9 }, (_, nth) =>
      anInstance('a', {
        id: id('instance', `a${nth + 1}`),
        privateIp: `10.0.0.${nth + 5}`,
        launchedAt: now - (9 - nth) * secondMs,
      }),
    );
    const { about, beside } = ask('a', [a1], { items: [...many, ...running.slice(1)] });

    expect(about).toHaveLength(8);
    expect(about?.[0]).toBe(id('instance', 'a9'));
    expect(beside).toEqual([]);
  });
});
