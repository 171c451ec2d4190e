import {
  type Capability,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { runTag } from '../core/names.ts';
import { type Rig, waitFor } from './rig.ts';

export type TemplatePlace = { readonly TemplateBody: string } | { readonly TemplateURL: string };

export type NewStack = {
  readonly name: string;
  readonly template: TemplatePlace;
  readonly parameters: Readonly<Record<string, string>>;
  readonly limitMs: number;
};

const capabilities: Capability[] = ['CAPABILITY_IAM'];

/** Gives the outputs. @throws Error with CloudFormation's reasons where the creation fails. */
export async function createStack(rig: Rig, stack: NewStack): Promise<ReadonlyMap<string, string>> {
  const { aws, journal, names, say } = rig;
  journal.write({ kind: 'making', what: 'stack', name: stack.name });
  say(`${stack.name}: creating`);
  // Without the signal: a call that is broken off may make the stack all the same, after its removal has looked for it.
  await aws.cloudFormation.send(
    new CreateStackCommand({
      StackName: stack.name,
      ...stack.template,
      Capabilities: capabilities,
      Parameters: Object.entries(stack.parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Tags: [{ Key: runTag, Value: names.run }],
      // What failed stays for nobody to look at: the reasons are in the events, and it is removed at once.
      OnFailure: 'ROLLBACK',
    }),
  );
  const done = await waitFor(rig, `${stack.name} to be created`, stack.limitMs, async () => {
    const found = await findStack(rig, stack.name);
    return found?.StackStatus === 'CREATE_IN_PROGRESS' ? undefined : found;
  });
  if (done.StackStatus !== 'CREATE_COMPLETE') {
    throw new Error(
      `${stack.name} is ${done.StackStatus}: ${(await failuresOf(rig, stack.name)).join('; ') || 'no reason given'}`,
    );
  }
  say(`${stack.name}: created`);
  return outputsOf(done);
}

export function outputsOf({ Outputs }: Stack): ReadonlyMap<string, string> {
  return new Map((Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** Nothing where there is none, or none any more. */
export async function findStack({ aws }: Pick<Rig, 'aws'>, StackName: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const stack = Stacks?.[0];
    return stack?.StackStatus === 'DELETE_COMPLETE' ? undefined : stack;
  } catch (error) {
    // "Stack with id … does not exist"; the same code says that the credentials' time is over.
    if (error instanceof Error && error.name === 'ValidationError' && /not exist/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}

/** Logical id → physical id. */
export async function resourcesOf(
  { aws }: Pick<Rig, 'aws'>,
  StackName: string,
): Promise<ReadonlyMap<string, string>> {
  const { StackResources } = await aws.cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  return new Map(
    (StackResources ?? []).map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

/** What failed and why; the first is the cause. */
export async function failuresOf({ aws }: Pick<Rig, 'aws'>, StackName: string): Promise<readonly string[]> {
  const { StackEvents } = await aws.cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  return (StackEvents ?? [])
    .toReversed()
    .filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED') === true)
    .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`);
}

/** Whether it is this run's: another's stack of that name is left alone. */
export function isOfRun({ Tags }: Stack, run: string): boolean {
  return (Tags ?? []).some(({ Key, Value }) => Key === runTag && Value === run);
}

/** Gives whether CloudFormation has taken it. */
export async function askDeletion(
  { aws }: Pick<Rig, 'aws'>,
  { StackId, StackName }: Stack,
): Promise<boolean> {
  try {
    await aws.cloudFormation.send(new DeleteStackCommand({ StackName: StackId ?? StackName }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError') return false;
    throw error;
  }
}
