import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import type { Account } from './account.ts';
import { askJson } from './ask-json.ts';

/**
 * The stack's rules, by name, whose undelivered events the queue's policy would refuse: those whose ARN none of its
 * conditions on the source matches. AWS cuts the names that it gives rules at 64 characters.
 */
export async function rulesWithoutQueue(
  { cloudFormation }: Account,
  endpoint: string,
  StackName: string,
): Promise<{ readonly rules: readonly string[]; readonly refused: readonly string[] }> {
  const { StackResources } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  const physicalIds = (type: string) =>
    (StackResources ?? []).flatMap(({ ResourceType, PhysicalResourceId }) =>
      ResourceType === type && PhysicalResourceId !== undefined ? PhysicalResourceId : [],
    );
  const rules = physicalIds('AWS::Events::Rule').map((id) => id.split('/').at(-1) ?? id);
  const patterns = (
    await Promise.all(physicalIds('AWS::SQS::Queue').map((url) => sourcesOf(endpoint, url)))
  ).flat();
  const refused = rules.filter(
    (rule) =>
      !patterns.some((pattern) => matches(pattern, `arn:aws:events:us-east-1:123456789012:rule/${rule}`)),
  );
  return { rules, refused };
}

/** Every ARN, with or without wildcards, that a condition on aws:SourceArn names. */
async function sourcesOf(endpoint: string, QueueUrl: string): Promise<string[]> {
  const input = { QueueUrl, AttributeNames: ['Policy'] };
  const answer = await askJson(endpoint, 'sqs', 'AmazonSQS.GetQueueAttributes', input);
  const { Attributes }: { Attributes?: { Policy?: string } } = Object(answer);
  const {
    Statement = [],
  }: { Statement?: { Condition?: Record<string, Record<string, string | string[]>> }[] } = JSON.parse(
    Attributes?.Policy ?? '{}',
  );
  return Statement.flatMap(({ Condition = {} }) =>
    Object.values(Condition).flatMap((keys) => keys['aws:SourceArn'] ?? []),
  );
}

function matches(pattern: string, arn: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(arn);
}
