import { describe, expect, it } from 'vitest';
import { inDepth } from '../../every-case.ts';
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
    for (const word of [
      '--schedules',
      '--seed',
      '--replay',
      '--mutants',
      '--outages',
      '--json',
      'Examples:',
    ]) {
      expect(out).toContain(word);
    }
  });

  it.each([
    [
      ['--seed', 'seven'],
      /--seed <number>' argument 'seven' is invalid. It must be a whole number from 0 on/,
    ],
    [['--seed', '4294967296'], /It must be 4294967295 at most/],
    [['--schedules', '0'], /It must be a whole number from 1 on/],
    [['--schedules', '1e99'], /whole number/],
    [['--replay', 'nowhere.json'], /nowhere\.json/],
    [
      ['--replay', 'package.json'],
      /package\.json: version "0\.1\.0" is not the one that this simulation plays/,
    ],
    [['--replay', regression, '--mutants'], /cannot be used with option/],
    [['--replay', regression, '--seed', '7'], /cannot be used with option '--seed <number>'/],
    [['--mutants', '--skip', '7'], /cannot be used with option '--skip <number>'/],
    [['--mutants', '--schedules', '7'], /cannot be used with option '--schedules <number>'/],
    [['--schedules', '10000001'], /It must be 10000000 at most/],
    [['--workers', '257'], /It must be 256 at most/],
    [['--no-regressions', '--replay', regression], /cannot be used with option '--no-regressions'/],
    [['--schedules', '100', '--skip', '5000'], /'--skip 5000' leaves nothing of '--schedules 100'/],
    [['--trace'], /option '--trace' needs '--replay <file>'/],
    [['--write'], /option '--write' needs '--mutants', '--outages' or '--goals'/],
    [['--about', 'hangs'], /options '--about' and '--days' need '--goals'/],
    [['--goals', '--days', '3', '--write'], /'--write' is for all goals, on their own days/],
    [['--goals', '--about', 'snow'], /no goal is described in the words of '--about snow'/],
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

  inDepth('--replay --trace shows every call, also to machines, which get the verdict, too', async () => {
    const asText = await run('--replay', regression, '--trace');
    const asJson = await run('--replay', regression, '--trace', '--json');
    const { trace, ...verdict } = JSON.parse(asJson.out);

    expect(verdict).toMatchObject({ hit: expect.any(Number), calls: expect.any(Number) });
    expect(trace.some((line: string) => /run 1 DescribeInstances/.test(line))).toBe(true);
    expect(asText.out).toContain(trace.join('\n'));
  });
});
