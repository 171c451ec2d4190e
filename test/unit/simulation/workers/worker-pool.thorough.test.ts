import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../../simulation/command-line.ts';
import { search } from '../../../simulation/search.ts';
import { runTasks } from '../../../simulation/workers/worker-pool.ts';

async function run(...args: string[]) {
  const said = { out: '', err: '' };
  const code = await runSimulation(args, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

describe('a schedule', () => {
  it('comes to the same in threads', async () => {
    const tasks = [1, 2].map(
      (seed) => ({ kind: 'search', seed, schedules: 1, probes: true, standIns: false }) as const,
    );
    const alone = [];
    for (const { seed, schedules, standIns } of tasks) {
      alone.push(await search({ seed, schedules, standIns, lookFor: 'any' }));
    }

    expect(await runTasks<'search'>(tasks, 2, () => 'go on')).toEqual(alone);
    expect(alone.map(({ schedules }) => schedules)).toEqual([1, 1]);
  });
});

describe('npm run test:simulation --', () => {
  it('draws a new seed on request and prints it, plays so many, and goes on after so many', async () => {
    const drawn = ['--seed', 'new', '--workers', '1', '--json'];
    const all = await run(...drawn, '--schedules', '2', '--no-regressions');
    const rest = await run(...drawn, '--schedules', '501', '--skip', '500');
    const seeds = [all, rest].map(({ err }) => /^seed (\d+)$/m.exec(err)?.[1]);

    expect([all.code, rest.code]).toEqual([0, 0]);
    expect(JSON.parse(all.out)).toMatchObject({
      schedules: 2,
      settledAfterMs: { median: expect.any(Number) },
    });
    expect(JSON.parse(rest.out)).toMatchObject({ schedules: 1 });
    expect(new Set(seeds).size).toBe(2);
    expect([all.err, rest.err]).toEqual([
      `seed ${seeds[0]}\n2 of 2 schedules\n`,
      `seed ${seeds[1]}\n501 of 501 schedules\n`,
    ]);
  });
});
