import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import type { AwsClients } from '../../cli/session.ts';
import { noSuchStack } from '../unit/cli/doctor/a-session.ts';
import { motoEndpoint } from './endpoint.ts';

/** What the command is given: moto, and no stack. Of moto, only what EC2 and CloudWatch need is installed. */
export function motoAws(): AwsClients {
  const endpoint = motoEndpoint(process.env['AWS_ENDPOINT_URL']);
  const cloudFormation = new CloudFormationClient({ endpoint });
  mockClient(cloudFormation).on(DescribeStacksCommand).rejects(noSuchStack('phoenat'));
  return {
    region: 'us-east-1',
    cloudFormation,
    cloudWatch: new CloudWatchClient({ endpoint }),
    ec2: new EC2Client({ endpoint }),
    iam: new IAMClient({ endpoint }),
    lambda: new LambdaClient({ endpoint }),
    logs: new CloudWatchLogsClient({ endpoint }),
    sns: new SNSClient({ endpoint }),
  };
}
