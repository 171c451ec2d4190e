import { zoneLetters } from '../../shared/config/zone-letters.ts';

/** A finding of the scanner that stays, and why. docs/security.md tells the same at length. */
export type AcceptedFinding = {
  readonly check: string;
  readonly resources: readonly string[];
  readonly because: string;
};

const functions = ['AWS::Serverless::Function.Controller', 'AWS::Serverless::Function.Lifecycle'];

const probes = zoneLetters.map((letter) => `AWS::Lambda::Function.Probe${letter.toUpperCase()}`);

export const acceptedFindings: readonly AcceptedFinding[] = [
  {
    check: 'CKV_AWS_23',
    resources: ['AWS::EC2::SecurityGroup.ClientSecurityGroup', 'AWS::EC2::SecurityGroup.NatSecurityGroup'],
    because: 'every rule has a description; the scanner does not look into Fn::If',
  },
  {
    check: 'CKV_AWS_26',
    resources: ['AWS::SNS::Topic.AlarmTopic', 'AWS::SNS::Topic.MorningTopic'],
    because: 'CloudWatch may not use the key that AWS keeps for SNS: alarms would go nowhere',
  },
  {
    check: 'CKV_AWS_27',
    resources: ['AWS::SQS::Queue.DeadLetters'],
    because: 'it is encrypted, with SQS’s own key (SqsManagedSseEnabled), which the scanner does not know',
  },
  {
    check: 'CKV_AWS_111',
    resources: ['AWS::IAM::Role.ProbeRole'],
    because:
      'Lambda makes a probe’s interfaces with the role’s rights, and wants them everywhere; the probe’s code is denied them',
  },
  {
    check: 'CKV_AWS_115',
    resources: [...functions, ...probes],
    because: 'a new account cannot reserve concurrency; runs side by side are harmless',
  },
  {
    check: 'CKV_AWS_116',
    resources: [...functions, ...probes],
    because:
      'they have an on-failure destination, which says more than a dead-letter queue and goes to the same queue; a probe’s failure is seen by whoever asks it',
  },
  {
    check: 'CKV_AWS_117',
    resources: functions,
    because: 'a function behind the NAT that it repairs could not repair it',
  },
  {
    check: 'CKV_AWS_158',
    resources: [
      'AWS::Logs::LogGroup.ControllerLog',
      'AWS::Logs::LogGroup.LifecycleLog',
      'AWS::Logs::LogGroup.ProbeLog',
    ],
    because: 'the logs hold ids and states and no secrets; CloudWatch Logs encrypts them with its own key',
  },
  {
    check: 'CKV_AWS_173',
    resources: [...functions, ...probes],
    because: 'the environment holds ids and no secrets; Lambda encrypts it with its own key',
  },
];
