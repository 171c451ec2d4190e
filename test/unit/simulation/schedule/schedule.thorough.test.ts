import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyCase } from '../../../every-case.ts';
import { formerMistakes } from '../../../simulation/mutants/former-mistakes.ts';
import { traceSchedule } from '../../../simulation/play/play-schedule.ts';
import { regressionOf } from '../../../simulation/replay/regressions.ts';
import {
  anyOfLanes,
  anyOfNeighbours,
  anyOfNoNeighbours,
  anyOfStandbys,
  anySchedule,
  oneFault,
  withoutProbes,
} from '../../../simulation/schedule/draw-schedule.ts';
import {
  faultKinds,
  formatVersion,
  parseSchedule,
  ReplayFileError,
} from '../../../simulation/schedule/schedule.ts';

const directory = new URL('../../../simulation/regressions/', import.meta.url);
const files = readdirSync(directory);
const textOf = (file: string) => readFileSync(new URL(file, directory), 'utf8');
const someSchedule = () => parseSchedule(textOf(files[0] ?? ''), 'file');

describe('a schedule', () => {
  it('is the same after it was written to a file and read', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        expect(parseSchedule(JSON.stringify(schedule), 'file')).toEqual(schedule);
      }),
    );
  });

  it('can have every kind of fault, each within its bounds', () => {
    for (const kind of faultKinds) {
      for (const schedule of fc.sample(oneFault(kind, 'lacks-packages'), { seed: 1, numRuns: 20 })) {
        const { faults } = parseSchedule(JSON.stringify(schedule), 'file');
        expect(faults.map(({ fault }) => fault.kind)).toContain(kind);
      }
    }
  });

  it('of zones that stand in for one another has several, and ends with trouble in two that are neighbours', () => {
    for (const { world, faults } of fc.sample(withoutProbes(anyOfNeighbours), { seed: 1, numRuns: 100 })) {
      const zones = faults
        .slice(-2)
        .flatMap(({ fault }) => ('zone' in fault ? [fault.zone % world.zones] : []));
      const [one = 0, other = (one + 1) % world.zones] = zones;

      expect(world).toMatchObject({ standIn: 'on', probe: 'off' });
      expect(world.zones).toBeGreaterThan(1);
      expect([1, world.zones - 1]).toContain((other - one + world.zones) % world.zones);
    }
  });

  it('of a zone with a standby ends with trouble in both', () => {
    for (const { world, faults } of fc.sample(anyOfStandbys, { seed: 1, numRuns: 100 })) {
      const places = faults.slice(-2).flatMap(({ fault }) => ('zone' in fault ? [fault.zone % 2] : []));

      expect(world).toMatchObject({ zones: 1, standIn: 'off', standby: 'on' });
      expect(new Set(places).size).toBe(places.length);
    }
  });

  it('of lanes has four zones to six, and trouble in any of them', () => {
    const sampled = fc.sample(anyOfLanes, { seed: 1, numRuns: 200 });
    const touched = sampled.flatMap(({ faults }) =>
      faults.flatMap(({ fault }) => ('zone' in fault ? [fault.zone] : [])),
    );

    expect(new Set(sampled.map(({ world }) => `${world.zones} ${world.lanes}`)).size).toBe(6);
    expect([...new Set(touched)].toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    for (const schedule of sampled)
      expect(() => parseSchedule(JSON.stringify(schedule), 'file')).not.toThrow();
  });

  it('of zones that do not stand in for one another is the same without that', () => {
    const sampled = { seed: 1, numRuns: 200 };
    const without = fc.sample(anyOfNoNeighbours, sampled);
    const all = fc.sample(anySchedule, sampled);
    const isAlone = ({ world }: (typeof all)[number]) => world.standIn === 'off' && world.standby === 'off';

    expect(without.every(isAlone)).toBe(true);
    expect(all.filter(isAlone).length).toBeGreaterThan(50);
    expect(all.filter(isAlone)).toEqual(
      without.filter((_, nth) => all[nth] !== undefined && isAlone(all[nth])),
    );
    expect(all.map(({ world }) => world.zones)).toEqual(without.map(({ world }) => world.zones));
  });

  it.each([
    ['no JSON', '{', /^schedule\.json: .*JSON/],
    [
      'another version',
      { version: formatVersion + 1 },
      /version 2 is not the one .* \(1\); play it with the commit/,
    ],
    ['no version', {}, /version missing/],
    ['nothing', null, /version missing/],
    [
      'an unknown fault',
      { ...someSchedule(), faults: [{ afterMs: 0, fault: { kind: 'moon-fell-down' } }] },
      /unknown fault "moon-fell-down"; known are: instance-terminated, .*image-withdrawn/,
    ],
    ['a seed that is no number', { ...someSchedule(), seed: 'seven' }, /expected number[\s\S]*at seed/],
    ['a field that nobody knows', { ...someSchedule(), weather: 'bad' }, /Unrecognized key: "weather"/],
    [
      'a call that nobody makes',
      {
        ...someSchedule(),
        faults: [{ afterMs: 0, fault: { kind: 'answers-lost', call: 'ReleaseAddress', times: 1 } }],
      },
      /at faults\[0\]\.fault\.call/,
    ],
  ])('from a file with %s is refused, and the error says where', (_case, content, message) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);

    expect(() => parseSchedule(text, 'schedule.json')).toThrow(ReplayFileError);
    expect(() => parseSchedule(text, 'schedule.json')).toThrow(message);
  });
});

describe('a schedule', () => {
  it('is the same to the last byte whenever it is played, and whatever was played before', async () => {
    const [, second] = fc.sample(anySchedule, { seed: 3, numRuns: 2 });
    const schedule = regressionOf('a-takeover-from-an-old-look');
    const others = everyCase([{ ...schedule, seed: schedule.seed + 1 }], [second ?? someSchedule()]);
    const first = (await traceSchedule(schedule)).trace.join('\n');

    expect(first.split('\n').length).toBeGreaterThan(200);
    for (const other of others) {
      expect((await traceSchedule(other)).trace.join('\n')).not.toBe(first);
      expect((await traceSchedule(schedule)).trace.join('\n')).toBe(first);
    }
  });
});

/** What was found once, shrunk. `npm run test:simulation` plays all of them. */
describe('found once:', () => {
  it('every file has its mistake, and every mistake its file', () => {
    const names = formerMistakes.map(({ name }) => name);
    expect(names.toSorted()).toEqual(files.map((file) => file.replace('.json', '')).toSorted());
  });

  it.each(formerMistakes)('$name can be read', ({ name }) => {
    expect(regressionOf(name).faults.length).toBeGreaterThan(0);
  });
});
