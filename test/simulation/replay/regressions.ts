import { readFileSync } from 'node:fs';
import { parseSchedule, type Schedule } from '../schedule/schedule.ts';

/** What was found once, shrunk, by the name of the mistake. */
export function regressionOf(name: string): Schedule {
  const file = new URL(`../regressions/${name}.json`, import.meta.url);
  return parseSchedule(readFileSync(file, 'utf8'), `regressions/${name}.json`);
}
