import { parentPort } from 'node:worker_threads';
import { assertNever } from '../../../shared/core/model/assert.ts';
import { breakSource } from '../mutants/break-source.ts';
import { formerMistakes } from '../mutants/former-mistakes.ts';
import { type Mutant, mutants } from '../mutants/mutants.ts';
import { breaksSource, type Task } from './worker-pool.ts';

/**
 * Does tasks in a thread of its own. A mutant is made before anything of the controller is loaded, which is why what plays
 * is imported last.
 */
parentPort?.on('message', async (task: Task) => parentPort?.postMessage(await resultOf(task)));

async function resultOf(given: Task): Promise<unknown> {
  const mutant = breaksSource(given) ? mutantNamed(given.name) : undefined;
  if (mutant !== undefined) breakSource(mutant);
  const { sampleOutages, search, searchKept } = await import('../search.ts');
  const { playSchedule } = await import('../play/play-schedule.ts');
  const { keptFor, regressionOf } = await import('../replay/regressions.ts');
  const { playTwice } = await import('../play/play-twice.ts');
  switch (given.kind) {
    case 'search':
      return search({
        seed: given.seed,
        schedules: given.schedules,
        lookFor: 'any',
        probes: given.probes,
        standIns: given.standIns,
      });
    case 'mutant':
      if (mutant?.isKept === true) return searchKept(keptFor(mutant.name), mutant.killedBy);
      return search({
        seed: given.seed,
        schedules: given.schedules,
        lookFor: mutant?.killedBy ?? 'any',
        ...(given.firstNth === undefined ? {} : { firstNth: given.firstNth }),
      });
    case 'regressions':
      return playTwice(given.names);
    case 'former-mistake':
      return playSchedule(regressionOf(given.name));
    case 'outages':
      return sampleOutages(given.fault, given.image, given.seed, given.schedules);
    default:
      return assertNever(given);
  }
}

function mutantNamed(name: string): Mutant {
  const found = [...mutants, ...formerMistakes].find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no mutant "${name}"`);
  return found;
}
