import * as sdk from '@aws-sdk/client-eventbridge';
import { ServiceFault } from '../http-answer.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { commandsOf } from '../protocols/protocol.ts';
import { operationIn, type Service, textIn } from './service.ts';

/** The rule that wakes the controller each minute. It can be looked at, not changed. */
export const events: Service = {
  protocol: jsonProtocol('1.1', commandsOf(sdk)),
  operationOf: operationIn({
    DescribeRule: ({ command }, asked) => {
      const [, , id = ''] = (command.stack().StackId ?? '').split('/');
      const Name = `phoenat-${id}-every-minute`;
      const wanted = textIn(asked, 'Name');
      if (wanted !== Name) {
        throw new ServiceFault(
          'ResourceNotFoundException',
          `Rule ${wanted} does not exist on EventBus default.`,
        );
      }
      const { name, accountId } = command.harness.sim.region;
      return {
        Name,
        Arn: `arn:aws:events:${name}:${accountId}:rule/${Name}`,
        ScheduleExpression: 'rate(1 minute)',
        State: command.isScheduleEnabled ? 'ENABLED' : 'DISABLED',
        EventBusName: 'default',
      };
    },
  }),
};
