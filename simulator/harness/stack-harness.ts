import { createLifecycle } from '../../functions/lifecycle/lifecycle.ts';
import { putTimeoutMs } from '../../functions/lifecycle/respond.ts';
import { createAskProbe } from '../../shared/aws/invoke-probe.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs, shifted } from '../../shared/core/model/time.ts';
import { environmentOf } from './environment.ts';
import { clientOf, type Harness } from './harness.ts';
import { prepareOnce } from './prepare-once.ts';

/** What the function answered CloudFormation. */
export type StackAnswer = {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
};

export type StackOptions = {
  /** Over the environment that the template would set. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Lambda's time-out. Default 900 s, as in the template. */
  readonly timeoutMs?: DurationMs;
  readonly clientCidrs?: readonly string[];
  /** How many deliveries of the answer fail before one succeeds. */
  readonly lostAnswers?: number;
  /** In so many invocations the last calls, to Lambda and to CloudFormation, are never answered: limits of time end them. */
  readonly silentEnds?: number;
  /** By how much the clock of each invocation's machine is ahead of EC2's; the last holds for all that follow. */
  readonly clocksAheadMs?: readonly DurationMs[];
};

type RequestType = 'Create' | 'Update' | 'Delete';
type CustomResourceRequest = Pick<StackAnswer, 'RequestId' | 'StackId' | 'LogicalResourceId'>;

export const noResponse = 'CloudFormation did not receive a response from your Custom Resource';
/** As the template has it. */
const serviceTimeoutMs: DurationMs = 60 * minuteMs;

/** One invocation of the lifecycle function. */
export type LifecycleRun = {
  readonly clientName: string;
  /** Create, Update or Delete. */
  readonly request: string;
  readonly startedAt: EpochMs;
  endedAt?: EpochMs;
  /** What this invocation told CloudFormation, where it did. */
  answer?: StackAnswer;
};

/**
 * CloudFormation and Lambda around the real lifecycle function, in front of a harness's EC2: a request goes in, is repeated
 * after a crash as Lambda repeats it, is carried on when the function asks for it, and ends with the one answer.
 */
export class StackHarness {
  readonly runs: LifecycleRun[] = [];
  /** How long each invocation had left when it ended, its answer or failure included. */
  readonly leftMs: DurationMs[] = [];
  readonly log: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  readonly #harness: Harness;
  readonly #options: StackOptions;
  #physicalResourceId: string | undefined;
  #lost: number;
  #requests = 0;
  #atWork = 0;
  #env: Readonly<Record<string, string>>;

  constructor(harness: Harness, options: StackOptions = {}) {
    this.#harness = harness;
    this.#options = options;
    this.#env = options.env ?? {};
    this.#lost = options.lostAnswers ?? 0;
  }

  /** Every invocation of the function, by the name of its client. */
  get invocations(): string[] {
    return this.runs.map(({ clientName }) => clientName);
  }

  /** While CloudFormation waits for an answer, or rolls back. */
  get isAtWork(): boolean {
    return this.#atWork > 0;
  }

  create(): Promise<StackAnswer> {
    return this.#complete(this.#request('Create'));
  }

  /**
   * A creation that is rolled back where it fails, as the SAM CLI has it by default: CloudFormation then asks to delete
   * what it asked to create. For somebody else who drives the clock.
   */
  async deploy(): Promise<void> {
    const { Status } = await this.#request('Create');
    if (Status === 'FAILED') await this.#request('Delete');
  }

  /** The functions get the new settings first, as CloudFormation's order has it. */
  update(settings: Partial<Settings>): Promise<StackAnswer> {
    const before = this.#harness.settings;
    this.#harness.settings = { ...before, ...settings };
    return this.#complete(this.#request('Update', before));
  }

  /** From now on, over what the settings give. */
  changeEnvironment(env: Readonly<Record<string, string>>): void {
    this.#env = { ...this.#env, ...env };
  }

  delete(): Promise<StackAnswer> {
    return this.#complete(this.#request('Delete'));
  }

