import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { errorMessage } from '../../../shared/core/model/error-message.ts';
import { explainAwsError } from '../../explain-aws-error.ts';
import type { Session } from '../../session.ts';
import type { AlarmTopic, DeployedStack, Subscribers } from '../inventory.ts';

/** The stack's topics, with who would hear of an alarm. If it cannot be read, everything else is still reported. */
export function readTopics(session: Session, { topics }: DeployedStack): Promise<AlarmTopic[]> {
  return Promise.all(
    topics.map(async (topic) => ({ ...topic, subscribers: await readSubscribers(session, topic.arn) })),
  );
}

async function readSubscribers({ aws }: Session, TopicArn: string): Promise<Subscribers> {
  try {
    const { Attributes = {} } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn }));
    const confirmed = Number(Attributes['SubscriptionsConfirmed'] ?? Number.NaN);
    const pending = Number(Attributes['SubscriptionsPending'] ?? Number.NaN);
    return Number.isNaN(confirmed + pending)
      ? { known: false, detail: 'SNS did not return the number of subscriptions' }
      : { known: true, confirmed, pending };
  } catch (error) {
    const explained = explainAwsError(error, { region: aws.region });
    return { known: false, detail: errorMessage(explained) };
  }
}
