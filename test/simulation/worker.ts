import { parentPort, workerData } from 'node:worker_threads';
import { breakSource } from './break-source.ts';
import type { Task } from './crew.ts';
import { type Mutant, mutants } from './mutants.ts';

/**
 * One task in a thread of its own. A mutant is made before anything of the controller is loaded, which is why what
 * plays is imported last.
 */
const task: Task = workerData;
const mutant = task.kind === 'mutant' ? mutantNamed(task.name) : undefined;
if (mutant !== undefined) breakSource(mutant);
const { sampleOutages, search } = await import('./search.ts');
const result =
  task.kind === 'outages'
    ? await sampleOutages(task.fault, task.seed, task.runs)
    : await search({ seed: task.seed, runs: task.runs, lookFor: mutant?.caughtBy ?? 'any' });
parentPort?.postMessage(result);

function mutantNamed(name: string): Mutant {
  const found = mutants.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no mutant "${name}"`);
  return found;
}
