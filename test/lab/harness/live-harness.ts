import { setTimeout as sleep } from 'node:timers/promises';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { watchEvent } from '../../../shared/events/watch-event.ts';
import type { Behaviour } from '../../../simulator/behaviour.ts';
import { defaultTargetOf, hasEgress } from '../../../simulator/data-plane.ts';
import { watchAlarmEvent } from '../../../simulator/ec2/events.ts';
import type { BootOutcome } from '../../../simulator/ec2/records.ts';
import { Harness, type HarnessOptions } from '../../../simulator/harness/harness.ts';
import { settledHarness } from '../../../simulator/harness/settled-harness.ts';
import type { ProbeSwitch } from '../../../simulator/topology.ts';
import { service } from '../network/address-plan.ts';
import type { Lab } from '../network/lab.ts';
import type { PutEntry } from '../programs/protocol.ts';
import { LabEvents } from './lab-events.ts';
import { LabProbes } from './lab-probes.ts';
import { RegionMirror } from './region-mirror.ts';

/** How fast the simulated account lives: what EC2 takes for it, and how often the controller looks. */
export type Pace = {
  readonly behaviour: Partial<Behaviour>;
  readonly scheduleMs: DurationMs;
  readonly about: string;
};

const exactly = (ms: DurationMs) => ({ minMs: ms, maxMs: ms });

export const quickPace: Pace = {
  behaviour: {
    latency: {
      describe: { minMs: 40, maxMs: 90 },
      mutate: { minMs: 80, maxMs: 200 },
      launch: { minMs: 500, maxMs: 700 },
    },
    eventDelay: { minMs: 200, maxMs: 500 },
    pendingToRunning: exactly(secondMs),
    runningToHealth: exactly(300),
    runningToForwarding: exactly(700),
    installingPackages: exactly(0),
    consoleDelay: exactly(100),
    statusInitializingMs: secondMs,
    statusCadenceMs: secondMs,
    terminating: exactly(2 * secondMs),
    stopping: exactly(2 * secondMs),
    reboot: exactly(3 * secondMs),
  },
  scheduleMs: secondMs,
  about: 'an instance forwards 1.7 s after its launch, status checks and the schedule come every second',
};

export const fullPace: Pace = {
  // The namespaces have what an instance would install.
  behaviour: { installingPackages: exactly(0) },
  scheduleMs: minuteMs,
  about: 'an instance forwards 21 to 27 s after its launch, status checks and the schedule come every minute',
};

const labOptions = ({ behaviour }: Pace, probe: ProbeSwitch): HarnessOptions => ({
  behaviour,
  probe,
  settings: { maxLaunchesPerHour: 20 },
});

/** Whether one run waits for the other, so that what one did can be told, or runs as Lambda and the template have it. */
type Runs = 'one by one' | 'as deployed';

const stepMs = 5;

/** The real controller before a simulated EC2 whose clock goes with the wall clock, mirrored in the namespaces. */
export class LiveHarness {
  readonly harness: Harness;
  readonly mirror: RegionMirror;
  readonly #pace: Pace;
  readonly #runs: Runs;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #lastRun: Promise<void> = Promise.resolve();
  #waiting = 0;
  #toSkipMs = 0;
  #failure: unknown;

  private constructor(harness: Harness, mirror: RegionMirror, pace: Pace, runs: Runs) {
    this.harness = harness;
    this.mirror = mirror;
    this.#pace = pace;
    this.#runs = runs;
  }

  /** Both zones have been launched and are settled. With `probe: 'on'` every zone has one, and every instance its guard. */
  static async start(lab: Lab, pace: Pace, probe: ProbeSwitch = 'off'): Promise<LiveHarness> {
    return await LiveHarness.around(await settledHarness(labOptions(pace, probe)), lab, pace, probe);
  }

  /** Every private default route leads to a NAT gateway, and nothing has been launched. */
  static async startBesideGateways(lab: Lab, pace: Pace, boot: BootOutcome): Promise<LiveHarness> {
    const { behaviour, ...options } = labOptions(pace, 'on');
    const vpc = { natGateways: true };
    const harness = new Harness({ ...options, vpc, behaviour: { ...behaviour, boot } });
    return await LiveHarness.around(harness, lab, pace, 'on');
  }

