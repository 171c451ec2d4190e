import { formerMistakes } from '../mutants/former-mistakes.ts';
import type { Verdict } from '../play/play-schedule.ts';
import type { PlayedTwice } from '../play/play-twice.ts';
import { runTasks } from '../workers/worker-pool.ts';

/** How a regression went: by itself, and with the former mistake made again. */
export type Replayed = PlayedTwice & { readonly name: string; readonly mistake: Verdict };

/** Plays what was found once: every invariant must hold, and must break again where the mistake is made again. */
export async function replayRegressions(workers: number): Promise<Replayed[]> {
  const names = formerMistakes.map(({ name }) => name);
  const [played] = await runTasks<'regressions'>([{ kind: 'regressions', names }], 1, () => 'go on');
  const tasks = names.map((name) => ({ kind: 'former-mistake' as const, name }));
  const mistakes = await runTasks<'former-mistake'>(tasks, workers, () => 'go on');
  return names.map((name, nth) => {
    const [twice, mistake] = [played?.[nth], mistakes[nth]];
    if (twice === undefined || mistake === undefined) throw new Error(`"${name}" was not played`);
    return { name, ...twice, mistake };
  });
}

/** What is wrong with it, in a sentence for each. */
export function faultsOf({ name, verdict, isRepeatable, mistake }: Replayed): string[] {
  const killedBy = formerMistakes.find((former) => former.name === name)?.killedBy ?? [];
  const by = mistake.violation?.invariant;
  const isKilled = killedBy.some((invariant) => invariant === by);
  return [
    ...(verdict.violation === undefined
      ? []
      : [`${verdict.violation.invariant} does not hold any more: ${verdict.violation.detail}`]),
    ...(isRepeatable ? [] : ['played twice, it was not the same']),
    ...(isKilled
      ? []
      : [`its mistake, made again, is killed by ${by ?? 'nothing'}, not ${killedBy.join(' or ')}`]),
  ];
}
