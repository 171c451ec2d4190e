import type { Ec2Caller } from './aws/ec2-caller.ts';
import { readConsole } from './aws/read-console.ts';
import type { Diagnosis } from './core/diagnose.ts';
import { isToBeAsked, rememberWord } from './core/memory.ts';
import type { Run } from './core/run-state.ts';
import type { Clock, EpochMs } from './core/time.ts';
import { toBeHeard } from './core/to-be-heard.ts';

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
  const words = await Promise.all(asked.map(async (id) => ({ id, word: await readConsole(ec2, id) })));
  for (const { id, word } of words) {
    run.memory = rememberWord(run.memory, id, word, clock.now());
  }
  return words.length > 0;
}
