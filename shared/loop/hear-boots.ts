import type { Ec2Caller } from '../aws/ec2-caller.ts';
import { readConsole } from '../aws/read-console.ts';
import { NoAnswerInTime, within } from '../aws/time-limit.ts';
import type { Diagnosis } from '../core/diagnose/diagnose.ts';
import { toBeHeard } from '../core/diagnose/to-be-heard.ts';
import { isToBeAsked, rememberWord } from '../core/memory/memory.ts';
import type { BootWord } from '../core/model/boot-word.ts';
import type { InstanceId } from '../core/model/ids.ts';
import { type Clock, type DurationMs, type EpochMs, secondMs } from '../core/model/time.ts';
import type { Run } from './run.ts';

type HearDeps = {
  readonly ec2: Ec2Caller;
  readonly clock: Clock;
  readonly deployingSince?: EpochMs | undefined;
};

/**
 * One call more for each instance that is about to be called ready: whether it forwards is what only its boot can tell.
 * True where somebody was asked: the look has then taken as long as the answers.
 */
export async function hearBoots(
  diagnoses: readonly Diagnosis[],
  run: Run,
  { ec2, clock, deployingSince }: HearDeps,
): Promise<boolean> {
  const now = clock.now();
  const asked = diagnoses
    .flatMap((diagnosis) => toBeHeard(diagnosis, now, deployingSince))
    .filter((id) => isToBeAsked(run.memory, id, now));
  const words = await Promise.all(asked.map(async (id) => ({ id, word: await wordOf(id, ec2, clock) })));
  for (const { id, word } of words) {
    run.memory = rememberWord(run.memory, id, word, clock.now());
  }
  return words.length > 0;
}

/** Shorter than other calls may take: every zone's look waits for it, also that of a zone which is down. */
const longestMs: DurationMs = 5 * secondMs;

async function wordOf(id: InstanceId, ec2: Ec2Caller, clock: Clock): Promise<BootWord> {
  try {
    return await within(longestMs, clock, () => readConsole(ec2, id));
  } catch (error) {
    if (error instanceof NoAnswerInTime) {
      return { kind: 'unknown', why: error.message };
    }
    throw error;
  }
}
