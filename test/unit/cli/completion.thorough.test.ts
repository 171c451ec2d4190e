import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shells } from '../../../cli/completion/shell-scripts.ts';
import { runPhoenat } from '../../../cli/program.ts';
import { systemClock } from '../../../shared/system-clock.ts';
import { isThorough } from '../../every-case.ts';

const folder = mkdtempSync(join(tmpdir(), 'phoenat-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function scriptFor(shell: string): Promise<string> {
  let out = '';
  const code = await runPhoenat(['completion', shell], {
    terminal: {
      out: (text) => {
        out += text;
      },
      err: () => undefined,
      isInteractive: false,
      isColoured: false,
      columns: 80,
      confirm: () => Promise.resolve(false),
    },
    clock: systemClock,
    connect: () => Promise.reject(new Error('completion asks nothing of AWS')),
  });
  expect(code).toBe(0);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, out);
  return file;
}

const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'exit']).error === undefined;

/** What the shell runs when these keys are typed at it in a terminal; a Tab where there is a ">". */
async function typed(shell: string, start: string, keys: readonly string[]): Promise<string[]> {
  const script = await scriptFor(shell);
  const child = spawn('script', ['-qec', start, '/dev/null'], {
    env: { ...process.env, TERM: 'dumb', HOME: folder },
  });
  let shown = '';
  child.stdout.on('data', (chunk) => {
    shown += String(chunk);
  });
  const lines = ['phoenat() { echo "ran:$*:"; }', `source ${script}`, ...keys, 'exit'];
  child.stdin.end(`${lines.map((line) => line.replaceAll('>', '\t')).join('\n')}\n`);
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(killer);
  return [...shown.matchAll(/^ran:(.*?) ?:\s*$/gm)].map(([, words = '']) => words);
}

const keys = [
  'phoenat sta>',
  'phoenat --stack status reb>--zo>a --imm>',
  'phoenat bre>re>',
  'phoenat help log>',
  'phoenat logs --since 7d --js>',
  'phoenat completion fi>',
];
const completed = [
  'status',
  '--stack status rebuild --zone a --immediate',
  'breaker reset',
  'help logs',
  'logs --since 7d --json',
  'completion fish',
];

describe('completion', () => {
  it('is sourced by bash, which completes commands, options and their values', async () => {
    expect(await typed('bash', 'bash --norc --noprofile -i', keys)).toEqual(completed);
  }, 30_000);

  it.skipIf(!isThorough || !isInstalled('zsh'))(
    'is sourced by zsh, likewise',
    async () => {
      expect(await typed('zsh', 'zsh -f -i', keys)).toEqual(completed);
    },
    30_000,
  );

  it.skipIf(!isThorough || !isInstalled('fish'))(
    'is sourced by fish, which shows what each is for',
    async () => {
      const script = await scriptFor('fish');
      const ask = (line: string) => {
        const code = `source ${script}; complete -C '${line}'`;
        return spawnSync('fish', ['--no-config', '-c', code], { encoding: 'utf8' }).stdout.trim().split('\n');
      };

      expect(ask('phoenat bre')).toEqual([expect.stringMatching(/^breaker\t./)]);
      expect(ask('phoenat --stack status breaker ')).toEqual([expect.stringMatching(/^reset\t./)]);
      expect(ask('phoenat logs --zone ').map((line) => line.split('\t')[0])).toEqual(['a', 'b', 'c']);
      expect(ask('phoenat rebuild --imm')).toEqual([expect.stringMatching(/^--immediate\t./)]);
      expect(ask('phoenat completion ')).toEqual([...shells].toSorted());
    },
  );

  it('offers a zone after --zone= too', async () => {
    const script = await scriptFor('bash');
    const code = `source ${script}; COMP_WORDS=(phoenat pause --zone = ''); COMP_CWORD=4; _phoenat; echo "\${COMPREPLY[*]}"`;

    expect(spawnSync('bash', ['-c', code], { encoding: 'utf8' }).stdout).toBe('a b c d e f\n');
  });
});
