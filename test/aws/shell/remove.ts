import type { Stack } from '@aws-sdk/client-cloudformation';
import { runTag, stacksOf } from '../core/names.ts';
import { nextForStack } from '../core/next-for-stack.ts';
import { findBucket, removeBucket } from './bucket.ts';
import { lookForLeftovers } from './look-for-leftovers.ts';
import { removeTagged } from './remove-tagged.ts';
import { type Rig, waitFor } from './rig.ts';
import { askDeletion, failuresOf, findStack, isOfRun } from './stacks.ts';

const minuteMs = 60_000;
/** Of each stack. Lambda's interfaces in the VPC go up to 40 minutes after their function. */
const stackLimitMs = 45 * minuteMs;

/** What was asked for late may show after it was looked for; more than this is not that. */
const maxRounds = 3;

/**
 * Removes what the run has made; whatever cannot be is told of, and the rest is removed nevertheless. Gives what is left,
 * by a look of its own; writes into the journal that nothing is where that is so.
 */
export async function removeAll(rig: Rig): Promise<readonly string[]> {
  let left: readonly string[] = [];
  for (let round = 1; round <= maxRounds; round += 1) {
    const before = left;
    await removeOnce(rig);
    rig.signal.throwIfAborted();
    rig.say('a last look for what is left');
    left = await lastLook(rig);
    if (left.length === 0) {
      rig.journal.write({ kind: 'clean' });
      return left;
    }
    if (left.join() === before.join()) break;
    rig.say(`still there: ${left.join('; ')}`);
  }
  return left;
}

async function removeOnce(rig: Rig): Promise<void> {
  const { say, names, journal } = rig;
  for (const stack of stacksOf(names)) {
    await attempt(rig, stack, () => removeStack(rig, stack));
  }
  // A function that was at work while its stack was deleted may have launched something after that.
  await attempt(rig, 'what has its tag', async () => {
    const there = await Promise.all(stacksOf(names).map((stack) => findStack(rig, stack)));
    if (there.every((stack) => stack === undefined)) await removeTagged(rig);
  });
  await attempt(rig, names.bucket, async () => {
    const there = await findBucket(rig);
    if (there !== 'none') {
      await removeBucket(rig, there);
      say(`${names.bucket}: removed`);
    }
    journal.write({ kind: 'removed', what: 'bucket', name: names.bucket });
  });
}

async function attempt({ say, signal }: Rig, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    say(`${name}: NOT REMOVED: ${error instanceof Error ? error.message : error}`);
  }
}

/** What EC2 has just removed may still be listed for a moment. */
async function lastLook(rig: Rig): Promise<readonly string[]> {
  let left: readonly string[] = [];
  try {
    return await waitFor(rig, 'nothing to be left', rig.lastLookMs, async () => {
      left = await lookForLeftovers(rig);
      return left.length === 0 ? left : undefined;
    });
  } catch {
    rig.signal.throwIfAborted();
    return left;
  }
}

async function removeStack(rig: Rig, name: string): Promise<void> {
  const { say, journal, names } = rig;
  let asked = 0;
  let askedMs = 0;
  let status = '';
  const ask = async (stack: Stack) => {
    // While a creation is being rolled back, CloudFormation may refuse; it is asked again then.
    if (!(await askDeletion(rig, stack))) return;
    asked += 1;
    askedMs = Date.now();
    say(`${name}: deleting${asked === 1 ? '' : `, asked again: it is ${status}`}`);
  };
  const waitedFor = () => `${name}, which is ${status || 'not answered for'}, to be deleted`;
  await waitFor(rig, waitedFor, stackLimitMs, async () => {
    const stack = await findStack(rig, name);
    status = stack?.StackStatus ?? '';
    const there = stack && { status, isOfRun: isOfRun(stack, names.run) };
    const next = nextForStack(there, asked, Date.now() - askedMs);
    if (stack === undefined || next === 'gone') return true;
    if (next === 'leave-alone')
      throw new Error(`it does not bear the tag ${runTag}=${names.run}, and is left alone`);
    if (next === 'clear') await clearTheWay(rig, name, asked);
    if (next !== 'wait') await ask(stack);
    return undefined;
  });
  journal.write({ kind: 'removed', what: 'stack', name });
  if (asked > 0) say(`${name}: deleted`);
}

async function clearTheWay(rig: Rig, name: string, asked: number): Promise<void> {
  rig.say(`${name}: its deletion has failed: ${(await failuresOf(rig, name)).at(-1) ?? 'no reason given'}`);
  await removeTagged(rig);
  if (asked > 0) await pause(rig);
}

/** A minute, after which what was in the way may be gone. */
async function pause(rig: Rig): Promise<void> {
  const untilMs = Date.now() + (rig.aws.endpoint === undefined ? minuteMs : 0);
  await waitFor(rig, 'another try', 2 * minuteMs, async () => (Date.now() >= untilMs ? true : undefined));
}
