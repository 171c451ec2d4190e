import type { ZoneLetter } from '../../shared/config/zone-letters.ts';

/** What CloudFormation would call what the template makes, in the account of the simulated EC2. */
const account = '123456789012';
const region = 'eu-central-1';

export const instanceProfileArn = `arn:aws:iam::${account}:instance-profile/phoenat-NatInstanceProfile-1`;
export const natInstanceRoleArn = `arn:aws:iam::${account}:role/phoenat-NatInstanceRole-1`;
export const spotRoleArn = `arn:aws:iam::${account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`;
export const volumeKeyArn = `arn:aws:kms:${region}:${account}:key/0b1c2d3e-1111-2222-3333-444455556666`;
export const controllerArn = `arn:aws:lambda:${region}:${account}:function:phoenat-Controller-1`;
export const lifecycleArn = `arn:aws:lambda:${region}:${account}:function:phoenat-Lifecycle-1`;
export const probeLogArn = `arn:aws:logs:${region}:${account}:log-group:phoenat-ProbeLog-1`;
export const deadLettersArn = `arn:aws:sqs:${region}:${account}:phoenat-DeadLetters-1`;
export const controllerLogArn = `arn:aws:logs:${region}:${account}:log-group:phoenat-ControllerLog-1`;
export const lifecycleLogArn = `arn:aws:logs:${region}:${account}:log-group:phoenat-LifecycleLog-1`;
export const defaultBusArn = `arn:aws:events:${region}:${account}:event-bus/default`;
export const accountId = account;

export function probeArn(letter: ZoneLetter): string {
  return `arn:aws:lambda:${region}:${account}:function:phoenat-Probe${letter.toUpperCase()}-1`;
}

export function ec2Arn(type: string, id: string): string {
  return `arn:aws:ec2:${region}:${account}:${type}/${id}`;
}
