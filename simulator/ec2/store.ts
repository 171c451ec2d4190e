import { type DurationMs, type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import type {
  AddressRecord,
  ImageRecord,
  InstanceRecord,
  InterfaceRecord,
  NatGatewayRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcRecord,
} from './records.ts';

type Version<R> = { readonly visibleAt: EpochMs; readonly record: R | undefined };
/** What Describe calls show to a replica of each moment from `from` on, until a version becomes visible. */
type Described<R> = { readonly records: readonly R[]; readonly from: EpochMs; readonly until: EpochMs };

/** A read-only look at one kind of resource: as it is, or as Describe calls see it by now. */
export type Lookup<R> = { get(id: string): R | undefined; all(): readonly R[] };

/** When a change of now becomes visible, and from when a new resource can be named in other calls. */
export type Visibility = {
  describedAt(): EpochMs;
  referableAt(): EpochMs;
  now(): EpochMs;
  /** How far behind the replica is that answers the present Describe call; at most `longestLookBackMs`. */
  lookBackMs(): DurationMs;
};

export const longestLookBackMs: DurationMs = minuteMs;

/**
 * One kind of resource, with the versions that Describe calls may still be showing. Eventual consistency is per
 * resource and never goes backwards; the order in which two resources become visible is open.
 */
export class Table<R extends { readonly id: string }> {
  readonly #versions = new Map<string, Version<R>[]>();
  readonly #current = new Map<string, R>();
  readonly #referableAt = new Map<string, EpochMs>();
  readonly #visibility: Visibility;
  readonly #changed: () => void;
  // Every call asks for all records, most of them several times, and few calls change any.
  #allCurrent: readonly R[] | undefined;
  #allDescribed: Described<R> | undefined;

  constructor(visibility: Visibility, changed: () => void) {
    this.#visibility = visibility;
    this.#changed = changed;
  }

  readonly current: Lookup<R> = {
    get: (id) => this.#current.get(id),
    all: () => {
      this.#allCurrent ??= [...this.#current.values()];
      return this.#allCurrent;
    },
  };

  readonly described: Lookup<R> = {
    get: (id) => this.#visible(id),
    all: () => {
      const seenAt = this.#visibility.now() - this.#visibility.lookBackMs();
      const known = this.#allDescribed;
      if (known !== undefined && known.from <= seenAt && seenAt < known.until) return known.records;
      this.#allDescribed = this.#describeAll(seenAt);
      return this.#allDescribed.records;
    },
  };

  /** The record, if other calls can name it already. */
  referable(id: string): R | undefined {
    const from = this.#referableAt.get(id) ?? 0;
    return from <= this.#visibility.now() ? this.#current.get(id) : undefined;
  }

  put(record: R): R {
    if (!this.#referableAt.has(record.id)) {
      this.#referableAt.set(record.id, this.#visibility.referableAt());
    }
    this.#write(record.id, record, this.#visibility.describedAt());
    return record;
  }

  /** Puts a record that has always been there: visible at once. */
  seed(record: R): R {
    this.#referableAt.set(record.id, 0);
    this.#write(record.id, record, 0);
    return record;
  }

  /** @throws Error if there is no such record: the simulator's own mistake, or an operator's typo. */
  update(id: string, change: (record: R) => R): R {
    const record = this.#current.get(id);
    if (record === undefined) throw new Error(`the simulated account has no ${id}`);
    return this.put(change(record));
  }

  remove(id: string): void {
    this.#write(id, undefined, this.#visibility.describedAt());
  }

  #write(id: string, record: R | undefined, visibleAt: EpochMs): void {
    const versions = this.#versions.get(id) ?? [];
    const latest = versions.at(-1)?.visibleAt ?? 0;
    versions.push({ visibleAt: Math.max(latest, visibleAt), record });
    this.#versions.set(id, versions);
    if (record === undefined) this.#current.delete(id);
    else this.#current.set(id, record);
    this.#allCurrent = undefined;
    this.#allDescribed = undefined;
    this.#changed();
  }

  #describeAll(from: EpochMs): Described<R> {
    const records: R[] = [];
    let until = Number.POSITIVE_INFINITY;
    for (const [id, versions] of this.#versions) {
      const record = this.#visible(id);
      if (record !== undefined) records.push(record);
      const next = versions.find(({ visibleAt }) => visibleAt > from);
      if (next !== undefined) until = Math.min(until, next.visibleAt);
    }
    return { records, from, until };
  }

  #visible(id: string): R | undefined {
    const versions = this.#versions.get(id);
    if (versions === undefined) return undefined;
    const now = this.#visibility.now();
    const seenAt = now - this.#visibility.lookBackMs();
    const visible = versions.findLast((version) => version.visibleAt <= seenAt)?.record;
    if (versions.length > 1) {
      // What is older than the version that the slowest replica shows can never be seen again.
      const oldest = versions.findLastIndex((version) => version.visibleAt <= now - longestLookBackMs);
      if (oldest > 0) versions.splice(0, oldest);
    }
    return visible;
  }
}

