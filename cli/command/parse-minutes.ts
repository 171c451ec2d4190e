import { InvalidArgumentError } from 'commander';
import { type DurationMs, minuteMs } from '../../shared/core/model/time.ts';

/** Minutes from the command line, in milliseconds. @throws InvalidArgumentError where they are none. */
export function parseMinutes(raw: string): DurationMs {
  const minutes = Number(raw);
  if (!(minutes > 0 && minutes <= 24 * 60) || raw.trim() === '') {
    throw new InvalidArgumentError('Give a number of minutes, more than 0 and at most 1440.');
  }
  return minutes * minuteMs;
}
