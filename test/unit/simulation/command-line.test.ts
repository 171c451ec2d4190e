import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../simulation/command-line.ts';

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

const regression = 'test/simulation/regressions/launches-that-ec2-has-forgotten.json';

describe('npm run test:simulation --', () => {
  it('--help names every option and shows examples', async () => {
    const { code, out } = await run('--help');

    expect(code).toBe(0);
    for (const word of ['--runs', '--seed', '--replay', '--mutants', '--outages', '--json', 'Examples:']) {
      expect(out).toContain(word);
    }
  });

  it('draws a new seed on request, and prints it', async () => {
    const seeds = await Promise.all([1, 2].map(() => run('--runs', '1', '--seed', 'new')));
    const printed = seeds.map(({ err }) => /^seed (\d+)$/m.exec(err)?.[1]);

    expect(new Set(printed).size).toBe(2);
    expect(printed).not.toContain(undefined);
  });

  it.each([
    [
      ['--seed', 'seven'],
      /--seed <number>' argument 'seven' is invalid. It must be a whole number from 0 on/,
    ],
    [['--seed', '4294967296'], /It must be 4294967295 at most/],
    [['--runs', '0'], /It must be a whole number from 1 on/],
    [['--runs', '1e99'], /whole number/],
    [['--replay', 'nowhere.json'], /nowhere\.json/],
    [
      ['--replay', 'package.json'],
      /package\.json: version "0\.1\.0" is not the one that this simulation plays/,
    ],
    [['--replay', regression, '--mutants'], /cannot be used with option/],
    [['--replay', regression, '--seed', '7'], /cannot be used with option '--seed <number>'/],
    [['--mutants', '--skip', '7'], /cannot be used with option '--skip <number>'/],
    [['--mutants', '--runs', '7'], /cannot be used with option '--runs <number>'/],
    [['--runs', '10000001'], /It must be 10000000 at most/],
    [['--workers', '257'], /It must be 256 at most/],
    [['--runs', '100', '--skip', '5000'], /'--skip 5000' leaves nothing of '--runs 100'/],
    [['--trace'], /option '--trace' needs '--replay <file>'/],
    [['--write'], /option '--write' needs '--mutants' or '--outages'/],
    [['--unknown'], /unknown option '--unknown'/],
  ])('%j is refused with one clear error', async (args, message) => {
    const { code, out, err } = await run(...args);

    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it('--replay plays one schedule and tells it as a story', async () => {
    const { code, out } = await run('--replay', regression);

    expect(code).toBe(0);
    expect(out).toMatch(/ {2}1\. after .*: /);
    expect(out).toMatch(/every invariant held; settled .* after the last fault/);
  });

  it('--replay --json gives the verdict to machines', async () => {
    const { out } = await run('--replay', regression, '--json');

    expect(JSON.parse(out)).toMatchObject({ struck: expect.any(Number), calls: expect.any(Number) });
  });

  it('--replay --trace shows every call, also to machines', async () => {
    const asText = await run('--replay', regression, '--trace');
    const asJson = await run('--replay', regression, '--trace', '--json');
    const { trace } = JSON.parse(asJson.out);

    expect(trace.some((line: string) => /run 1 DescribeInstances/.test(line))).toBe(true);
    expect(asText.out).toContain(trace.join('\n'));
  });

  it('--runs plays so many, says what it came to, and gives it to machines', async () => {
    const { code, out } = await run('--runs', '3', '--workers', '1', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schedules: 3, settledAfterMs: { median: expect.any(Number) } });
  });

  it('--skip goes on after so many', async () => {
    const { code, out, err } = await run('--runs', '502', '--skip', '500', '--workers', '1', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schedules: 2 });
    expect(err).toBe('seed 1\n502 of 502 schedules\n');
  });
});
