import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { breakages } from '../../../simulator/serve/breakages.ts';
import { playOf, plays } from '../../game-day/plays.ts';
import { readGameDay } from '../../game-day/read-page.ts';

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

describe('the game day of the runbook', () => {
  const day = readGameDay(page);

  it('prints what npm run test:game-day plays, all of it and nothing else', () => {
    expect(day.breaks.map(playOf)).toEqual(plays);
    expect(day.before).toBe('npx --no-install phoenat status');
    expect(day.after).toEqual([
      'npx --no-install phoenat status',
      'npx --no-install phoenat logs --since 30m',
    ]);
    expect(day.restore).toBe('npx --no-install phoenat restore');
    expect(day.loop).toMatch(/^CHECK=https:.*\nwhile .*; done\n$/);
  });

  it('breaks without an account what there is to break', () => {
    const told = [...page.matchAll(/demo -- --break ([a-z]+)/g)].map(([, name = '']) => name);

    expect(told).not.toEqual([]);
    expect(told.filter((name) => !Object.hasOwn(breakages, name))).toEqual([]);
  });

  it('is not read where the page has changed', () => {
    expect(() => readGameDay(page.replace('## Game day', '## Rehearsal'))).toThrow('no section');
    expect(() => playOf(['aws ec2 reboot-instances'])).toThrow('no play for');
  });
});
