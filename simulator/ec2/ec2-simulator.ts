import type { Ec2CallName } from '../../shared/aws/api.ts';
import type { EpochMs } from '../../shared/core/model/time.ts';
import { type Behaviour, defaultBehaviour } from '../behaviour.ts';
import { type BlanketInjection, Faults, type Injection, type InjectionHandle } from '../faults.ts';
import { Random } from '../random.ts';
import { Throttle } from '../throttle.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { isMutating } from './calls.ts';
import {
  type CallRecord,
  type CallWatcher,
  type ClientOptions,
  createClient,
  type SimulatedClient,
} from './client.ts';
import type { Ec2Event } from './ec2-event.ts';
import { EventBus, type EventTreatment } from './events.ts';
import { addImage, type CatalogueEntry } from './image-catalogue.ts';
import * as operator from './operator.ts';
import type { Breakage, RouteTargetRecord } from './records.ts';
import { availabilityZoneIn, type Region, type SpotShortage } from './region.ts';
import { Store } from './store.ts';

export type SimulatorOptions = {
  readonly clock: VirtualClock;
  /** The same seed and the same calls give the same run. */
  readonly seed?: number;
  readonly behaviour?: Partial<Behaviour>;
  readonly region?: string;
  readonly accountId?: string;
  /** Whether the log of calls has what was answered; for thousands of nights that would fill the memory. Default false. */
  readonly keepsAnswers?: boolean;
};

/**
 * A Region of EC2 in memory, at the level of the SDK's client: commands in, outputs or SDK exceptions out, on a virtual
 * clock. README.md says what is modelled, what is simplified and what is not there.
 */
export class Ec2Simulator {
  readonly region: Region;
  readonly calls: CallRecord[] = [];
  /** Of these, the ones that would change the account. */
  readonly mutatingCalls: CallRecord[] = [];
  readonly #faults = new Faults();
  readonly #watchers: CallWatcher[] = [];
  readonly #events: EventBus;
  readonly #throttle: Throttle | undefined;
  readonly #keepsAnswers: boolean;

  constructor(options: SimulatorOptions) {
    const { clock, seed = 1, behaviour: changes, region, accountId, keepsAnswers = false } = options;
    this.#keepsAnswers = keepsAnswers;
    const random = new Random(seed);
    const behaviour: Behaviour = { ...defaultBehaviour, ...changes };
    this.#events = new EventBus({ clock, behaviour, random });
    this.#throttle = behaviour.buckets && new Throttle(behaviour.buckets);
    this.region = {
      clock,
      behaviour,
      random,
      name: region ?? 'eu-central-1',
      accountId: accountId ?? '123456789012',
      tokens: new Map(),
      shortages: new Map(),
      lanes: new Map(),
      spotShortages: new Map(),
      store: new Store({
        now: () => clock.now(),
        describedAt: () => clock.now() + random.between('describe lag', behaviour.describeLag),
        referableAt: () => clock.now() + random.between('reference lag', behaviour.referenceLag),
      }),
      publish: (event) => this.#events.publish(event),
    };
  }

  /** One client for each process that is simulated. */
  client(options?: ClientOptions): SimulatedClient {
    return createClient(
      {
        region: this.region,
        watchers: this.#watchers,
        faults: this.#faults,
        calls: this.calls,
        mutatingCalls: this.mutatingCalls,
        throttle: this.#throttle,
        noteAnswer: (record, answer) => {
          if (this.#keepsAnswers) record.answer = answer;
        },
      },
      options,
    );
  }

  isMutating(name: Ec2CallName): boolean {
    return isMutating(name);
  }

  /** Hears every event as EventBridge delivers it: late, doubled at times, in no promised order. */
  onEvent(listener: (event: Ec2Event) => void): void {
    this.#events.onEvent(listener);
  }

  /** Sees the account before and after every mutating call, at the moment when it takes effect. */
  watchCalls(watcher: CallWatcher): void {
    this.#watchers.push(watcher);
  }

  /** From now on, how EventBridge treats events: lost, late, doubled. */
  changeEvents(change: Partial<EventTreatment>): void {
    this.#events.change(change);
  }

  inject<N extends Ec2CallName>(injection: Injection<N>): InjectionHandle {
    return this.#faults.inject(injection);
  }

  /** A fault for whichever call comes. */
  injectEverywhere(injection: BlanketInjection): InjectionHandle {
    return this.#faults.injectEverywhere(injection);
  }

  removeAllFaults(): void {
    this.#faults.removeAll();
    this.region.shortages.clear();
    this.region.spotShortages.clear();
  }

  /** Launches of this type in this zone fail with InsufficientInstanceCapacity. */
  withoutCapacity(instanceType: string, availabilityZone: string): { restore(): void } {
    return this.#shortage(instanceType, availabilityZone, 'capacity');
  }

  /** EC2 gives no Spot Instance of this type in this zone, or none at all; what is on demand it gives as before. */
  withoutSpot(
    why: SpotShortage,
    of?: { readonly instanceType: string; readonly availabilityZone: string },
  ): { restore(): void } {
    const key = of === undefined ? 'every type' : `${of.instanceType} ${of.availabilityZone}`;
    this.region.spotShortages.set(key, why);
    return {
      restore: () => {
        this.region.spotShortages.delete(key);
      },
    };
  }

  /** Launches are accepted, and their instances end while pending, with this StateReason: KMS denies their volume's key. */
  refuseVolumeKey(refusal: string): { restore(): void } {
    const { behaviour } = this.region;
    const refused = { refusal };
    Object.assign(behaviour, { volumeKey: refused });
    return {
      restore: () => {
        if (behaviour.volumeKey === refused) Object.assign(behaviour, { volumeKey: 'usable' });
      },
    };
  }

  /** The type does not exist in this zone: launches fail with Unsupported. */
  notOffered(instanceType: string, availabilityZone: string): { restore(): void } {
    return this.#shortage(instanceType, availabilityZone, 'not-offered');
  }

  #shortage(type: string, zone: string, kind: 'capacity' | 'not-offered'): { restore(): void } {
    const key = `${type} ${availabilityZoneIn(this.region, zone)}`;
    this.region.shortages.set(key, kind);
    return {
      restore: () => {
        this.region.shortages.delete(key);
      },
    };
  }

