import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

export type Aws = {
  readonly region: string;
  readonly accountId: string;
  /** Who asks, as the account's log will have it. */
  readonly caller: string;
  readonly partition: string;
  readonly profile?: string;
  /** Where it is not AWS that is asked. */
  readonly endpoint?: string;
  readonly cloudFormation: CloudFormationClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly ssm: SSMClient;
};

/** AWS throttles whoever asks often; nothing here is in a hurry. */
const maxAttempts = 8;
/** No answer within a minute is none: the SDK would wait for ever. An answer may be that the network is gone. */
const requestHandler = { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true };

/** @throws the SDK's error where there is no Region, are no credentials, or STS does not answer. */
export async function openAws(place: { readonly region?: string; readonly profile?: string }): Promise<Aws> {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const usual = { ...place, maxAttempts, requestHandler };
  const sts = new STSClient(usual);
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined)
    throw new Error('STS did not say whose credentials these are');
  const ec2 = new EC2Client(usual);
  return {
    region: await ec2.config.region(),
    accountId: Account,
    caller: Arn,
    partition: Arn.split(':')[1] ?? 'aws',
    ...(place.profile === undefined ? {} : { profile: place.profile }),
    ...(endpoint === undefined || endpoint === '' ? {} : { endpoint }),
    cloudFormation: new CloudFormationClient(usual),
    ec2,
    iam: new IAMClient(usual),
    // An answer of the controller takes a minute at most.
    lambda: new LambdaClient(usual),
    logs: new CloudWatchLogsClient(usual),
    s3: new S3Client({ ...usual, forcePathStyle: endpoint !== undefined }),
    ssm: new SSMClient(usual),
  };
}