/** The resources that describe each other: an interface's instance, a route's target, an address's interface. */
export type View = {
  readonly instances: Lookup<InstanceRecord>;
  readonly interfaces: Lookup<InterfaceRecord>;
  readonly addresses: Lookup<AddressRecord>;
  readonly routeTables: Lookup<RouteTableRecord>;
  readonly subnets: Lookup<SubnetRecord>;
  readonly natGateways: Lookup<NatGatewayRecord>;
  readonly vpcs: Lookup<VpcRecord>;
  readonly images: Lookup<ImageRecord>;
};

export class Store {
  readonly instances: Table<InstanceRecord>;
  readonly interfaces: Table<InterfaceRecord>;
  readonly addresses: Table<AddressRecord>;
  readonly routeTables: Table<RouteTableRecord>;
  readonly subnets: Table<SubnetRecord>;
  readonly natGateways: Table<NatGatewayRecord>;
  readonly vpcs: Table<VpcRecord>;
  readonly securityGroups: Table<SecurityGroupRecord>;
  readonly images: Table<ImageRecord>;
  readonly #listeners: (() => void)[] = [];
  #lookBackMs: DurationMs = 0;

  constructor(settled: Omit<Visibility, 'lookBackMs'>) {
    const visibility: Visibility = { ...settled, lookBackMs: () => this.#lookBackMs };
    const changed = () => {
      for (const listener of this.#listeners) listener();
    };
    this.instances = new Table(visibility, changed);
    this.interfaces = new Table(visibility, changed);
    this.addresses = new Table(visibility, changed);
    this.routeTables = new Table(visibility, changed);
    this.subnets = new Table(visibility, changed);
    this.natGateways = new Table(visibility, changed);
    this.vpcs = new Table(visibility, changed);
    this.securityGroups = new Table(visibility, changed);
    this.images = new Table(visibility, changed);
  }

  /** Calls back after every single change, also in the middle of a change that touches several resources. */
  onChange(listener: () => void): () => void {
    this.#listeners.push(listener);
    return () => {
      this.#listeners.splice(this.#listeners.indexOf(listener), 1);
    };
  }

  /** What Describe calls see within `look` is as old as that: EC2 answers from replicas, and some are behind. */
  lookingBack<T>(byMs: DurationMs, look: () => T): T {
    this.#lookBackMs = Math.min(byMs, longestLookBackMs);
    try {
      return look();
    } finally {
      this.#lookBackMs = 0;
    }
  }

  view(which: 'current' | 'described'): View {
    return {
      instances: this.instances[which],
      interfaces: this.interfaces[which],
      addresses: this.addresses[which],
      routeTables: this.routeTables[which],
      subnets: this.subnets[which],
      natGateways: this.natGateways[which],
      vpcs: this.vpcs[which],
      images: this.images[which],
    };
  }
}
