import { askJson } from './ask-json.ts';

/** As EC2 sends it (EC2 User Guide, "Monitor state changes of your instances"). */
export async function sendStateChange(ministack: string, instanceId: string, state: string): Promise<void> {
  const entry = {
    Source: 'aws.ec2',
    DetailType: 'EC2 Instance State-change Notification',
    Resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${instanceId}`],
    Detail: JSON.stringify({ 'instance-id': instanceId, state }),
  };
  const answer = await askJson(ministack, 'events', 'AWSEvents.PutEvents', { Entries: [entry] });
  if (!JSON.stringify(answer).includes('"FailedEntryCount":0')) {
    throw new Error(`EventBridge did not take the event of ${instanceId}: ${JSON.stringify(answer)}`);
  }
}
