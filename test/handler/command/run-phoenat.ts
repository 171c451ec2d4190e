import { runPhoenat } from '../../../cli/program.ts';
import type { AwsClients, ExitCode, Terminal } from '../../../cli/session.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { CommandHarness } from '../../../simulator/harness/command-harness.ts';
import type { HarnessOptions } from '../../../simulator/harness/harness.ts';

export type Ran = {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
  readonly asked: string;
};

export type RunOptions = {
  /** Somebody sits there, and answers so. */
  readonly answers?: boolean | (() => Promise<boolean>);
  readonly aws?: Partial<AwsClients>;
  readonly columns?: number;
  readonly interrupted?: AbortSignal;
  /** What the machine believes, ahead of AWS. */
  readonly clockAheadMs?: number;
};

/** Runs a command line against the account; its clock moves on until the command ends. */
export async function phoenat(account: CommandHarness, line: string, options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  let asked = '';
  const { answers, interrupted, clockAheadMs = 0 } = options;
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isInteractive: answers !== undefined,
    isColoured: false,
    columns: options.columns ?? 100,
    confirm: (question) => {
      asked += question;
      return typeof answers === 'function' ? answers() : Promise.resolve(answers ?? false);
    },
  };
  const connect = () =>
    Promise.resolve({ ...account.aws, clockAheadMs: () => -clockAheadMs, ...options.aws });
  const { clock } = account;
  const running = runPhoenat(line.split(' '), {
    terminal,
    connect,
    clock: {
      now: () => clock.now() + clockAheadMs,
      sleep: (durationMs) => clock.sleep(durationMs),
      after: (durationMs, callback) => clock.after(durationMs, callback),
    },
    ...(interrupted === undefined ? {} : { interrupted }),
  });
  const exitCode = await account.harness.clock.complete(running);
  return { exitCode, out, err, asked };
}

export async function settledAccount(options: HarnessOptions = {}): Promise<CommandHarness> {
  const account = new CommandHarness(options);
  account.harness.goLive();
  await account.harness.clock.runFor(6 * minuteMs);
  return account;
}
