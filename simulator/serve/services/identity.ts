import * as iamSdk from '@aws-sdk/client-iam';
import * as snsSdk from '@aws-sdk/client-sns';
import * as stsSdk from '@aws-sdk/client-sts';
import { ServiceFault } from '../http-answer.ts';
import { commandsOf } from '../protocols/protocol.ts';
import { queryProtocol } from '../protocols/query.ts';
import { operationIn, type Service, sendTo, textIn } from './service.ts';

/** Whoever asks is one user of the account, who may do everything. */
export const sts: Service = {
  protocol: queryProtocol({
    dialect: 'query',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    commands: commandsOf(stsSdk),
  }),
  operationOf: operationIn({
    GetCallerIdentity: ({ harness }) => {
      const { accountId } = harness.sim.region;
      return {
        Account: accountId,
        Arn: `arn:aws:iam::${accountId}:user/simulated`,
        UserId: 'AIDASIMULATEDUSER0000',
      };
    },
  }),
};

export const iam: Service = {
  protocol: queryProtocol({
    dialect: 'query',
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    commands: commandsOf(iamSdk),
  }),
  operationOf: operationIn({
    GetRole: ({ command }, asked) => {
      const role = textIn(asked, 'RoleName') ?? '';
      if (role === 'AWSServiceRoleForEC2Spot') return sendTo(command.aws.iam, asked);
      throw new ServiceFault('NoSuchEntity', `The role with name ${role} cannot be found.`, 404);
    },
  }),
};

/** The stack's topics, which one address has subscribed to. */
export const sns: Service = {
  protocol: queryProtocol({
    dialect: 'query',
    version: '2010-03-31',
    namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    commands: commandsOf(snsSdk),
  }),
  operationOf: operationIn({
    GetTopicAttributes: ({ command }, asked) => {
      const topic = textIn(asked, 'TopicArn');
      const isThere = command.stack().Outputs.some(({ OutputValue }) => OutputValue === topic);
      if (!isThere) throw new ServiceFault('NotFound', 'Topic does not exist', 404);
      return sendTo(command.aws.sns, asked);
    },
  }),
};
