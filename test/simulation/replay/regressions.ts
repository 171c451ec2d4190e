import { readFileSync } from 'node:fs';
import { parseSchedule, type Schedule } from '../schedule/schedule.ts';

/** What was found once, shrunk, by the name of the mistake. */
export function regressionOf(name: string): Schedule {
  const file = new URL(`../regressions/${name}.json`, import.meta.url);
  return parseSchedule(readFileSync(file, 'utf8'), `regressions/${name}.json`);
}

/** What kills a mutant that drawn schedules hardly ever kill. */
export function keptFor(mutant: string): Schedule {
  const file = new URL(`../mutants/kept/${mutant}.json`, import.meta.url);
  return parseSchedule(readFileSync(file, 'utf8'), `mutants/kept/${mutant}.json`);
}
