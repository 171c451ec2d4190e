import * as sdk from '@aws-sdk/client-cloudformation';
import { ServiceFault } from '../http-answer.ts';
import type { LivingAccount } from '../living-account.ts';
import { commandsOf } from '../protocols/protocol.ts';
import { queryProtocol } from '../protocols/query.ts';
import { operationIn, type Service, textIn } from './service.ts';

/** One stack, as it is after its creation. It can be looked at, not changed. */
export const cloudFormation: Service = {
  protocol: queryProtocol({
    dialect: 'query',
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    commands: commandsOf(sdk),
  }),
  operationOf: operationIn({
    DescribeStacks: ({ command }, asked) => {
      const name = textIn(asked, 'StackName');
      return { Stacks: [name === undefined ? command.stack() : stackNamed({ command }, name)] };
    },
    ListStacks: ({ command }) => {
      const { Parameters: _given, Outputs: _out, ...summary } = command.stack();
      return { StackSummaries: [summary] };
    },
    ListStackResources: (account, asked) => {
      stackNamed(account, textIn(asked, 'StackName') ?? '');
      return { StackResourceSummaries: resourcesOf(account) };
    },
    DescribeStackResources: (account, asked) => {
      const { StackName, StackId } = stackNamed(account, textIn(asked, 'StackName') ?? '');
      const StackResources = resourcesOf(account).map(({ LastUpdatedTimestamp, ...resource }) => ({
        StackName,
        StackId,
        ...resource,
        Timestamp: LastUpdatedTimestamp,
      }));
      return { StackResources };
    },
  }),
};

function stackNamed({ command }: Pick<LivingAccount, 'command'>, name: string) {
  const stack = command.stack();
  if (name !== stack.StackName && name !== stack.StackId) {
    throw new ServiceFault('ValidationError', `Stack with id ${name} does not exist`);
  }
  return stack;
}

/** Those of the template's resources that this account really has. */
function resourcesOf({ command, harness }: LivingAccount) {
  const { Outputs, CreationTime } = command.stack();
  const output = (name: string) => Outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? '';
  const [securityGroupId = ''] = harness.settings.securityGroupIds;
  const rows = [
    ['AlarmTopic', output('AlarmTopicArn'), 'AWS::SNS::Topic'],
    ['Controller', output('FunctionName'), 'AWS::Lambda::Function'],
    ['ControllerLog', output('LogGroupName'), 'AWS::Logs::LogGroup'],
    ['MorningTopic', output('MorningTopicArn'), 'AWS::SNS::Topic'],
    ['NatSecurityGroup', securityGroupId, 'AWS::EC2::SecurityGroup'],
  ];
  return rows.map(([LogicalResourceId, PhysicalResourceId, ResourceType]) => ({
    LogicalResourceId,
    PhysicalResourceId,
    ResourceType,
    LastUpdatedTimestamp: CreationTime,
    ResourceStatus: 'CREATE_COMPLETE',
  }));
}
