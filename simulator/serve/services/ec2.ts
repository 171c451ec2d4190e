import * as sdk from '@aws-sdk/client-ec2';
import { everyEc2Command } from '../../ec2/calls.ts';
import { isAnsweredForCommand } from '../../harness/ec2-of-command.ts';
import { ServiceFault } from '../http-answer.ts';
import { commandsOf } from '../protocols/protocol.ts';
import { queryProtocol } from '../protocols/query.ts';
import { checkFilters } from './ec2-filters.ts';
import { operatorsCalls } from './ec2-of-operators.ts';
import { type Operation, type Service, sendTo } from './service.ts';

/** The controller's calls, those of the command, and those with which people break things. */
export const ec2: Service = {
  protocol: queryProtocol({
    dialect: 'ec2',
    version: '2016-11-15',
    namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    commands: commandsOf(sdk),
  }),
  operationOf: (action) => {
    if (Object.hasOwn(operatorsCalls, action)) return noted(action, operatorsCalls[action]);
    const isServed = Object.hasOwn(everyEc2Command, action) || isAnsweredForCommand(action);
    return isServed ? noted(action, send(action)) : undefined;
  },
};

function send(action: string): Operation {
  return ({ command: { aws } }, command) => {
    checkFilters(action, command.input);
    return sendTo(aws.ec2, command);
  };
}

/** What changes the account is told to whoever watches it, once EC2 has done it. */
function noted(action: string, operation: Operation | undefined): Operation | undefined {
  if (operation === undefined || /^(Describe|Get)/.test(action)) return operation;
  return async (account, command) => {
    const ids = idsIn(command.input).join(', ');
    const zone = account.zoneOf(idsIn(command.input));
    const sentAt = account.harness.clock.now();
    refuseDryRun(command.input);
    const answer = await operation(account, command);
    account.note(`the API is asked: ${action} ${ids}${zone === undefined ? '' : ` (zone ${zone})`}`, sentAt);
    return answer;
  };
}

/** Whoever asks here may do everything. */
function refuseDryRun(input: object): void {
  if (Reflect.get(input, 'DryRun') !== true) {
    Reflect.deleteProperty(input, 'DryRun');
    return;
  }
  const message = 'Request would have succeeded, but DryRun flag is set.';
  throw new ServiceFault('DryRunOperation', message, 412);
}

function idsIn(input: object): string[] {
  const texts: unknown[] = Object.values(input).flat();
  return texts.flatMap((text) =>
    typeof text === 'string' && /^[a-z]+-[0-9a-f]{8,}$/.test(text) ? text : [],
  );
}
