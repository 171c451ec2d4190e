import { describe, expect, it } from 'vitest';
import { isAboutKnown, whoseEvent } from '../../../../shared/core/diagnose/whose-event.ts';
import { known, unknown } from '../../../../shared/core/model/observed.ts';
import type { Trigger } from '../../../../shared/core/model/trigger.ts';
import { anInstance, id, now } from '../a-snapshot.ts';

function eventAbout(hex: string): Trigger {
  return {
    kind: 'instances',
    source: 'state-change',
    instanceIds: [id('instance', hex)],
    detail: 'terminated',
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

  it('is about what is known where it names one that was listed, and no look is', () => {
    const ours = new Set([id('instance', 'a1')]);
    expect(isAboutKnown(eventAbout('a1'), ours)).toBe(true);
    expect(isAboutKnown(eventAbout('f1'), ours)).toBe(false);
    expect(isAboutKnown(look, ours)).toBe(false);
  });

  it('is foreign only where all of ours could be read', () => {
    expect(whoseEvent(eventAbout('f1'), listed)).toBe('foreign');
    expect(whoseEvent(eventAbout('f1'), flawed)).toBe('doubtful');
    expect(whoseEvent(eventAbout('f1'), unread)).toBe('unread');
  });
});
