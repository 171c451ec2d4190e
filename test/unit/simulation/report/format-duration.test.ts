import { expect, it } from 'vitest';
import { formatDuration } from '../../../simulation/report/format-duration.ts';

it.each([
  [0, '0.0 s'],
  [440, '0.4 s'],
  [9_960, '10 s'],
  [45_600, '46 s'],
  [59_700, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_599_800, '1 h 00 min'],
  [4_200_000, '1 h 10 min'],
])('%i ms read as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
