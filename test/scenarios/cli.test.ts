import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ExitCode, exitCodeFor, runDemo } from '../../demo/cli.ts';
import { recordScenario } from '../../demo/record-scenario.ts';
import { scenarios } from '../../demo/scenarios.ts';
import { everyCase, inDepth } from '../every-case.ts';
import { recordOnce } from './record-once.ts';

const names = scenarios.map(({ name }) => name);
const few = ['terminated', 'forwarding-broken', 'takeover-in-vain'];
const played = everyCase(
  few,
  names.filter((name) => !few.includes(name)),
);

type Ran = { readonly exitCode: ExitCode; readonly out: string; readonly err: string };

const demo = (...args: readonly string[]) => demoOn(undefined, args);

async function demoOn(columns: number | undefined, args: readonly string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const output = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    ...(columns === undefined ? {} : { columns }),
  };
  const exitCode = await runDemo(args, output, recordOnce);
  return { exitCode, out, err };
}

describe('npm run demo', () => {
  it('runs a terminated instance where nothing is asked for', async () => {
    const { exitCode, out, err } = await demo('--no-color');
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('(scenario terminated, seed 1)');
    expect(out).toMatch(/cutover +answered \d\.\d\d s after the event: \d round trips/);
    expect(out).toMatch(/outage of zone a +\d+\.\d s/);
    expect(out).toMatch(/outage of zone b +0\.0 s/);
    expect(out).toMatch(/API calls +\d+ Describe, \d+ that change something; (none|\d+) failed/);
    expect(out).toContain('settled, with egress in every zone');
  });

  it('marks what is broken by more than a colour', async () => {
    const { out } = await demo('--no-color', '--scenario', 'source-dest-check');
    expect(out).toMatch(/✘ interface eni-\w+, src\/dst check on/);
    expect(out).toMatch(/✘ subnet +10\.0\.100\.0\/24 is cut off/);
  });

  it.each(played)('prints %s within 100 columns, and no colour when listed so', async (name) => {
    const { out } = await demo('--no-color', '--scenario', name);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(out).not.toContain('\u001b');
  });

  it.each(played)('prints %s on 80 columns, with no id or word cut off', async (name) => {
    const args = ['--no-color', '--scenario', name];
    const [narrow, wide] = [await demoOn(80, args), await demo(...args)];
    const idsOf = ({ out }: Ran) => [...new Set(out.match(/\b[a-z]+-[0-9a-f]{6}\b/g))].toSorted();

    expect(Math.max(...narrow.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(idsOf(narrow)).toEqual(idsOf(wide));
    expect(narrow.out).not.toMatch(/\w…/);
  });

  it('prints tables on 80 columns with both sides open, or none', async () => {
    const { out } = await demoOn(80, ['--no-color']);
    const rules = out.split('\n').filter((line) => line.includes('┬') || line.includes('┼'));

    expect(rules.length).toBeGreaterThan(0);
    expect(rules.filter((line) => /^[┌├]/.test(line) !== /[┐┤]$/.test(line))).toEqual([]);
  });

  inDepth('prints all of them on 80 columns', async () => {
    const { out } = await demoOn(80, ['--no-color', '--all']);

    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const name of names) expect(out).toMatch(new RegExp(`^${name} +│✔ well`, 'm'));
  });

  it('names the scenarios with --list', async () => {
    const { exitCode, out } = await demo('--list');
    expect(exitCode).toBe(0);
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual([...names, '']);
  });

  it('names them for machines with --list --json', async () => {
    const { out } = await demo('--list', '--json');
    expect(JSON.parse(out)).toEqual(scenarios.map(({ name, title }) => ({ name, title })));
  });

  it('prints the result as one JSON document with --json', async () => {
    const { out } = await demo('--json', '--scenario', 'route-deleted', '--seed', '7');
    const route = scenarios.find(({ name }) => name === 'route-deleted') ?? scenarios[0];
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(await recordScenario(route, { seed: 7 }))));
  });

  inDepth('prints an array of all results with --all --json', async () => {
    const { exitCode, out } = await demo('--all', '--json');
    const results: unknown = JSON.parse(out);
    expect(exitCode).toBe(0);
    expect(results).toMatchObject(names.map((scenario) => ({ scenario, ok: true })));
  });

  inDepth('prints a line for each with --all', async () => {
    const { out } = await demo('--all', '--no-color');
    for (const name of names) {
      expect(out).toMatch(new RegExp(`│ ${name} +│ ✔ well`));
    }
  });

  it('refuses an unknown scenario with one line that names those there are', async () => {
    const { exitCode, out, err } = await demo('--scenario', 'nope');
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain("'nope'");
    expect(err).toContain(names.join(', '));
  });

  it.each([
    ['--speed', 'slow'],
    ['--seed', '-1'],
    ['--seed', ''],
    ['--all', '--scenario', 'stopped'],
    ['--json', '--speed', 'real'],
    ['--bogus'],
    ['stopped'],
  ])('refuses %s %s', async (...args) => {
    const { exitCode, err } = await demo(...args);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^demo: [^\n]+; see "npm run demo -- --help"\n$/);
  });

  it('shows examples with --help', async () => {
    const { exitCode, out } = await demo('--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('npm run demo -- --scenario');
  });

  it('ends with exit code 1 when a result did not end well', async () => {
    const result = await recordOnce(scenarios[0], { seed: 1 });
    expect(exitCodeFor([result])).toBe(0);
    expect(exitCodeFor([result, { ...result, ok: false }])).toBe(1);
  });

  inDepth('runs as a program', async () => {
    const run = promisify(execFile);
    const main = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
    await expect(run(process.execPath, [main, '--scenario', 'nope'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('terminated'),
    });
  });
});
