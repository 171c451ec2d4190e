import { quote } from '../core/model/quote.ts';

const understood = [
  'Scheduled Event (aws.events)',
  'EC2 Instance State-change Notification, EC2 Spot Instance Interruption Warning, EC2 Instance Rebalance Recommendation (aws.ec2)',
  'AWS Health Event for EC2 (aws.health)',
  'CloudWatch Alarm State Change (aws.cloudwatch)',
  'NAT instance suspected (phoenat.watch)',
  '{"action": "status" | "rebuild" | "pause" | "resume" | "restore" | "reset-breaker", "zone"?: "…", "immediate"?: true, "dryRun"?: true}',
];

/** The event is none that the controller understands. Nothing was read or changed. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';

  constructor(received: string) {
    super(`received ${quote(received)}. Understood are:\n- ${understood.join('\n- ')}`);
  }
}
