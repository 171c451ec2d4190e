import type { ExitCode, Session } from '../session.ts';
import { agree, type BakeOptions } from './bake-options.ts';
import type { Found } from './found.ts';
import { terminateBuilder } from './perform-bake.ts';
import { planRemoval } from './plan-bake.ts';
import { removeImage, say } from './run-bake.ts';

/** Removes what was made, but for what something needs. */
export async function removeBaked(session: Session, found: Found, options: BakeOptions): Promise<ExitCode> {
  const { terminal } = session;
  const { steps, kept } = planRemoval(found);
  const removed = steps.map((step) =>
    step.kind === 'terminate'
      ? { id: step.builderId, what: `${step.builderId}, a builder` }
      : { id: step.image.id, what: `${step.image.id} (${step.image.name}), with its snapshots` },
  );
  const stays = kept.map(({ image, because }) => ({ id: image.id, because }));
  if (options.dryRun || steps.length === 0) {
    report(session, removed, stays, options.dryRun === true);
    return 0;
  }
  const question = ['Remove for good:', ...removed.map(({ what }) => `  ${what}`), 'Go on?'].join('\n');
  await agree(session, options, question);
  for (const step of steps) {
    if (step.kind === 'terminate') {
      await terminateBuilder(session, step.builderId);
      say(session, `terminate ${step.builderId}`);
    } else {
      await removeImage(session, step.image, step.because);
    }
  }
  if (session.json) {
    report(session, removed, stays, false);
  } else {
    terminal.out(stays.map(staysLine).join(''));
  }
  return 0;
}

type Stays = { readonly id: string; readonly because: string };

function staysLine({ id, because }: Stays): string {
  return `${id} stays: ${because}\n`;
}

function report(
  { terminal, json, stack }: Session,
  removed: readonly { readonly id: string; readonly what: string }[],
  stays: readonly Stays[],
  isDryRun: boolean,
): void {
  if (json) {
    const ids = removed.map(({ id }) => id);
    terminal.out(`${JSON.stringify({ [isDryRun ? 'wouldRemove' : 'removed']: ids, stays }, null, 2)}\n`);
    return;
  }
  const lines =
    removed.length === 0
      ? [`There is nothing to remove of what was made for the stack ${stack}.`]
      : removed.map(({ what }) => `would remove ${what}`);
  terminal.out(`${lines.join('\n')}\n${stays.map(staysLine).join('')}`);
}
