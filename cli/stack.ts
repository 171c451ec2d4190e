import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { EpochMs } from '../shared/core/model/time.ts';
import { CliError, type Session } from './session.ts';

/** The facts about a deployed stack that the command needs. */
export type PhoenatStack = {
  readonly functionName: string;
  readonly logGroupName: string;
  /** From the stack's own id; absent where that is none of AWS's. */
  readonly accountId?: string;
  /** CloudFormation's word, for example UPDATE_IN_PROGRESS. */
  readonly status: string;
  readonly createdAt?: EpochMs;
};

/** @throws CliError where there is no such stack, or none of Phoenat's. */
export async function findStack({ aws, stack, terminal, spinner }: Session): Promise<PhoenatStack> {
  const found = await spinner.during(`looking for the stack ${stack}`, describeStack({ aws, stack }));
  const outputs = new Map(
    (found.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  const functionName = outputs.get('FunctionName');
  const logGroupName = outputs.get('LogGroupName');
  const status = found.StackStatus ?? 'unknown';
  if (functionName === undefined || logGroupName === undefined) {
    throw new CliError(
      `stack ${stack} in ${aws.region} is ${status} and has no output FunctionName or LogGroupName: it is not Phoenat's, or not deployed yet; check --stack`,
      3,
    );
  }
  if (status.endsWith('_IN_PROGRESS') || status.endsWith('_FAILED')) {
    terminal.err(`phoenat: CloudFormation says that stack ${stack} is ${status}\n`);
  }
  // "arn:aws:cloudformation:eu-central-1:123456789012:stack/phoenat/…"
  const accountId = found.StackId?.split(':')[4];
  const createdAt = found.CreationTime?.getTime();
  return {
    functionName,
    logGroupName,
    status,
    ...(accountId === undefined ? {} : { accountId }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

async function describeStack({ aws, stack }: Pick<Session, 'aws' | 'stack'>) {
  const notFound = new CliError(
    `there is no stack ${stack} in ${aws.region}: check --stack and --region, or deploy it with "sam deploy"`,
    3,
  );
  try {
    const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
    const [found] = Stacks ?? [];
    if (found === undefined) throw notFound;
    return found;
  } catch (error) {
    // CloudFormation has no code of its own for a stack that is not there.
    const isMissing =
      error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
    throw isMissing ? notFound : error;
  }
}
