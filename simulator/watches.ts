import { parseWatched } from '../shared/aws/parse-watched.ts';
import { tagKeys } from '../shared/core/model/tags.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../shared/core/model/time.ts';
import { ownEgress } from './data-plane.ts';
import type { Ec2Simulator } from './ec2/ec2-simulator.ts';
import { watchAlarmEvent } from './ec2/events.ts';
import type { InstanceRecord } from './ec2/records.ts';
import { homeOf, settingsNameOf } from './topology.ts';

/** Of one watcher: whom its tag names, and what it has heard of that one. */
type Watching = {
  readonly of: string;
  hasHeard: boolean;
  silentSince: EpochMs | undefined;
  cancel: () => void;
};

/**
 * Eight tenths of a second without an answer, since the last that came, to pings that leave five times a second; and what it
 * takes the instance to tell EventBridge. Then again while it lasts.
 */
const silent = { minMs: 800, maxMs: 1_200 };
const pausesMs: readonly DurationMs[] = [10 * secondMs, minuteMs, 5 * minuteMs];

/**
 * What the NAT instances see of each other (infra/nat-instance/watch.py): pings are answered by a kernel that runs, whether
 * or not it forwards. Each watches whom its tag names, once it has heard that one.
 */
export class SimulatedWatches {
  readonly #sim: Ec2Simulator;
  readonly #stack: string;
  readonly #watching = new Map<string, Watching>();
  /** The zones whose instances hear nobody, as often as there is a cause. */
  readonly #deaf: string[] = [];

  constructor(sim: Ec2Simulator, stack: string) {
    this.#sim = sim;
    this.#stack = stack;
    sim.region.store.onChange(() => this.#look());
    this.#look();
  }

  isAnyoneWatchingIn(zoneName: string): boolean {
    return [...this.#watching.keys()].some((id) => this.#zoneOf(id) === zoneName);
  }

  /** From now on, until what is returned is called, the instances there hear nobody. */
  deafen(zoneName: string): () => void {
    this.#deaf.push(zoneName);
    this.#look();
    return () => {
      this.#deaf.splice(this.#deaf.indexOf(zoneName), 1);
      this.#look();
    };
  }

  /** All that this zone, as the settings call it, and the instance's say to each other is lost at present. */
  isCutOff(zone: string, { launch }: InstanceRecord): boolean {
    const other = settingsNameOf(launch.availabilityZone);
    return zone !== other && this.#deaf.some((deaf) => [zone, other].includes(settingsNameOf(deaf)));
  }

  #zoneOf(id: string): string | undefined {
    const instance = this.#sim.region.store.instances.current.get(id);
    return instance && homeOf(instance);
  }

  #look(): void {
    for (const instance of this.#sim.region.store.instances.current.all()) {
      const of = instance.booted && isUp(instance) ? instance.tags[tagKeys.watch] : undefined;
      const known = this.#watching.get(instance.id);
      if (known !== undefined && known.of !== of) {
        known.cancel();
        this.#watching.delete(instance.id);
      }
      if (of !== undefined) this.#listen(instance.id, of);
    }
  }

  #listen(id: string, of: string): void {
    const watching = this.#watching.get(id) ?? {
      of,
      hasHeard: false,
      silentSince: undefined,
      cancel: () => undefined,
    };
    this.#watching.set(id, watching);
    if (this.#answers(of) && !this.#deaf.includes(this.#zoneOf(id) ?? '')) {
      watching.cancel();
      Object.assign(watching, { hasHeard: true, silentSince: undefined, cancel: () => undefined });
    } else if (watching.hasHeard && watching.silentSince === undefined) {
      const { clock, random } = this.#sim.region;
      watching.silentSince = clock.now();
      this.#alarmIn(random.between('watch', silent), id, watching, 0);
    }
  }

  #alarmIn(delayMs: DurationMs, id: string, watching: Watching, nth: number): void {
    const { clock } = this.#sim.region;
    watching.cancel = clock.at(clock.now() + delayMs, () => {
      this.#tell(id, watching);
      this.#alarmIn(pausesMs[nth] ?? 5 * minuteMs, id, watching, nth + 1);
    });
  }

  #tell(by: string, { of, silentSince = 0 }: Watching): void {
    const { region } = this.#sim;
    const watched = parseWatched(of);
    // EventBridge is on the internet.
    if (watched === undefined || !ownEgress(this.#sim, by).ok) return;
    const seen = `no answer for ${((region.clock.now() - silentSince) / secondMs).toFixed(1)} s`;
    const { zone, instanceId: suspected } = watched;
    region.publish(watchAlarmEvent(region, { stack: this.#stack, by, zone, suspected, seen }));
  }

  #answers(of: string): boolean {
    const { instances, interfaces } = this.#sim.region.store;
    const privateIp = parseWatched(of)?.privateIp;
    const attachment = interfaces.current
      .all()
      .find((record) => record.privateIp === privateIp && record.attachment?.deviceIndex === 0)?.attachment;
    const instance = instances.current.get(attachment?.instanceId ?? '');
    return instance !== undefined && isUp(instance);
  }
}

/** Its kernel runs. */
function isUp({ state, kernelSince, impairments }: InstanceRecord): boolean {
  return state === 'running' && kernelSince !== undefined && impairments.every(({ to }) => to !== undefined);
}
