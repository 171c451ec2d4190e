import { describe, expect, it } from 'vitest';
import { readKillers } from '../../../simulation/mutants/killers.ts';
import { mutants } from '../../../simulation/mutants/mutants.ts';

describe('the schedules that kill the mutants', () => {
  it('are known of mutants that there are', () => {
    const names = mutants.map(({ name }) => name);

    expect(Object.keys(readKillers(1)).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('are those of one seed', () => {
    expect(readKillers(2)).toEqual({});
  });
});
