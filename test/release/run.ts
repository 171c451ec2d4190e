import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a program to its end, two minutes at most; without `env`, in this process's own environment. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env = process.env }: Pick<SpawnOptions, 'cwd' | 'env'>,
): Promise<Ended> {
  const child = spawn(program, [...args], { cwd, env, timeout: 120_000, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part;
  });
  const [code]: unknown[] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : 1, out, err };
}
