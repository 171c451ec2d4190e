import type { AwsClients } from '../../cli/session.ts';
import type { Clock } from '../../shared/core/time.ts';
import type { Log } from '../../shared/run.ts';
import { Stage, type StageOptions } from './stage.ts';

type LogLine = { readonly timestamp: number; readonly message: string };

/**
 * An AWS account with one deployed stack, as the command sees it: CloudFormation's outputs, the real controller behind
 * Lambda's Invoke, and the log that it writes, line by line as Powertools does.
 */
export class StagedAccount {
  readonly stage: Stage;
  readonly lines: LogLine[] = [];
  readonly aws: AwsClients;
  /** Driven by whoever drives the stage's clock. */
  readonly clock: Clock;

  constructor(options: StageOptions = {}) {
    const logOf =
      (run: string): Log =>
      (level, message, fields) =>
        this.#write(run, { level: level.toUpperCase(), message, ...fields });
    this.stage = new Stage({ ...options, logOf });
    this.clock = this.stage.clock;
    this.aws = {
      region: 'eu-central-1',
      cloudFormation: sending(() => ({
        Stacks: [
          {
            StackStatus: 'CREATE_COMPLETE',
            Outputs: [
              { OutputKey: 'FunctionName', OutputValue: 'phoenat-Controller' },
              { OutputKey: 'LogGroupName', OutputValue: 'phoenat-ControllerLog' },
            ],
          },
        ],
      })),
      cloudWatch: sending(() => ({})),
      ec2: sending(() => ({})),
      lambda: sending((input) => this.#invoke(input)),
      logs: sending((input) => this.#filter(input)),
      sns: sending(() => ({})),
    };
  }

  #write(run: string, line: object): void {
    const message = JSON.stringify({ ...line, function_request_id: run, service: 'phoenat' });
    this.lines.push({ timestamp: this.stage.clock.now(), message });
  }

  async #invoke(input: object): Promise<object> {
    const event: unknown = JSON.parse(String(Reflect.get(input, 'Payload')));
    const run = this.stage.start(event);
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

  /** The patterns are CloudWatch's to understand; here only what a message is called counts. */
  #filter(input: object): object {
    const since = Number(Reflect.get(input, 'startTime'));
    const pattern = String(Reflect.get(input, 'filterPattern'));
    const onlyCutovers = pattern.includes('associate-address');
    const events = this.lines.filter(
      ({ timestamp, message }) =>
        timestamp >= since && (!onlyCutovers || message.includes('"kind":"associate-address"')),
    );
    return { events };
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A client whose answers are made here. `send` is overloaded for every command and for callbacks. */
function sending<T>(answer: (input: object) => unknown): T {
  return { send: async (command: { readonly input: object }) => answer(command.input) } as T;
}
