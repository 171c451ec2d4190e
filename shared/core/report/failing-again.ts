import type { FailureKind } from '../model/failure.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneProgress } from './run-progress.ts';

/** So often a step fails alike in one run before a person is told: what names something that is gone never succeeds. */
const maxAlike = 3;
const passesByItself: ReadonlySet<FailureKind> = new Set(['throttled', 'no-answer', 'server', 'capacity']);

/** A step that failed in the same way again and again in this run, and has not succeeded since. */
export function failingAgain(zone: ZoneProgress | undefined): Finding[] {
  const steps = zone?.steps ?? [];
  const last = steps.at(-1);
  if (
    zone?.blocked === true ||
    last?.result.kind !== 'failed' ||
    passesByItself.has(last.result.failure.kind)
  ) {
    return [];
  }
  const { failure } = last.result;
  const since = steps.slice(
    steps.findLastIndex((step) => step.kind === last.kind && step.result.kind === 'done') + 1,
  );
  const times = since.filter(
    ({ kind, result }) =>
      kind === last.kind && result.kind === 'failed' && result.failure.code === failure.code,
  ).length;
  return times < maxAlike
    ? []
    : [
        finding(
          'keeps-failing',
          `could not ${last.step}, ${times} times in this run: ${failure.code}: ${failure.message} (${failure.advice})`,
        ),
      ];
}
