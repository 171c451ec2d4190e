import { readFileSync } from 'node:fs';
import { createController, type Invocation } from '../../functions/controller/controller.ts';
import type { Ec2Api } from '../../shared/aws/api.ts';
import { createAskProbe, type InvokeFunction } from '../../shared/aws/invoke-probe.ts';
import type { PutMetricData } from '../../shared/aws/put-metrics.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs, shifted } from '../../shared/core/model/time.ts';
import type { Report } from '../../shared/core/report/report.ts';
import type { Log } from '../../shared/loop/log.ts';
import type { Behaviour } from '../behaviour.ts';
import { OutageMeter } from '../data-plane.ts';
import { ClientCrashed } from '../ec2/aws-error.ts';
import type { SimulatedClient } from '../ec2/client.ts';
import type { Ec2Event } from '../ec2/ec2-event.ts';
import { Ec2Simulator } from '../ec2/ec2-simulator.ts';
import { SimulatedProbes } from '../probe/simulated-probes.ts';
import { Random } from '../random.ts';
import { buildVpc, type ProbeSwitch, settingsOf, type Topology, type VpcOptions } from '../topology.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { SimulatedWatches } from '../watches.ts';
import { environmentOf } from './environment.ts';
import { prepareOnce } from './prepare-once.ts';

export type HarnessOptions = {
  readonly vpc?: VpcOptions;
  readonly settings?: Partial<Settings>;
  readonly behaviour?: Partial<Behaviour>;
  readonly seed?: number;
  /** What the clock says at first. */
  readonly startAt?: EpochMs;
  /** By how much the clocks of Lambda's machines are ahead of AWS's, which the SDK learns from the answers. */
  readonly clockAheadMs?: DurationMs;
  /**
   * Whether every zone has a probe, as a stack has by default. Here the default is `off`: most tests are about what follows
   * from EC2's word alone, and runs with probes take three times as long to play.
   */
  readonly probe?: ProbeSwitch;
  /**
   * Whether the controller is also woken where an instance is pending, which the template's rule leaves out. Default true:
   * more runs beside each other.
   */
  readonly hearsPending?: boolean;
  /** Whether the instances watch each other in the simulation. Default: where the settings have them do it. */
  readonly hasWatches?: boolean;
  /** The Lambda's time-out. Default 60 s, as in the template. */
  readonly timeoutMs?: DurationMs;
  readonly keepsAnswers?: boolean;
  readonly putMetricData?: PutMetricData;
  /** The log of each run, by its name. */
  readonly logOf?: (run: string) => Log;
  /** Told of each run that ends in an error or is killed. */
  readonly onFailedRun?: (run: RecordedInvocation) => void;
};

/** One run of the controller: what woke it, and what came of it. */
export type RecordedInvocation = {
  readonly clientName: string;
  readonly event: unknown;
  readonly startedAt: EpochMs;
  endedAt?: EpochMs;
  /** Lambda killed it when its time was over; the time-out that it had. */
  timedOutAfterMs?: DurationMs;
  report?: Report;
  error?: unknown;
};

/** A process in which Lambda runs one invocation after the other. */
type LambdaEnvironment = {
  readonly settings: Settings;
  readonly controller: (event: unknown, invocation: Invocation) => Promise<Report>;
  busy: boolean;
  client: SimulatedClient | undefined;
  log: Log;
};

const { version: projectVersion }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

function isPending(event: Ec2Event): boolean {
  return Reflect.get(event.detail, 'state') === 'pending';
}

/** The client of the moment, typed as the SDK's, whose `send` is overloaded for every command and for callbacks. */
export function clientOf(current: () => SimulatedClient | undefined): Ec2Api {
  const send = (...sent: Parameters<Ec2Api['send']>) => current()?.send(...sent);
  return { send: send as Ec2Api['send'] };
}

/**
 * The real controller, unchanged, in front of a simulated EC2 on a virtual clock, woken as in production: by a schedule,
 * by EC2's events, by hand. Every invocation has a client of its own, so that each can be killed alone.
 */
