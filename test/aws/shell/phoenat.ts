import { join } from 'node:path';
import * as z from 'zod';
import { type Ended, runProgram } from '../../deploy/programs.ts';
import { plainEnvironment } from './release.ts';
import type { Rig } from './rig.ts';

const status = z.object({
  report: z.object({ zones: z.array(z.object({ zone: z.string(), health: z.string() })) }),
});

/** The real command, as a person on call runs it. */
export async function phoenat(rig: Rig, args: readonly string[], timeoutMs: number): Promise<Ended> {
  const { aws, names, root, signal } = rig;
  const place = [
    ...['--stack', names.phoenat, '--region', aws.region],
    ...(aws.profile === undefined ? [] : ['--profile', aws.profile]),
  ];
  return await runProgram(process.execPath, [join(root, 'cli/main.ts'), ...place, ...args], {
    cwd: root,
    env: { ...plainEnvironment(), NO_COLOR: '1' },
    logFile: rig.journal.file.replace(/\.jsonl$/, '.commands.log'),
    timeoutMs,
    signal,
  });
}

/** Zone → health, as `phoenat status` has it. Nothing where it could not be told. */
export async function healths(rig: Rig): Promise<ReadonlyMap<string, string>> {
  const { out } = await phoenat(rig, ['--json', 'status'], 120_000);
  const parsed = status.safeParse(parseJson(out));
  return new Map((parsed.data?.report.zones ?? []).map(({ zone, health }) => [zone, health]));
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
