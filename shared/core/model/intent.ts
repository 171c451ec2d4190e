import type { Trigger } from './trigger.ts';

/** What a trigger means for the run that it starts. */
export type Intent = {
  /**
   * `follow`: look and act until every zone is settled. `once`: carry out a command and look whether it shows. `show`: say
   * what the next run would do.
   */
  readonly course: 'follow' | 'once' | 'show';
  /** A dry run: nothing is performed. */
  readonly planOnly: boolean;
  /** Of the first call; absent: as often as any other. */
  readonly maxTries?: number;
  /** What the first look reads besides what every look reads. */
  readonly reads: Reads;
  /** Whatever is to be waited for, another run does it: this one only looks, unless there is something to do. */
  readonly leavesWaiting: boolean;
  /** What is left over in a zone that this run has healed is removed by a later one. Not where a person waits for the end. */
  readonly leavesRemovals: boolean;
};

export type Reads = { readonly statuses: boolean; readonly images: boolean };

/** Images are read when a launch is wanted; most looks want none. */
export const everyLook: Reads = { statuses: true, images: false };
/** After a failure the next call that counts is the launch: images now, in parallel, and the checks later. */
const afterFailure: Reads = { statuses: false, images: true };
/**
 * A rebuild begins only where there is something to launch; and what a neighbour no longer hears either needs a launch
 * within seconds, or nothing at all.
 */
const allAtOnce: Reads = { statuses: true, images: true };

/**
 * For the first call of a run about an event of somebody's instance. Most such events are about others' instances, and
 * come in crowds; where EC2 throttles, runs that insist are what it throttles. The schedule looks within the minute. Not
 * for a warning (Spot, rebalance), which no Describe call repeats: it is lost where this run cannot look.
 */
const triesAboutAnEvent = 3;

const lookAtEverything: Intent = {
  course: 'follow',
  planOnly: false,
  reads: everyLook,
  leavesWaiting: false,
  leavesRemovals: true,
};

export function intentOf(trigger: Trigger): Intent {
  switch (trigger.kind) {
    case 'look':
      return lookAtEverything;
    case 'instances': {
      const isStart = isOwnStart(trigger);
      return {
        ...lookAtEverything,
        ...(trigger.mark === undefined ? { maxTries: triesAboutAnEvent } : {}),
        reads: readsAbout(trigger),
        leavesWaiting: isStart,
      };
    }
    case 'manual': {
      const { action, dryRun } = trigger.command;
      const isRebuild = action === 'rebuild';
      return {
        ...lookAtEverything,
        course: isRebuild ? 'follow' : action === 'status' ? 'show' : 'once',
        planOnly: dryRun,
        reads: isRebuild ? allAtOnce : everyLook,
        leavesRemovals: false,
      };
    }
  }
}

function readsAbout(trigger: Extract<Trigger, { kind: 'instances' }>): Reads {
  if (trigger.source === 'watch-alarm') {
    return allAtOnce;
  }
  return isOwnStart(trigger) ? everyLook : afterFailure;
}

/** Where it is not known whose instances an event is about: look, and no more than that. */
export function inDoubt(intent: Intent): Intent {
  return { ...intent, reads: everyLook, leavesWaiting: true };
}

/** Our own launches cause these events; the run that launched is already waiting for them. */
function isOwnStart({ source, detail }: Extract<Trigger, { kind: 'instances' }>): boolean {
  return source === 'state-change' && (detail === 'pending' || detail === 'running');
}
