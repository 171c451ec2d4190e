import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isWell, joinSeen, type Measured, type Outcome } from '../../aws/core/measured.ts';
import { nextForStack } from '../../aws/core/next-for-stack.ts';
import type { Reckoning } from '../../aws/core/reckon.ts';
import { marks, renderMeasured, withMeasured } from '../../aws/core/render-measured.ts';

const seen: Reckoning = {
  name: 'terminate',
  beganMs: 0,
  requests: 240,
  lost: 5,
  firstLostAfterMs: 1_400,
  lastLostAfterMs: 3_400,
  longestGapMs: 3_000,
  isOver: true,
  addresses: ['203.0.113.1'],
  connections: { open: 20, survived: 12, ended: 7, silent: 1 },
};

const healed: Outcome = { kind: 'healed', afterMs: 95_400 };

function measured(differs: Partial<Measured> = {}): Measured {
  return {
    run: 'phoenat-test-abcdef',
    date: '2026-12-01',
    region: 'eu-central-1',
    version: '0.1.0',
    commit: 'abc1234',
    zones: [{ zone: 'a', availabilityZone: 'eu-central-1a', type: 't4g.nano', image: 'ami-1, al2023' }],
    parameters: { MaxLaunchesPerHour: '20' },
    deployedAfterMs: 241_000,
    events: [{ name: 'terminate', what: 'it is terminated', outcome: healed, seen }],
    permissions: { kind: 'asked', asked: 312, denied: [] },
    refusedCalls: [],
    ...differs,
  };
}

describe('the report', () => {
  it('has date, Region, version, type, image and figures', () => {
    const text = renderMeasured(measured());

    expect(text).toContain('Measured on 2026-12-01 in eu-central-1, with Phoenat 0.1.0 (abc1234).');
    expect(text).toMatch(/\| a +\| eu-central-1a +\| t4g.nano \| ami-1, al2023 \|/);
    expect(text).toMatch(
      /it is terminated \| +5 of 240 \| \+1\.4 s \| \+3\.4 s \| +3\.0 s \| 12 of 20 survived, 7 ended, 1 silent \| 203\.0\.113\.1 \| after 1 min 35 s/,
    );
    expect(text).toContain('deployed in 4 min 01 s');
    expect(text).toContain('IAM allows each of the 312 decisions');
  });

  it('says so where it was not AWS', () => {
    expect(renderMeasured(measured({ endpoint: 'http://127.0.0.1:5' }))).toContain(
      '**not on AWS, but in an emulated cloud at http://127.0.0.1:5**',
    );
  });

  it.each([
    [
      'an event that did not heal',
      { kind: 'not-healed', why: 'waited 600 s in vain' },
      '**no: waited 600 s in vain**',
    ],
    ['one that could not be done', { kind: 'not-done', why: 'no agent' }, 'not done: no agent'],
  ] as const)('tells of %s', (_, outcome, text) => {
    const event = { name: 'hang', what: 'it hangs', outcome };

    expect(renderMeasured(measured({ events: [event] }))).toContain(text);
    expect(isWell(measured({ events: [event] }))).toBe(false);
  });

  it('says first of all where the run was broken off, and that the rest is not known', () => {
    const part = {
      brokenOff: 'somebody has ended it',
      events: [{ name: 'stop', what: 'it is stopped', outcome: { kind: 'broken-off' as const } }],
    };
    const { refusedCalls: _, ...rest } = measured(part);
    const text = renderMeasured(rest);

    expect(text).toMatch(/^\*\*This run was broken off \(somebody has ended it\)\.\*\*/);
    expect(text).toMatch(/it is stopped .*\*\*not known: broken off before\*\*/);
    expect(text).toContain('their logs were not looked through');
    expect([isWell(rest), isWell(measured({ brokenOff: 'x' }))]).toEqual([false, false]);
  });

  it('does not pass what is not known for none', () => {
    const event = { name: 'stop', what: 'it is stopped', outcome: healed };

    expect(renderMeasured(measured({ events: [event] }))).toMatch(
      /it is stopped +(?:\| +\? ){4}\| not known/,
    );
    expect(isWell(measured({ events: [event] }))).toBe(false);
  });

  it.each<[string, Partial<Measured>]>([
    [
      'a permission that is denied',
      { permissions: { kind: 'asked', asked: 2, denied: ['ec2:RunInstances'] } },
    ],
    ['a call that was refused', { refusedCalls: ['UnauthorizedOperation'] }],
    [
      'an outage that is not over',
      { events: [{ name: 'x', what: 'x', outcome: healed, seen: { ...seen, isOver: false } }] },
    ],
  ])('is not well with %s', (_, differs) => {
    expect([isWell(measured()), isWell(measured(differs))]).toEqual([true, false]);
  });

  it('names some of what IAM denies, and says how many there are', () => {
    const denied = Array.from({ length: 12 }, (_, index) => `call ${index}`);
    const text = renderMeasured(measured({ permissions: { kind: 'asked', asked: 20, denied } }));

    expect(text).toContain('Of 20 decisions on the calls that the tests record, IAM denies 12: call 0; ');
    expect(text).toContain('call 9; and 2 more (--json has them).');
  });

  it('gives each event what the client saw last of it', () => {
    const event = { name: 'terminate', what: 'x', outcome: healed };

    expect(joinSeen([event], [{ ...seen, lost: 9 }, seen])).toEqual([{ ...event, seen }]);
    expect(joinSeen([event], [])).toEqual([event]);
  });

  it('stands between the marks of the page, again and again', () => {
    const page = readFileSync(new URL('../../../docs/measured-on-aws.md', import.meta.url), 'utf8');
    const once = withMeasured(page, measured());

    expect(once).not.toContain('Nobody has run this');
    expect(once.startsWith(page.slice(0, page.indexOf(marks.begin)))).toBe(true);
    expect(once.endsWith(page.slice(page.indexOf(marks.end)))).toBe(true);
    expect(withMeasured(once, measured())).toBe(once);
    expect(() => withMeasured('# no marks', measured())).toThrow('has no marks');
  });
});

describe('a stack that is to go', () => {
  const ofRun = (status: string) => ({ status, isOfRun: true });

  it.each([
    [undefined, 0, 0, 'gone'],
    [ofRun('CREATE_IN_PROGRESS'), 0, 0, 'ask'],
    [ofRun('CREATE_IN_PROGRESS'), 1, 59_999, 'wait'],
    [ofRun('CREATE_IN_PROGRESS'), 1, 60_000, 'ask'],
    [ofRun('ROLLBACK_COMPLETE'), 0, 0, 'ask'],
    [ofRun('ROLLBACK_FAILED'), 1, 60_000, 'ask'],
    [ofRun('DELETE_IN_PROGRESS'), 0, 0, 'wait'],
    [ofRun('DELETE_IN_PROGRESS'), 1, 600_000, 'wait'],
    [ofRun('DELETE_FAILED'), 0, 0, 'clear'],
    [ofRun('DELETE_FAILED'), 3, 0, 'clear'],
    [{ status: 'CREATE_COMPLETE', isOfRun: false }, 0, 0, 'leave-alone'],
  ] as const)('%j, asked %d times, last %d ms ago: %s', (stack, asked, sinceMs, next) => {
    expect(nextForStack(stack, asked, sinceMs)).toBe(next);
  });
});