export class Harness {
  readonly clock: VirtualClock;
  readonly sim: Ec2Simulator;
  readonly topology: Topology;
  readonly meter: OutageMeter;
  readonly probes: SimulatedProbes;
  /** Absent: nobody watches anybody. */
  readonly watches: SimulatedWatches | undefined;
  readonly invocations: RecordedInvocation[] = [];
  readonly metrics: object[] = [];
  /** The Lambda's time-out, for invocations that start from now on. */
  timeoutMs: DurationMs;
  /** When the schedule wakes the controller next; absent before it is live. */
  nextScheduledAt: EpochMs | undefined;
  /** Lambda's Invoke, as controllers find it: the simulated probes', unless others are put in their place. */
  invokeFunction: InvokeFunction;
  readonly #options: HarnessOptions;
  #settings: Settings;
  readonly #random: Random;
  #environments: LambdaEnvironment[] = [];
  #stopSchedule: (() => void) | undefined;

  constructor(options: HarnessOptions = {}) {
    const { behaviour, seed = 1 } = options;
    this.#options = options;
    this.clock = new VirtualClock(options.startAt);
    this.timeoutMs = options.timeoutMs ?? minuteMs;
    this.#random = new Random(seed);
    this.sim = new Ec2Simulator({
      clock: this.clock,
      seed,
      ...(behaviour === undefined ? {} : { behaviour }),
      keepsAnswers: options.keepsAnswers ?? false,
    });
    this.topology = buildVpc(this.sim, options.vpc);
    this.#settings = settingsOf(this.topology, options.settings, options.probe);
    this.meter = new OutageMeter(this.sim, this.topology.privateSubnetIds);
    this.probes = new SimulatedProbes(this.sim, this.#settings);
    this.invokeFunction = this.probes.invoke;
    const { hasWatches = this.#settings.watch === 'on' } = options;
    if (hasWatches) {
      const watches = new SimulatedWatches(this.sim, this.#settings.stack);
      this.watches = watches;
      this.probes.isCutOff = (zone, instance) => watches.isCutOff(zone, instance);
    }
  }

  /** As deployed at present. */
  get settings(): Settings {
    return this.#settings;
  }

  set settings(settings: Settings) {
    this.#settings = settings;
    this.probes.deploy(settings);
  }

  /** Runs one invocation to its end, moving the time on as it needs. Rejects as the handler does. */
  invoke(event: unknown): Promise<Report> {
    return this.clock.complete(this.start(event));
  }

  /** Starts an invocation and lets it run beside others; drive the clock to see it end. */
  async start(event: unknown): Promise<Report> {
    const clientName = `run ${this.invocations.length + 1}`;
    const entry: RecordedInvocation = { clientName, event, startedAt: this.clock.now() };
    this.invocations.push(entry);
    try {
      entry.report = await this.#invokeIn(this.#environment(), entry);
      return entry.report;
    } catch (error) {
      entry.error = error;
      this.#options.onFailedRun?.(entry);
      throw error;
    } finally {
      entry.endedAt = this.clock.now();
    }
  }

  /** From now on the controller is woken every minute and by EC2's events, as the template's rules have it. */
  goLive(): void {
    const { hearsPending = true } = this.#options;
    this.sim.onEvent((event) => {
      if (hearsPending || !isPending(event)) this.#wake(event);
    });
    const wakeAt = (at: EpochMs) => {
      this.nextScheduledAt = at;
      this.#stopSchedule = this.clock.at(at, () => {
        this.#wake(this.scheduledEvent());
        wakeAt(at + minuteMs);
      });
    };
    wakeAt(this.clock.now() + 20 * secondMs);
  }

  /** No more schedule: what is under way may end. */
  quiesce(): void {
    this.#stopSchedule?.();
  }

  /** Lets the time pass until `isTrue`, looking every half second; throws when that takes longer than `withinMs`. */
  async until(what: string, isTrue: () => boolean, withinMs: DurationMs = 15 * minuteMs): Promise<void> {
    const end = this.clock.now() + withinMs;
    while (!isTrue()) {
      if (this.clock.now() >= end) {
        throw new Error(`not within ${withinMs / secondMs} s: ${what}`);
      }
      await this.clock.runFor(secondMs / 2);
    }
  }

  /** True when no invocation is under way. */
  isIdle(): boolean {
    return this.invocations.every(({ endedAt }) => endedAt !== undefined);
  }

  lastReport(): Report | undefined {
    return this.invocations.findLast(({ report }) => report !== undefined)?.report;
  }

  /** Settled: the latest run to have looked at anything left nothing to do, and no other is under way. */
  isSettled(): boolean {
    const seen = this.invocations.filter(
      ({ report }) => report !== undefined && report.outcome !== 'ignored',
    );
    return this.isIdle() && seen.at(-1)?.report?.outcome === 'settled';
  }

  scheduledEvent(): object {
    const rule = `arn:aws:events:${this.sim.region.name}:${this.sim.region.accountId}:rule/phoenat-schedule`;
    return {
      version: '0',
      id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: this.sim.region.accountId,
      time: new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: this.sim.region.name,
      resources: [rule],
      detail: {},
    };
  }

  #wake(event: unknown): void {
    // A failure is in the record; a rejected run must not end the simulation.
    this.start(event).catch(() => undefined);
  }

