import { parentPort, workerData } from 'node:worker_threads';
import { breakSource } from './break-source.ts';
import type { Task } from './crew.ts';
import { mutants } from './mutants.ts';

/**
 * One task in a thread of its own. A mutant is made before anything of the controller is loaded, which is why what
 * plays is imported last.
 */
const task: Task = workerData;
if (task.kind === 'mutant') {
  const mutant = mutants.find(({ name }) => name === task.name);
  if (mutant === undefined) throw new Error(`there is no mutant "${task.name}"`);
  breakSource(mutant);
}
const { sampleOutages, search } = await import('./search.ts');
const result =
  task.kind === 'outages'
    ? await sampleOutages(task.fault, task.seed, task.runs)
    : await search({ seed: task.seed, runs: task.runs, shrink: task.kind === 'search' });
parentPort?.postMessage(result);
