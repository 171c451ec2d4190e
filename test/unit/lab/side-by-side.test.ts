import { describe, expect, it } from 'vitest';
import { LabReport } from '../../lab/report.ts';
import { playSideBySide } from '../../lab/side-by-side.ts';

type Item = { readonly name: string; readonly isLong?: true };

const items: readonly Item[] = [{ name: 'one' }, { name: 'two' }, { name: 'three', isLong: true }];

describe('what is played side by side', () => {
  it('begins with what takes long, and is reported in one piece each, in the order of the list', async () => {
    let printed = '';
    const report = new LabReport((text) => {
      printed += text;
    });
    const began: string[] = [];
    const ends = new Map(items.map(({ name }) => [name, Promise.withResolvers<void>()]));
    const played = playSideBySide(items, 2, report, async ({ name }, part) => {
      began.push(name);
      const section = part.section(name);
      await ends.get(name)?.promise;
      section.check('holds', name !== 'two', name);
    });

    expect(began).toEqual(['three', 'one']);
    ends.get('three')?.resolve();
    await Promise.resolve(ends.get('three')?.promise);
    expect(printed).toBe('');
    ends.get('two')?.resolve();
    ends.get('one')?.resolve();
    await played;

    expect(began).toEqual(['three', 'one', 'two']);
    expect(printed.match(/^\w+$|(pass|FAIL)/gm)).toEqual(['one', 'pass', 'two', 'FAIL', 'three', 'pass']);
    expect(report.checks.map(({ scenario, ok }) => [scenario, ok])).toEqual([
      ['one', true],
      ['two', false],
      ['three', true],
    ]);
  });
});
