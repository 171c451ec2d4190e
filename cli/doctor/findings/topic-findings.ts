import type { AlarmTopic, DoctorFinding, Inventory } from '../inventory.ts';

/** Whether anybody would hear of an alarm. */
export function topicFindings({ deployment, region }: Inventory): DoctorFinding[] {
  return (deployment?.topics ?? []).flatMap((topic) => findingsOf(topic, region));
}

const about = {
  AlarmEmail: 'the urgent alarms',
  MorningEmail: 'the alarms that can wait until morning',
} as const;

function findingsOf({ arn, parameter, subscribers }: AlarmTopic, region: string): DoctorFinding[] {
  const resource = arn.split(':').at(-1) ?? arn;
  const warning = (problem: string, fix: string): DoctorFinding[] => [
    { severity: 'warning', resource, problem, fix },
  ];
  if (!subscribers.known) {
    return warning(
      `Whether anybody receives ${about[parameter]} is unknown: ${subscribers.detail}.`,
      'Allow yourself sns:GetTopicAttributes, and run doctor again.',
    );
  }
  if (subscribers.confirmed > 0) {
    return [];
  }
  if (subscribers.pending > 0) {
    return warning(
      `Nobody receives ${about[parameter]} yet: ${subscribers.pending} subscribed, and none has confirmed.`,
      'Follow the link in the mail "AWS Notification - Subscription Confirmation".',
    );
  }
  return warning(
    `Nobody is subscribed to ${about[parameter]}.`,
    `Set ${parameter} with sam deploy, or subscribe an address: aws sns subscribe --region ${region} --topic-arn ${arn} --protocol email --notification-endpoint ADDRESS`,
  );
}
