import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../../cli/plain-table.ts';

describe('a folded text', () => {
  it('is as wide as the terminal allows, whatever colours it', () => {
    const { green, dim } = createColors(true);
    const coloured = `${green('one')} two ${dim('three')} four`;

    expect(wrap('one two three four', 13, '').split('\n')).toEqual(['one two three', 'four']);
    expect(wrap(coloured, 13, '').split('\n')).toEqual([`${green('one')} two ${dim('three')}`, 'four']);
    expect(wrap(dim('one two'), 4, '  ').split('\n')).toEqual([dim('one'), `  ${dim('two')}`]);
    expect(wrap('寝る 子は 育つ', 9, '').split('\n')).toEqual(['寝る 子は', '育つ']);
  });

  it('has no line that ends in spaces, or between a figure and its unit', () => {
    expect(wrap('eni-1  144 ms', 7, '  ').split('\n')).toEqual(['eni-1', '  144 ms']);
    expect(wrap('for 20.8 s, counted', 7, '').split('\n')).toEqual(['for', '20.8 s,', 'counted']);
    expect(wrap('2 of 2 sums', 6, '').split('\n')).toEqual(['2 of 2', 'sums']);
  });
});
