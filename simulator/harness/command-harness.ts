import type { Output, Parameter, Stack } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { AwsClients } from '../../cli/session.ts';
import type { Clock } from '../../shared/core/model/time.ts';
import type { Log } from '../../shared/loop/log.ts';
import { clientSending } from './client-sending.ts';
import { ec2OfCommand } from './ec2-of-command.ts';
import { matchesPattern } from './filter-pattern.ts';
import { Harness, type HarnessOptions, type RecordedInvocation } from './harness.ts';

type LogLine = { readonly timestamp: number; readonly message: string };

/**
 * An AWS account with one deployed stack, with probes unless it is said otherwise, as the command sees it: CloudFormation's outputs, the real controller behind
 * Lambda's Invoke, and the log that it writes, line by line as Powertools does.
 */
export class CommandHarness {
  readonly #createdAt: number;
  readonly harness: Harness;
  readonly lines: LogLine[] = [];
  readonly aws: AwsClients;
  /** Driven by the driver of the harness's clock. */
  readonly clock: Clock;
  /** What EventBridge says of the rule. Nothing here stops the schedule. */
  isScheduleEnabled = true;

  constructor(options: HarnessOptions = {}) {
    const logOf =
      (run: string): Log =>
      (level, message, fields) =>
        this.#write(run, { level: level.toUpperCase(), message, ...fields });
    const onFailedRun = (run: RecordedInvocation) => this.#writeFailure(run);
    this.harness = new Harness({ probe: 'on', hearsPending: false, ...options, logOf, onFailedRun });
    this.clock = this.harness.clock;
    this.#createdAt = this.clock.now();
    this.aws = {
      region: 'eu-central-1',
      cloudFormation: sending(() => ({ Stacks: [this.stack()] })),
      cloudWatch: clientSending(CloudWatchClient, async () => ({})),
      ec2: clientSending(EC2Client, ec2OfCommand(this.harness)),
      iam: sending(() => this.#role()),
      eventBridge: sending(() => ({ State: this.isScheduleEnabled ? 'ENABLED' : 'DISABLED' })),
      lambda: sending((input) => this.#askLambda(input)),
      logs: clientSending(CloudWatchLogsClient, async ({ input }) => this.#filter(input)),
      sns: sending(() => ({ Attributes: subscriptions })),
      accountId: async () => this.harness.sim.region.accountId,
    };
  }

  /** As CloudFormation describes it: the parameters that were given, and the outputs that the command reads. */
  stack(): DescribedStack {
    const { region } = this.harness.sim;
    const { vpcId, zones, instanceTypes, marketType, egress } = this.harness.settings;
    const arn = (service: string, name: string) =>
      `arn:aws:${service}:${region.name}:${region.accountId}:${name}`;
    return {
      StackName: 'phoenat',
      StackId: arn('cloudformation', 'stack/phoenat/guid'),
      CreationTime: new Date(this.#createdAt),
      StackStatus: 'CREATE_COMPLETE',
      Parameters: parameters({
        VpcId: vpcId,
        ClientCidrs: egress.clientCidrs.join(','),
        InstanceTypes: instanceTypes.join(','),
        MarketType: marketType,
        ...Object.fromEntries(
          zones.flatMap(({ name, publicSubnetId, privateSubnetIds, allocationId }) => [
            [`Zone${name.toUpperCase()}PublicSubnet`, publicSubnetId],
            [`Zone${name.toUpperCase()}PrivateSubnets`, privateSubnetIds.join(',')],
            [`Zone${name.toUpperCase()}AllocationId`, allocationId],
          ]),
        ),
      }),
      Outputs: outputs({
        FunctionName: 'phoenat-Controller',
        LogGroupName: 'phoenat-ControllerLog',
        AlarmTopicArn: arn('sns', 'phoenat-Alarms'),
        MorningTopicArn: arn('sns', 'phoenat-Morning'),
      }),
    };
  }

  /** The account's role for Spot, which is the only one that the command asks for. */
  #role(): object {
    if ([...this.harness.sim.region.spotShortages.values()].includes('no-role')) {
      throw Object.assign(new Error('The role with name AWSServiceRoleForEC2Spot cannot be found.'), {
        name: 'NoSuchEntityException',
      });
    }
    return { Role: { RoleName: 'AWSServiceRoleForEC2Spot' } };
  }

  #write(run: string, line: object): void {
    const message = JSON.stringify({ ...line, function_request_id: run, service: 'phoenat' });
    this.lines.push({ timestamp: this.harness.clock.now(), message });
  }

  #askLambda(input: object): object | Promise<object> {
    if ('Payload' in input) return this.#invoke(input);
    // Of a function, only how many runs it reserves is asked: none.
    return 'FunctionName' in input ? {} : accountSettings;
  }

  async #invoke(input: object): Promise<object> {
    const event: unknown = JSON.parse(String(Reflect.get(input, 'Payload')));
    const run = this.harness.start(event);
    if (Reflect.get(input, 'InvocationType') === 'Event') {
      run.catch(() => undefined);
      return { StatusCode: 202 };
    }
    try {
      return { StatusCode: 200, Payload: encode(await run) };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      return {
        StatusCode: 200,
        FunctionError: 'Unhandled',
        Payload: encode({ errorType: name, errorMessage: message }),
      };
    }
  }

  /**
   * As Lambda does in JSON: the runtime tells of an error that was thrown, the platform how each run ended (Telemetry API
   * schema, `platform.report`).
   */
  #writeFailure({ clientName, error, timedOutAfterMs }: RecordedInvocation): void {
    const timestamp = this.harness.clock.now();
    const write = (line: object) => this.lines.push({ timestamp, message: JSON.stringify(line) });
    const status = timedOutAfterMs === undefined ? 'error' : 'timeout';
    if (timedOutAfterMs === undefined && error instanceof Error) {
      const { name: errorType, message: errorMessage } = error;
      write({ level: 'ERROR', requestId: clientName, message: 'Invoke Error', errorType, errorMessage });
    }
    write({ type: 'platform.report', record: { requestId: clientName, status, metrics: {} } });
  }

  #filter(input: object): object {
    const since = Number(Reflect.get(input, 'startTime'));
    const pattern = String(Reflect.get(input, 'filterPattern'));
    const events = this.lines.filter(
      ({ timestamp, message }) => timestamp >= since && matchesPattern(pattern, message),
    );
    return { events };
  }
}

type DescribedStack = Required<Pick<Stack, 'StackName' | 'StackId' | 'CreationTime' | 'StackStatus'>> & {
  Parameters: Parameter[];
  Outputs: Output[];
};

/** One address has confirmed, so that alarms are heard. */
export const subscriptions = { SubscriptionsConfirmed: '1', SubscriptionsPending: '0' } as const;

/** What an account may usually run at once (Lambda quotas, "Concurrent executions"). */
const accountSettings = {
  AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 },
} as const;

function parameters(values: Readonly<Record<string, string>>): Parameter[] {
  return Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
}

function outputs(values: Readonly<Record<string, string>>): Output[] {
  return Object.entries(values).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A client whose answers are made here. `send` is overloaded for every command and for callbacks. */
function sending<T>(answer: (input: object) => unknown): T {
  return { send: async (command: { readonly input: object }) => answer(command.input) } as T;
}
