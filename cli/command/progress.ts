import type { StepReport } from '../../shared/core/report/report.ts';
import { paintFor } from '../format.ts';
import type { Session } from '../session.ts';
import { renderStep } from './render-step.ts';

/** Shows the steps of a rebuild as they are reported. */
export type Progress = {
  readonly begin: () => void;
  readonly step: (zone: string, step: StepReport) => void;
  /** Something about the following itself. */
  readonly note: (text: string) => void;
  readonly waiting: (what: readonly string[]) => void;
  readonly end: () => void;
};

/** A line for each step, and below them a spinner that says what is waited for; beside JSON nothing but the notes. */
export function createProgress({ json, terminal, spinner }: Session): Progress {
  const note = (text: string) => terminal.err(`phoenat: ${text}\n`);
  const nothing = () => undefined;
  if (json) {
    return { begin: nothing, step: nothing, note, waiting: nothing, end: nothing };
  }
  const paint = paintFor(terminal);
  return {
    begin: () => spinner.show('rebuilding'),
    step: (zone, step) => terminal.out(`${renderStep(zone, step, paint)}\n`),
    note,
    waiting: ([first]) =>
      spinner.show(first === undefined ? 'rebuilding' : `rebuilding: waiting for ${first}`),
    end: () => spinner.stop(),
  };
}
