import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  firstFailed,
  hasFailed,
  lastPassed,
  latestHeard,
  stopsPackets,
  toldByInstance,
} from '../../../../shared/core/report/heard.ts';
import { id, now } from '../a-snapshot.ts';
import { anAnswer, aReading, noReading, off, someHealth } from '../some-readings.ts';

const pass = (agoMs: number) => aReading(anAnswer(true, someHealth()), now - agoMs);
const fail = (agoMs: number) => aReading(anAnswer(false, someHealth()), now - agoMs);
const none = (agoMs: number) => noReading(now - agoMs);

describe('what was heard last', () => {
  it.each([
    ['nothing', undefined],
    ['nothing', []],
    ['nothing', [none(100)]],
    ['nothing', [aReading({ targets: [], instances: [] }, now - 100)]],
    ['passed', [fail(2_000), pass(1_000), none(100)]],
    ['failed', [pass(2_000), fail(1_000), none(100)]],
  ])('is %s', (heard, readings) => {
    expect(latestHeard(readings)).toBe(heard);
  });
});

describe('requests', () => {
  it('fail since the first of those that failed in a row, and not since any before one that passed', () => {
    expect(firstFailed([fail(9_000), pass(5_000), fail(3_000), none(2_000), fail(1_000)])).toBe(now - 3_000);
    expect(firstFailed([fail(3_000), pass(1_000)])).toBeUndefined();
    expect(firstFailed(undefined)).toBeUndefined();
    expect([hasFailed([fail(3_000), pass(1_000)]), hasFailed([pass(1_000), none(500)])]).toEqual([
      true,
      false,
    ]);
  });

  it('pass since the first answer after those that failed', () => {
    const readings = [pass(9_000), fail(5_000), pass(3_000), pass(2_000), fail(1_000)];

    expect(lastPassed(readings)).toEqual({ firstAt: now - 2_900, lastAt: now - 2_000 });
    expect(lastPassed([fail(1_000)])).toBeUndefined();
  });
});

describe("an instance's own clock", () => {
  const a1 = id('instance', 'a1');
  const told = (...problems: readonly { what: string; forMs: number }[]) =>
    toldByInstance([aReading(anAnswer(false, someHealth({ problems })), now - 1_055)], a1);

  it('tells since when it cannot forward', () => {
    // It took 5 ms to answer, the target 50.
    expect(toldByInstance([aReading(anAnswer(false, off), now - 1_055)], a1)).toBe(now - 5_000);
    expect(
      told(
        { what: 'forwarding is off', forMs: 3_000 },
        { what: 'this instance has no way to the internet', forMs: 1_000 },
      ),
    ).toBe(now - 4_000);
  });

  it('is not asked of what has let packets pass', () => {
    expect(told({ what: 'redirects are on', forMs: 9_999_000 })).toBeUndefined();
    expect(told()).toBeUndefined();
  });

  it('is not known of one that has not answered, nor of another', () => {
    expect(toldByInstance([aReading(anAnswer(false, 'silent'), now - 100)], a1)).toBeUndefined();
    expect(toldByInstance([aReading(anAnswer(false, off), now - 100)], id('instance', 'a2'))).toBeUndefined();
    expect(toldByInstance([aReading(anAnswer(false, off), now - 100)], undefined)).toBeUndefined();
    expect(toldByInstance(undefined, a1)).toBeUndefined();
  });

  it('is read in the words that the instance says', () => {
    const health = readFileSync(new URL('../../../../infra/nat-instance/health.sh', import.meta.url), 'utf8');

    expect(stopsPackets.filter((what) => !health.includes(`"${what}"`))).toEqual([]);
  });
});