  /** Lambda runs an invocation in an idle environment of the present deployment, or makes a new one. */
  #environment(): LambdaEnvironment {
    const idle = this.#environments.find(
      (environment) => !environment.busy && environment.settings === this.settings,
    );
    const environment = idle ?? this.#newEnvironment();
    environment.busy = true;
    return environment;
  }

  #newEnvironment(): LambdaEnvironment {
    const environment: LambdaEnvironment = {
      settings: this.settings,
      busy: false,
      client: undefined,
      log: () => undefined,
      controller: createController({
        ec2: {
          ...clientOf(() => environment.client),
          config: { systemClockOffset: -(this.#options.clockAheadMs ?? 0) },
        },
        putMetricData: this.#options.putMetricData ?? this.#recordMetrics,
        askProbe: createAskProbe({
          invokeFunction: (...sent) => this.invokeFunction(...sent),
          clock: this.clock,
          role: 'ControllerRole',
        }),
        clock: shifted(this.clock, this.#options.clockAheadMs ?? 0),
        log: (level, message, fields) => environment.log(level, message, fields),
        env: environmentOf(this.settings),
        prepare: prepareOnce,
        version: projectVersion,
        random: () => this.#random.fraction('back-off'),
      }),
    };
    this.#environments.push(environment);
    return environment;
  }

  /** At the time-out Lambda kills the process; one that died or was killed is not used again. */
  async #invokeIn(environment: LambdaEnvironment, entry: RecordedInvocation): Promise<Report> {
    const { clientName, event } = entry;
    const client = this.sim.client({ name: clientName, requestTimeoutMs: 10 * secondMs, tries: 3 });
    environment.client = client;
    environment.log = this.#options.logOf?.(clientName) ?? (() => undefined);
    const { timeoutMs } = this;
    const end = this.clock.now() + timeoutMs;
    const spare = this.clock.at(end, () => {
      entry.timedOutAfterMs = timeoutMs;
      client.crash();
      this.#retire(environment);
    });
    const invocation: Invocation = { getRemainingTimeInMillis: () => end - this.clock.now() };
    try {
      const report = await environment.controller(event, invocation);
      // Output of the code of a dead process is lost.
      if (client.isCrashed()) throw new ClientCrashed(`${clientName}: the process died`);
      environment.busy = false;
      return report;
    } catch (error) {
      this.#retire(environment);
      throw error;
    } finally {
      spare();
    }
  }

  #retire(environment: LambdaEnvironment): void {
    this.#environments = this.#environments.filter((other) => other !== environment);
  }

  readonly #recordMetrics: PutMetricData = (input) => {
    this.metrics.push(input);
    return Promise.resolve();
  };
}
