import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PricingClient } from '@aws-sdk/client-pricing';
import { SNSClient } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { requestHandler } from '../shared/aws/request-limits.ts';
import { minuteMs, secondMs } from '../shared/core/model/time.ts';
import { priceListRegion } from './cost/read-prices.ts';
import { ServerClock } from './server-clock.ts';
import { type AwsClients, CliError } from './session.ts';
import { type OnCall, traceCalls } from './trace-calls.ts';

/** Where to connect to; what is absent comes from the environment and the shared configuration, as for every AWS tool. */
export type Place = { readonly region?: string; readonly profile?: string };

/** Rejects where no Region can be found. Credentials are asked for by the first call. */
export async function connect({ region: given, profile }: Place, onCall?: OnCall): Promise<AwsClients> {
  const place = {
    ...(given === undefined ? {} : { region: given }),
    ...(profile === undefined ? {} : { profile }),
  };
  const usual = {
    ...place,
    requestHandler: requestHandler({ connectMs: 5 * secondMs, answerMs: 20 * secondMs }),
  };
  // A synchronous invocation answers when the function ends: after 60 s at most.
  const slow = {
    ...place,
    requestHandler: requestHandler({ connectMs: 5 * secondMs, answerMs: 2 * minuteMs }),
  };
  const ec2 = new EC2Client(usual);
  const region = await ec2.config.region();
  const clients = {
    ec2,
    cloudFormation: new CloudFormationClient(usual),
    cloudWatch: new CloudWatchClient(usual),
    eventBridge: new EventBridgeClient(usual),
    iam: new IAMClient(usual),
    lambda: new LambdaClient({ ...slow, maxAttempts: 1 }),
    logs: new CloudWatchLogsClient(usual),
    pricing: new PricingClient({ ...usual, region: priceListRegion(region) }),
    sns: new SNSClient(usual),
  };
  const sts = new STSClient(usual);
  const serverClock = new ServerClock(() => Date.now());
  for (const client of [...Object.values(clients), sts]) {
    serverClock.watch(client);
    if (onCall !== undefined) {
      traceCalls(client, () => Date.now(), onCall);
    }
  }
  return {
    region,
    ...clients,
    accountId: async () => {
      const { Account } = await sts.send(new GetCallerIdentityCommand({}));
      if (Account === undefined) throw new CliError('STS did not return the account', 3);
      return Account;
    },
    clockAheadMs: () => serverClock.aheadMs(),
  };
}
