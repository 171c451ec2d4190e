import { CloudFormationClient, CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient } from '@aws-sdk/client-sns';
import { Command, CommanderError } from 'commander';
import type { AwsClients, ExitCode, Session, WithSession } from '../../../../cli/session.ts';
import { createSpinner } from '../../../../cli/spinner.ts';
import { systemClock } from '../../../../shared/system-clock.ts';
import { VirtualClock } from '../../../../simulator/virtual-clock.ts';

/** What one invocation of a sub-command left behind. */
export type Invocation = { readonly exitCode: ExitCode; readonly out: string };

/** The SDK's clients; a test answers in their place. */
export function someClients(region = 'eu-central-1'): AwsClients {
  return {
    region,
    cloudFormation: new CloudFormationClient({ region }),
    cloudWatch: new CloudWatchClient({ region }),
    ec2: new EC2Client({ region }),
    iam: new IAMClient({ region }),
    lambda: new LambdaClient({ region }),
    logs: new CloudWatchLogsClient({ region }),
    sns: new SNSClient({ region }),
  };
}

/** Runs one sub-command as the program would. Rejects with what the action rejected with, or with commander's error. */
export async function invoke(
  add: (program: Command, withSession: WithSession) => void,
  words: readonly string[],
  over: Partial<Session> = {},
): Promise<Invocation> {
  let out = '';
  let exitCode: ExitCode = 0;
  const session: Session = {
    terminal: {
      out: (text) => {
        out += text;
      },
      err: () => undefined,
      isInteractive: false,
      isColoured: false,
      columns: 100,
      confirm: async () => false,
    },
    clock: new VirtualClock(Date.UTC(2026, 10, 23, 3, 0, 0)),
    aws: someClients(),
    stack: 'phoenat',
    version: '0.0.0',
    json: false,
    self: 'npx --no-install phoenat',
    spinner: createSpinner(undefined, systemClock),
    onInterrupt: () => undefined,
    ...over,
  };
  const program = new Command('phoenat');
  add(program, async (action) => {
    exitCode = await action(session);
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  }
  await program.parseAsync(['node', 'phoenat', ...words]);
  return { exitCode, out };
}

/** The sentence with which the command line was refused. Fails where it was not. */
export async function refusal(invocation: Promise<Invocation>): Promise<string> {
  try {
    await invocation;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.message;
    }
    throw error;
  }
  throw new Error('the command line was taken');
}

/** CloudFormation's answer about a stack that is not there. */
export function noSuchStack(name: string): CloudFormationServiceException {
  return new CloudFormationServiceException({
    name: 'ValidationError',
    message: `Stack with id ${name} does not exist`,
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  });
}
