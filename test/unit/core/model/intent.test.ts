import { describe, expect, it } from 'vitest';
import { inDoubt, intentOf } from '../../../../shared/core/model/intent.ts';
import { type ManualAction, manualActions, type Trigger } from '../../../../shared/core/model/trigger.ts';
import { id, now } from '../a-snapshot.ts';

type InstanceEvent = Extract<Trigger, { kind: 'instances' }>;

function eventOf(source: InstanceEvent['source'], detail: string, mark?: InstanceEvent['mark']): Trigger {
  const instanceIds = [id('instance', 'a1')];
  return { kind: 'instances', source, instanceIds, detail, at: now, ...(mark === undefined ? {} : { mark }) };
}

function commandOf(action: ManualAction, dryRun = false): Trigger {
  return { kind: 'manual', command: { action, immediate: false, dryRun }, at: now };
}

describe('what a trigger means for its run', () => {
  it('is a look at everything, followed to the end, for the schedule', () => {
    expect(intentOf({ kind: 'look', source: 'schedule', at: now })).toEqual({
      course: 'follow',
      planOnly: false,
      reads: { statuses: true, images: false },
      leavesWaiting: false,
      leavesRemovals: true,
    });
  });

  it('is images at once and few tries after a failure of one instance', () => {
    expect(intentOf(eventOf('state-change', 'terminated'))).toEqual({
      course: 'follow',
      planOnly: false,
      maxTries: 3,
      reads: { statuses: false, images: true },
      leavesWaiting: false,
      leavesRemovals: true,
    });
  });

  it('is no limit to the tries for a warning that no Describe call repeats', () => {
    const warned = intentOf(eventOf('spot-interruption', 'terminate', 'spot-interruption'));

    expect(warned).not.toHaveProperty('maxTries');
    expect(warned.reads).toEqual({ statuses: false, images: true });
  });

  it('is all that a launch needs at once where a neighbour is no longer heard', () => {
    expect(intentOf(eventOf('watch-alarm', 'no answer'))).toMatchObject({
      course: 'follow',
      maxTries: 3,
      reads: { statuses: true, images: true },
      leavesWaiting: false,
    });
  });

  it.each(['pending', 'running'])('leaves waiting to the run that launched, for "%s"', (detail) => {
    expect(intentOf(eventOf('state-change', detail))).toMatchObject({
      reads: { statuses: true, images: false },
      leavesWaiting: true,
    });
    expect(intentOf(eventOf('alarm', detail)).leavesWaiting).toBe(false);
  });

  it('is no more than a look where it is doubtful whose instances they are', () => {
    expect(inDoubt(intentOf(eventOf('state-change', 'terminated')))).toMatchObject({
      maxTries: 3,
      reads: { statuses: true, images: false },
      leavesWaiting: true,
    });
  });

  it('removes what is left over before it ends only where a person waits for that', () => {
    const triggers = [commandOf('rebuild'), eventOf('state-change', 'terminated'), eventOf('alarm', 'down')];

    expect(triggers.map((trigger) => intentOf(trigger).leavesRemovals)).toEqual([false, true, true]);
  });

  it('follows a rebuild alone of all commands, and shows a status', () => {
    const courses = manualActions.map((action) => [action, intentOf(commandOf(action)).course]);

    expect(Object.fromEntries(courses)).toEqual({
      status: 'show',
      rebuild: 'follow',
      pause: 'once',
      resume: 'once',
      restore: 'once',
      'reset-breaker': 'once',
    });
    expect(intentOf(commandOf('rebuild')).reads).toEqual({ statuses: true, images: true });
    expect(intentOf(commandOf('pause')).reads).toEqual({ statuses: true, images: false });
  });

  it('is a plan alone for a dry run', () => {
    expect(intentOf(commandOf('rebuild', true))).toMatchObject({ course: 'follow', planOnly: true });
  });
});