  // What people and the world do outside the controller. None of it appears among `calls`.

  terminateInstance(id: string): void {
    operator.terminateInstance(this.region, id);
  }
  stopInstance(id: string): void {
    operator.stopInstance(this.region, id);
  }
  startInstance(id: string): void {
    operator.startInstance(this.region, id);
  }
  rebootInstance(id: string): void {
    operator.rebootInstance(this.region, id);
  }
  /** A launch that EC2 accepted comes to nothing: pending, then terminated with this StateReason. */
  failLaunch(id: string, reason?: string): void {
    operator.failLaunch(this.region, id, reason);
  }
  /** `instance`: the operating system hangs. `system`: the host is lost. Traffic stops; the check fails when it next runs. */
  impair(id: string, check: 'instance' | 'system'): void {
    operator.impair(this.region, id, check);
  }
  recover(id: string): void {
    operator.recover(this.region, id);
  }
  /** Packets are no longer forwarded, while every status check passes. Unless said otherwise nothing on it shows that. */
  breakForwarding(id: string, breakage: Breakage = { what: 'unseen', guard: 'does-not-run' }): void {
    operator.breakForwarding(this.region, id, breakage);
  }
  mendForwarding(id: string): void {
    operator.mendForwarding(this.region, id);
  }
  /** Trouble beyond the account: what leaves these subnets for the internet is lost until it is restored. */
  loseUpstream(subnetIds: readonly string[]): { restore(): void } {
    for (const id of subnetIds) operator.loseUpstream(this.region, id, true);
    return {
      restore: () => {
        for (const id of subnetIds) operator.loseUpstream(this.region, id, false);
      },
    };
  }
  setSourceDestCheck(interfaceId: string, on: boolean): void {
    operator.setSourceDestCheck(this.region, interfaceId, on);
  }
  setSecurityGroups(interfaceId: string, groupIds: readonly string[]): void {
    operator.setSecurityGroups(this.region, interfaceId, groupIds);
  }

  takeAddressOff(allocationId: string): void {
    operator.takeAddressOff(this.region, allocationId);
  }
  associateAddressElsewhere(allocationId: string, interfaceId: string): void {
    operator.associateAddressElsewhere(this.region, allocationId, interfaceId);
  }
  deleteRoute(routeTableId: string, destination?: string): void {
    operator.deleteRoute(this.region, routeTableId, destination);
  }
  pointRouteAt(routeTableId: string, target: RouteTargetRecord, destination?: string): void {
    operator.pointRouteAt(this.region, routeTableId, target, destination);
  }
  attachInterface(interfaceId: string, instanceId: string): void {
    operator.attachInterface(this.region, interfaceId, instanceId);
  }
  detachInterface(interfaceId: string): void {
    operator.detachInterface(this.region, interfaceId);
  }
  /** Without a table: back to the VPC's main one. */
  reassociate(subnetId: string, routeTableId: string | undefined): void {
    operator.reassociate(this.region, subnetId, routeTableId);
  }
  loseSecurityGroup(id: string): { restore(): void } {
    return operator.loseSecurityGroup(this.region, id);
  }
  publishImage(entry: CatalogueEntry): string {
    return addImage(this.region, entry).id;
  }
  deleteInterface(id: string): void {
    operator.deleteInterface(this.region, id);
  }
  deleteNatGateway(id: string): void {
    operator.deleteNatGateway(this.region, id);
  }
  deregisterImage(id: string): void {
    operator.changeImage(this.region, id, { state: 'deregistered' });
  }
  /** DescribeImages goes on listing the image, RunInstances says InvalidAMIID.NotFound. */
  imageGoneButListed(id: string): void {
    operator.changeImage(this.region, id, { goneForLaunch: true });
  }
  deprecateImage(id: string): void {
    operator.changeImage(this.region, id, { deprecatedAt: this.region.clock.now() });
  }
  blockPublicAccess(id: string, mode: 'off' | 'block-bidirectional' | 'block-ingress' | undefined): void {
    operator.blockPublicAccess(this.region, id, mode);
  }
  moveSubnet(id: string, change: Parameters<typeof operator.moveSubnet>[2]): void {
    operator.moveSubnet(this.region, id, change);
  }
  deleteSubnet(id: string): void {
    operator.deleteSubnet(this.region, id);
  }
  tag(resourceId: string, key: string, value: string): void {
    operator.tag(this.region, resourceId, key, value);
  }
  untag(resourceId: string, key: string): void {
    operator.untag(this.region, resourceId, key);
  }
  /** Schedules an instance-retirement and announces it through AWS Health. */
  retire(id: string, notBefore?: EpochMs): void {
    operator.retire(this.region, id, notBefore);
  }
  /** Two minutes' warning, then the instance is terminated. */
  interruptSpot(id: string): void {
    operator.interruptSpot(this.region, id);
  }
  recommendRebalance(id: string): void {
    operator.recommendRebalance(this.region, id);
  }
}
