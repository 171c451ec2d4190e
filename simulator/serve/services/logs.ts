import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { matchesPattern } from '../../harness/filter-pattern.ts';
import { ServiceFault } from '../http-answer.ts';
import type { LivingAccount } from '../living-account.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { commandsOf } from '../protocols/protocol.ts';
import { operationIn, type Service, textIn } from './service.ts';

/** The controller's log. */
export const logs: Service = {
  protocol: jsonProtocol('1.1', commandsOf(sdk)),
  operationOf: operationIn({
    FilterLogEvents: filterLogEvents,
    DescribeLogGroups: (account, asked) => {
      const { name, arn, createdAt } = groupOf(account);
      const isAsked = name.startsWith(textIn(asked, 'logGroupNamePrefix') ?? '');
      const group = { logGroupName: name, arn: `${arn}:*`, logGroupArn: arn, creationTime: createdAt };
      return { logGroups: isAsked ? [group] : [] };
    },
  }),
};

/** "Returns up to 10,000 events" or 1 MB of them a page (CloudWatch Logs API Reference, FilterLogEvents). */
const maxEvents = 10_000;
const maxBytes = 1_048_576;
const streamName = '[$LATEST]simulated';

function filterLogEvents(account: LivingAccount, asked: { readonly input: object }): object {
  const { name, arn } = groupOf(account);
  const wanted = textIn(asked, 'logGroupName') ?? textIn(asked, 'logGroupIdentifier');
  if (wanted !== name && wanted !== arn) {
    throw new ServiceFault('ResourceNotFoundException', 'The specified log group does not exist.');
  }
  const number = (field: string, otherwise: number) => Number(Reflect.get(asked.input, field) ?? otherwise);
  const limit = number('limit', maxEvents);
  if (!(limit >= 1 && limit <= maxEvents)) {
    throw new ServiceFault(
      'InvalidParameterException',
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and ${maxEvents}`,
    );
  }
  const matches = patternOf(textIn(asked, 'filterPattern') ?? '');
  const [from, to] = [number('startTime', 0), number('endTime', Number.POSITIVE_INFINITY)];
  const found = account.command.lines
    .map((line, index) => ({ ...line, index }))
    .filter(({ timestamp, message }) => timestamp >= from && timestamp <= to && matches(message));
  return page(found, tokenIn(asked), limit);
}

type Line = { readonly timestamp: number; readonly message: string; readonly index: number };

/** The token is the number of the line at which the next page begins. */
function tokenIn(asked: { readonly input: object }): number {
  const token = textIn(asked, 'nextToken') ?? '0';
  if (!/^\d{1,12}$/.test(token)) {
    throw new ServiceFault('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  return Number(token);
}

function page(found: readonly Line[], begin: number, limit: number): object {
  const rest = found.filter(({ index }) => index >= begin);
  let bytes = 0;
  const whole = rest.slice(0, limit).filter(({ message }) => {
    bytes += message.length;
    return bytes <= maxBytes;
  });
  const next = rest[Math.max(1, whole.length)];
  const events = rest.slice(0, Math.max(1, whole.length)).map(({ timestamp, message, index }) => ({
    logStreamName: streamName,
    timestamp,
    message,
    ingestionTime: timestamp,
    // As wide as AWS's, and in the lines' order.
    eventId: String(index).padStart(56, '3'),
  }));
  return { events, searchedLogStreams: [], ...(next === undefined ? {} : { nextToken: String(next.index) }) };
}

function patternOf(pattern: string): (message: string) => boolean {
  if (pattern.trim() === '') return () => true;
  try {
    matchesPattern(pattern, '{}');
  } catch {
    throw new ServiceFault(
      'UnsupportedOperation',
      `This server knows filter patterns such as { $.message = "step" } and ?"one" ?"or another", and not ${pattern}`,
    );
  }
  return (message) => matchesPattern(pattern, message);
}

function groupOf({ command, harness }: LivingAccount) {
  const { Outputs, CreationTime } = command.stack();
  const name = Outputs.find(({ OutputKey }) => OutputKey === 'LogGroupName')?.OutputValue ?? '';
  const { name: region, accountId } = harness.sim.region;
  const arn = `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
  return { name, arn, createdAt: CreationTime?.getTime() };
}