  /**
   * As a stack with probes runs in production: every unit on the instances, every event that the template's rules let
   * through, runs beside each other. What the harness is made of comes before the pace.
   */
  static async startAsDeployed(lab: Lab, pace: Pace, options: HarnessOptions): Promise<LiveHarness> {
    const { settings, behaviour, ...own } = labOptions(pace, 'on');
    const harness = await settledHarness({
      ...own,
      ...options,
      settings: { ...settings, ...options.settings },
      behaviour: { ...behaviour, ...options.behaviour },
      hasWatches: false,
    });
    const events = await LabEvents.start(lab);
    const live = await LiveHarness.around(harness, lab, pace, 'on', 'as deployed');
    events.onEntry((entry) => live.#publish(entry));
    return live;
  }

  private static async around(
    harness: Harness,
    lab: Lab,
    pace: Pace,
    probe: ProbeSwitch,
    runs: Runs = 'one by one',
  ): Promise<LiveHarness> {
    const mirror = new RegionMirror(harness.sim, lab, {
      eyes: probe === 'on',
      ...(runs === 'as deployed' && { eventsAt: `${service.events}:80` }),
    });
    const live = new LiveHarness(harness, mirror, pace, runs);
    if (probe === 'on') harness.invokeFunction = (await LabProbes.start(lab, harness.settings)).invoke;
    await live.mirror.apply();
    await live.mirror.settle();
    harness.sim.onEvent((event) => {
      if (runs === 'one by one' || Reflect.get(event.detail, 'state') !== 'pending') live.wake(event);
    });
    live.#schedule();
    live.#running = live.#run().catch((error: unknown) => {
      live.#failure = error;
    });
    return live;
  }

  /** Waits in real time. @throws Error when it takes longer, or when the network could not follow the account. */
  async until(what: string, isTrue: () => boolean, withinMs: DurationMs): Promise<void> {
    const end = performance.now() + withinMs;
    while (!isTrue()) {
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > end) throw new Error(`not within ${withinMs / secondMs} s: ${what}`);
      await sleep(50);
    }
  }

  /** Lets virtual time pass without waiting for it, so that one trouble is not held against the next. */
  async skip(durationMs: DurationMs): Promise<void> {
    this.#toSkipMs += durationMs;
    await this.until('time has passed', () => this.#toSkipMs === 0, minuteMs);
    await this.mirror.settle();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** A run that fails is in the harness's record. */
  wake(event: unknown): void {
    const start = async () => {
      await this.harness.start(event).catch(() => undefined);
      this.#waiting -= 1;
    };
    this.#waiting += 1;
    if (this.#runs === 'one by one') this.#lastRun = this.#lastRun.then(start);
    else start();
  }

  /** The instance that the zone's routes and Elastic IP lead to, if packets get through it. */
  carrierOf(zone: number): string | undefined {
    const { sim, topology } = this.harness;
    const subnets = topology.zones[zone]?.privateSubnetIds ?? [];
    const carriers = subnets.map((subnetId) => {
      const target = hasEgress(sim, subnetId).ok ? defaultTargetOf(sim, subnetId) : undefined;
      const id = target?.kind === 'interface' ? target.id : '';
      return sim.region.store.interfaces.current.get(id)?.attachment?.instanceId;
    });
    return carriers.every((carrier) => carrier === carriers[0]) ? carriers[0] : undefined;
  }

  /** It comes to the controller as late as every event of this account. */
  #publish({ Source, DetailType, Detail }: PutEntry): void {
    if (Source !== watchEvent.source || DetailType !== watchEvent.detailType) return;
    const { region } = this.harness.sim;
    const { 'instance-id': suspected, ...rest } = JSON.parse(Detail);
    region.publish(watchAlarmEvent(region, { ...rest, suspected }));
  }

  #schedule(): void {
    const { clock } = this.harness;
    clock.at(clock.now() + this.#pace.scheduleMs, () => {
      const isFree = this.#runs === 'as deployed' || this.#waiting === 0;
      if (isFree && this.#toSkipMs === 0) this.wake(this.harness.scheduledEvent());
      this.#schedule();
    });
  }

  async #run(): Promise<void> {
    const { clock } = this.harness;
    let virtualStart = clock.now();
    const realStart = performance.now();
    while (!this.#stopped) {
      virtualStart += this.#toSkipMs;
      await clock.runUntil(virtualStart + performance.now() - realStart);
      this.#toSkipMs = 0;
      await this.mirror.apply();
      await sleep(stepMs);
    }
  }
}
