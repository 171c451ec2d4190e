import { setTimeout as sleep } from 'node:timers/promises';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Behaviour } from '../../../simulator/behaviour.ts';
import { defaultTargetOf, hasEgress } from '../../../simulator/data-plane.ts';
import type { BootOutcome } from '../../../simulator/ec2/records.ts';
import { Harness, type HarnessOptions } from '../../../simulator/harness/harness.ts';
import { settledHarness } from '../../../simulator/harness/settled-harness.ts';
import type { ProbeSwitch } from '../../../simulator/topology.ts';
import type { Lab } from '../network/lab.ts';
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

const stepMs = 5;

/** The real controller before a simulated EC2 whose clock goes with the wall clock, mirrored in the namespaces. */
export class LiveHarness {
  readonly harness: Harness;
  readonly mirror: RegionMirror;
  readonly #pace: Pace;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #lastRun: Promise<void> = Promise.resolve();
  #waiting = 0;
  #toSkipMs = 0;
  #failure: unknown;

  private constructor(harness: Harness, mirror: RegionMirror, pace: Pace) {
    this.harness = harness;
    this.mirror = mirror;
    this.#pace = pace;
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

  private static async around(
    harness: Harness,
    lab: Lab,
    pace: Pace,
    probe: ProbeSwitch,
  ): Promise<LiveHarness> {
    const mirror = new RegionMirror(harness.sim, lab, { eyes: probe === 'on' });
    const live = new LiveHarness(harness, mirror, pace);
    if (probe === 'on') harness.invokeFunction = (await LabProbes.start(lab, harness.settings)).invoke;
    await live.mirror.apply();
    await live.mirror.settle();
    harness.sim.onEvent((event) => live.wake(event));
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

  /** One run at a time, as the reserved concurrency has it; a run that fails is in the harness's record. */
  wake(event: unknown): void {
    this.#waiting += 1;
    this.#lastRun = this.#lastRun.then(async () => {
      await this.harness.start(event).catch(() => undefined);
      this.#waiting -= 1;
    });
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

  #schedule(): void {
    const { clock } = this.harness;
    clock.at(clock.now() + this.#pace.scheduleMs, () => {
      if (this.#waiting === 0 && this.#toSkipMs === 0) this.wake(this.harness.scheduledEvent());
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
