import { Listr, type ListrTaskWrapper } from 'listr2';
import type { StepReport } from '../../shared/core/report/report.ts';
import type { Session } from '../session.ts';
import { paintFor } from '../words.ts';
import { renderStep } from './render-step.ts';

/** Shows the steps of a run as they are reported. */
export type Ticker = {
  readonly begin: () => void;
  readonly step: (zone: string, step: StepReport) => void;
  /** Something about the following itself. */
  readonly note: (text: string) => void;
  readonly waiting: (what: readonly string[]) => void;
  readonly end: (isWell: boolean) => Promise<void>;
};

/** A list that a person can watch, lines for a file, or nothing beside JSON. */
export function createTicker(session: Session): Ticker {
  if (session.json) {
    return {
      begin: () => undefined,
      step: () => undefined,
      note: (text) => session.terminal.err(`phoenat: ${text}\n`),
      waiting: () => undefined,
      end: () => Promise.resolve(),
    };
  }
  return session.terminal.isInteractive ? liveTicker(session) : lineTicker(session);
}

function lineTicker({ terminal }: Session): Ticker {
  const paint = paintFor(terminal);
  return {
    begin: () => undefined,
    step: (zone, step) => terminal.out(`${renderStep(zone, step, paint)}\n`),
    note: (text) => terminal.err(`phoenat: ${text}\n`),
    waiting: () => undefined,
    end: () => Promise.resolve(),
  };
}

type Task = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output'>;

/** One task with the steps under it, and a spinner that says what is waited for. */
function liveTicker({ terminal }: Session): Ticker {
  const paint = paintFor(terminal);
  let shown: Task | undefined;
  let settle: (isWell: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  let running: Promise<unknown> = Promise.resolve();
  return {
    begin: () => {
      const list = new Listr(
        [
          {
            title: 'rebuilding',
            rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
            task: async (_context, task) => {
              shown = task;
              if (!(await ended)) throw new Error('not settled');
            },
          },
        ],
        // Ctrl-C is the program's, which says what goes on.
        { exitOnError: false, registerSignalListeners: false },
      );
      running = list.run();
    },
    step: (zone, step) => {
      if (shown !== undefined) shown.output = renderStep(zone, step, paint);
    },
    note: (text) => {
      if (shown !== undefined) shown.output = paint('wait', text);
    },
    waiting: (what) => {
      if (shown !== undefined)
        shown.title = what.length === 0 ? 'rebuilding' : `rebuilding: waiting for ${what[0]}`;
    },
    end: async (isWell) => {
      settle(isWell);
      await running;
    },
  };
}
