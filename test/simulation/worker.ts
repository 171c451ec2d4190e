import { parentPort, workerData } from 'node:worker_threads';
import { assertNever } from '../../shared/core/model/assert.ts';
import { breakSource } from './break-source.ts';
import type { Task } from './crew.ts';
import { formerMistakes } from './former-mistakes.ts';
import { type Mutant, mutants } from './mutants.ts';

/**
 * One task in a thread of its own. A mutant is made before anything of the controller is loaded, which is why what
 * plays is imported last.
 */
const task: Task = workerData;
const mutant = 'name' in task ? mutantNamed(task.name) : undefined;
if (mutant !== undefined) breakSource(mutant);
parentPort?.postMessage(await resultOf(task));

async function resultOf(given: Task): Promise<unknown> {
  const { sampleOutages, search } = await import('./search.ts');
  const { playSchedule } = await import('./play-schedule.ts');
  const { regressionOf } = await import('./regressions.ts');
  const { playTwice } = await import('./play-twice.ts');
  switch (given.kind) {
    case 'search':
      return search({ seed: given.seed, runs: given.runs, lookFor: 'any' });
    case 'mutant':
      return search({ seed: given.seed, runs: given.runs, lookFor: mutant?.caughtBy ?? 'any' });
    case 'regressions':
      return playTwice(given.names);
    case 'former-mistake':
      return playSchedule(regressionOf(given.name));
    case 'outages':
      return sampleOutages(given.fault, given.image, given.seed, given.runs);
    default:
      return assertNever(given);
  }
}

function mutantNamed(name: string): Mutant {
  const found = [...mutants, ...formerMistakes].find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no mutant "${name}"`);
  return found;
}
