import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Clock, DurationMs } from '../shared/core/model/time.ts';

/**
 * 0: done, and all is well. 1: done, and something is not well, or the operation failed. 2: the command line is wrong.
 * 3: AWS could not be asked: credentials, Region, permissions, or a stack that is not there.
 */
export type ExitCode = 0 | 1 | 2 | 3 | typeof interruptedCode;

/** Ended with Ctrl-C: 128 and the signal's number, as shells have it. */
export const interruptedCode = 130;

/** The SDK's clients: whole where it pages, which it does for its own only; elsewhere the part that the command uses. */
export type AwsClients = {
  readonly region: string;
  readonly cloudFormation: Pick<CloudFormationClient, 'send'>;
  readonly cloudWatch: CloudWatchClient;
  readonly ec2: EC2Client;
  /** Of the schedule; absent where nobody asks for it. */
  readonly eventBridge?: Pick<EventBridgeClient, 'send'>;
  readonly iam: Pick<IAMClient, 'send'>;
  readonly lambda: Pick<LambdaClient, 'send'>;
  readonly logs: CloudWatchLogsClient;
  readonly sns: Pick<SNSClient, 'send'>;
  /** Of a Region that has the Price List. */
  readonly pricing?: PricingClient;
  /** The caller's account; rejects if AWS does not return it. */
  readonly accountId?: () => Promise<string>;
  /** How much AWS's clock is ahead of this machine's, as far as an answer has told. */
  readonly clockAheadMs?: () => DurationMs;
};

/** Where the command writes and what it is written on. */
export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether standard output is a terminal that a person sits at. */
  readonly isInteractive: boolean;
  readonly isColoured: boolean;
  readonly columns: number;
  /** Standard error where it is a terminal, on which a spinner may turn. */
  readonly spinnerStream?: NodeJS.WritableStream;
  /** Asks a person yes or no. Only called where `isInteractive`. */
  readonly confirm: (question: string) => Promise<boolean>;
};

/** Shows what the command is waiting for, if that takes long. One thing at a time. */
export type Spinner = {
  readonly during: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** From now on, in place of what it says already. */
  readonly show: (text: string) => void;
  readonly stop: () => void;
};

/** What every command is given: one invocation of `phoenat`, connected to one account and Region. */
export type Session = {
  readonly terminal: Terminal;
  /** AWS's time, as soon as AWS has answered. */
  readonly clock: Clock;
  readonly aws: AwsClients;
  readonly stack: string;
  /** Of this command. */
  readonly version: string;
  /** Print JSON for machines, and nothing else, on standard output. */
  readonly json: boolean;
  /** How this command is called again, with the same stack and place: "npx --no-install phoenat --stack prod". */
  readonly self: string;
  readonly spinner: Spinner;
  /** The sentence for a person who ends the command with Ctrl-C from now on. */
  readonly onInterrupt: (sentence: string) => void;
};

/** Runs a command's action with a session, and keeps its exit code; `cli/program.ts` has it. */
export type WithSession = (action: (session: Session) => Promise<ExitCode>) => Promise<void>;

/** A failure whose message is for the person as it is: what was wrong, where, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
