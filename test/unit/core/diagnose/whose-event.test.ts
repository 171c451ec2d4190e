import { describe, expect, it } from 'vitest';
import { isStart, leavesWaitingToOthers, whoseEvent } from '../../../../shared/core/diagnose/whose-event.ts';
import { known, unknown } from '../../../../shared/core/model/observed.ts';
import type { Trigger } from '../../../../shared/core/model/trigger.ts';
import { anInstance, id, now } from '../a-snapshot.ts';

function eventAbout(hex: string, detail = 'terminated'): Trigger {
  return {
    kind: 'instances',
    source: 'state-change',
    instanceIds: [id('instance', hex)],
    detail,
    at: now,
  };
}

const look: Trigger = { kind: 'look', source: 'schedule', at: now };
const listed = known({ items: [anInstance('a')], flaws: [] });
const flawed = known({
  items: [anInstance('a')],
  flaws: [{ about: ['i-1'], detail: 'one came without its state' }],
});
const unread = unknown('failed', 'EC2 did not answer');

describe('an event', () => {
  it('is ours where it names an instance of ours, or none', () => {
    expect(whoseEvent(eventAbout('a1'), listed)).toBe('ours');
    expect(whoseEvent(eventAbout('a1'), flawed)).toBe('ours');
    expect(whoseEvent(look, unread)).toBe('ours');
  });

  it('is foreign only where all of ours could be read', () => {
    expect(whoseEvent(eventAbout('f1'), listed)).toBe('foreign');
    expect(whoseEvent(eventAbout('f1'), flawed)).toBe('doubtful');
    expect(whoseEvent(eventAbout('f1'), unread)).toBe('unread');
  });

  it('leaves waiting to the run that launched, or that knows whose it is', () => {
    expect(leavesWaitingToOthers(eventAbout('a1', 'running'), 'ours')).toBe(true);
    expect(leavesWaitingToOthers(eventAbout('f1'), 'doubtful')).toBe(true);
    expect(leavesWaitingToOthers(eventAbout('a1'), 'ours')).toBe(false);
    expect(leavesWaitingToOthers(look, 'ours')).toBe(false);
    expect(isStart(eventAbout('a1', 'pending'))).toBe(true);
  });
});