  #complete(answer: Promise<StackAnswer>): Promise<StackAnswer> {
    return this.#harness.clock.complete(answer);
  }

  async #request(type: RequestType, before?: Settings): Promise<StackAnswer> {
    const { settings } = this.#harness;
    this.#requests += 1;
    this.#atWork += 1;
    const event = {
      RequestType: type,
      RequestId: `unique-id-of-request-${this.#requests}`,
      ResponseURL: 'https://cloudformation-custom-resource-response.s3.amazonaws.com/presigned',
      StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/phoenat/guid',
      ResourceType: 'Custom::PhoenatZones',
      LogicalResourceId: 'Zones',
      ...(this.#physicalResourceId === undefined ? {} : { PhysicalResourceId: this.#physicalResourceId }),
      ResourceProperties: this.#propertiesOf(settings),
      ...(before === undefined ? {} : { OldResourceProperties: this.#propertiesOf(before) }),
    };
    const answer = await this.#answerTo(event);
    this.#physicalResourceId = answer.PhysicalResourceId;
    this.#atWork -= 1;
    return answer;
  }

  /** CloudFormation waits for so long, and says itself that nothing came (AWS::CloudFormation::CustomResource, ServiceTimeout). */
  #answerTo(event: CustomResourceRequest): Promise<StackAnswer> {
    const { clock } = this.#harness;
    const { RequestId, StackId, LogicalResourceId } = event;
    const none: StackAnswer = {
      Status: 'FAILED',
      Reason: `${noResponse}. Please check your logs for requestId [${RequestId}].`,
      PhysicalResourceId: this.#physicalResourceId ?? 'phoenat-Zones-1A2B3C4D5E6F',
      StackId,
      RequestId,
      LogicalResourceId,
    };
    return new Promise((resolve) => {
      const giveUp = clock.after(serviceTimeoutMs, () => resolve(none));
      this.#invoke(event, 1, (answer) => {
        giveUp();
        resolve(answer);
      });
    });
  }

  /** One invocation, and its repetitions: Lambda repeats what failed after one minute, and after two. */
  #invoke(event: object, attempt: number, answered: (answer: StackAnswer) => void): void {
    const { clock, sim } = this.#harness;
    const name = `lifecycle ${this.runs.length + 1}`;
    const request = String(Reflect.get(event, 'RequestType'));
    const run: LifecycleRun = { clientName: name, request, startedAt: clock.now() };
    this.runs.push(run);
    const client = sim.client({ name, requestTimeoutMs: 10 * secondMs, tries: 3 });
    const end = clock.now() + (this.#options.timeoutMs ?? 15 * minuteMs);
    const isDead = () => sim.calls.some((call) => call.clientName === name && call.outcome === 'crashed');
    const ahead = this.#options.clocksAheadMs ?? [0];
    const isSilent = this.runs.length <= (this.#options.silentEnds ?? 0);
    const aheadMs = ahead[this.runs.length - 1] ?? ahead.at(-1) ?? 0;
    const lifecycle = createLifecycle({
      ec2: { ...clientOf(() => client), config: { systemClockOffset: -aheadMs } },
      put: async (_url, body) => {
        if (isSilent) {
          await clock.sleep(putTimeoutMs);
          throw new Error('The operation was aborted due to timeout');
        }
        await clock.sleep(100);
        if (isDead()) throw new Error('this process is dead');
        if (this.#lost > 0) {
          this.#lost -= 1;
          return 503;
        }
        run.answer = JSON.parse(body);
        answered(JSON.parse(body));
        return 200;
      },
      invokeAgain: async (next) => {
        if (isSilent) await new Promise(() => undefined);
        await clock.sleep(100);
        if (isDead()) throw new Error('this process is dead');
        clock.at(clock.now() + secondMs, () => this.#invoke(next, 1, answered));
      },
      askProbe: createAskProbe({
        invokeFunction: this.#harness.probes.invoke,
        clock,
        role: 'LifecycleRole',
      }),
      clock: shifted(clock, aheadMs),
      log: (level, message, fields) => this.log.push({ level, message, fields }),
      env: { ...environmentOf(this.#harness.settings), ...this.#env },
      prepare: prepareOnce,
      random: () => 0.5,
    });
    lifecycle(event, { getRemainingTimeInMillis: () => end - clock.now() })
      .catch(() => {
        if (attempt < 3) {
          clock.at(clock.now() + attempt * minuteMs, () => this.#invoke(event, attempt + 1, answered));
        }
      })
      .finally(() => {
        run.endedAt = clock.now();
        this.leftMs.push(end - clock.now());
      });
  }

  /** As the template gives them; CloudFormation makes every scalar a text. */
  #propertiesOf(settings: Settings): object {
    return {
      ServiceToken: 'arn:aws:lambda:eu-central-1:123456789012:function:phoenat-Lifecycle',
      ServiceTimeout: String(serviceTimeoutMs / secondMs),
      Addresses: settings.zones.map(({ allocationId }) => allocationId),
      PrivateSubnets: settings.zones.map(({ privateSubnetIds }) => privateSubnetIds.join(',')),
      Clients: { Cidrs: this.#options.clientCidrs ?? ['10.0.0.0/16'], SecurityGroups: [''] },
    };
  }
}
