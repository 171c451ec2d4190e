import { tagKeys } from '../shared/core/model/tags.ts';
import type { DurationMs, EpochMs } from '../shared/core/model/time.ts';
import { defaultTargetOf } from '../simulator/data-plane.ts';
import type { InstanceRecord } from '../simulator/ec2/records.ts';
import type { Harness, RecordedInvocation } from '../simulator/harness/harness.ts';
import type { LifecycleRun, StackHarness } from '../simulator/harness/stack-harness.ts';
import type { ProbeInvocation } from '../simulator/probe/simulated-probes.ts';

/** Something that befell an instance, as it truly happened. */
export type InstanceChange = {
  readonly at: EpochMs;
  readonly instanceId: string;
  readonly became:
    | 'pending'
    | 'running'
    | 'forwarding'
    /** It runs, and forwards nothing. */
    | 'broken'
    /** Its guard has put right what was broken. */
    | 'repaired'
    | 'ending'
    | 'stopped'
    | 'terminated';
};

/** A run of the controller, or of the function that answers CloudFormation. */
type FunctionRun = RecordedInvocation | LifecycleRun;

/** What is noted while a scenario runs: everything that happens in its simulated Region from a moment on. */
export class Recording {
  readonly harness: Harness;
  readonly startedAt: EpochMs;
  readonly changes: InstanceChange[] = [];
  /** What has happened by itself since then, in words. */
  readonly happenings: { readonly at: EpochMs; readonly detail: string }[] = [];
  readonly stack: StackHarness;
  readonly #stopNoting: () => void;
  readonly #firstRun: number;
  readonly #firstCall: number;
  readonly #firstQuestion: number;
  readonly #firstMetrics: number;
  #expected = 0;
  /** Which instance each zone's first private route leads to, since when. */
  readonly #carriers: { at: EpochMs; zone: string; instanceId: string | undefined }[] = [];
  readonly #lives = new Map<string, InstanceChange['became']>();
  /** Kept beyond a resource's end: the store forgets it, the timeline must not. */
  readonly #zones = new Map<string, string>();

  constructor(harness: Harness, stack: StackHarness) {
    this.harness = harness;
    this.stack = stack;
    this.startedAt = harness.clock.now();
    this.#firstRun = harness.invocations.length;
    this.#firstCall = harness.sim.calls.length;
    this.#firstQuestion = harness.probes.invocations.length;
    this.#firstMetrics = harness.metrics.length;
    for (const [index, zone] of harness.topology.zones.entries()) {
      const name = harness.settings.zones[index]?.name ?? zone.name;
      for (const id of [
        zone.publicSubnetId,
        zone.allocationId,
        ...zone.privateRouteTableIds,
        ...zone.privateSubnetIds,
      ]) {
        this.#zones.set(id, name);
      }
    }
    this.#stopNoting = harness.sim.region.store.onChange(() => this.#note());
    this.#note();
    // The state at the beginning of the recording is not an event.
    this.changes.length = 0;
  }

  /** Nothing more is noted. */
  end(): void {
    this.#stopNoting();
  }

  /** In the order in which they began. */
  runs(): readonly FunctionRun[] {
    const runs = [...this.harness.invocations.slice(this.#firstRun), ...this.stack.runs];
    return runs.toSorted((a, b) => a.startedAt - b.startedAt);
  }

  /** What the controller has sent CloudWatch. */
  metrics(): readonly object[] {
    return this.harness.metrics.slice(this.#firstMetrics);
  }

  calls(): Harness['sim']['calls'] {
    return this.harness.sim.calls.slice(this.#firstCall);
  }

  /** Something will happen by itself, and says in words what. */
  expect(afterMs: DurationMs, happens: () => string): void {
    const { clock } = this.harness;
    this.#expected += 1;
    clock.after(afterMs, () => {
      this.#expected -= 1;
      this.happenings.push({ at: clock.now(), detail: happens() });
    });
  }

  /** Nothing more is to happen, and a run that began after all that has found nothing left to do. */
  isQuiet(): boolean {
    const last = this.happenings.at(-1)?.at ?? this.startedAt;
    const { invocations } = this.harness;
    const isFoundWell = invocations.some(
      ({ startedAt, report }) => startedAt > last && report?.outcome === 'settled',
    );
    return this.#expected === 0 && isFoundWell;
  }

  /** What the probes were asked. */
  probed(): readonly ProbeInvocation[] {
    return this.harness.probes.invocations.slice(this.#firstQuestion);
  }

  /** What a zone's probe said last before the recording began. */
  saidBefore(zone: string): ProbeInvocation['said'] {
    return this.harness.probes.invocations
      .slice(0, this.#firstQuestion)
      .findLast((invocation) => invocation.zone === zone && invocation.said !== undefined)?.said;
  }

  /** 1 for the first run of the recording. */
  runOf(clientName: string): number {
    return this.runs().findIndex((run) => run.clientName === clientName) + 1;
  }

  /** The zone that a subnet, route table, Elastic IP, interface or instance belongs to. */
  zoneOf(id: string): string | undefined {
    return this.#zones.get(id);
  }

  /** Milliseconds since the recording began. */
  since(at: EpochMs): number {
    return at - this.startedAt;
  }

  /** Where an instance stood at that time; `on trial` while it forwards but the zone's traffic is not on it. */
  lifeAt(instanceId: string, at: EpochMs): InstanceChange['became'] | 'on trial' | undefined {
    const life = this.changes.findLast(
      (change) => change.instanceId === instanceId && change.at <= at,
    )?.became;
    const zone = this.zoneOf(instanceId);
    const carrier = this.#carriers.findLast((change) => change.zone === zone && change.at <= at);
    const forwards = life === 'forwarding' || life === 'repaired';
    return forwards && carrier?.instanceId !== instanceId ? 'on trial' : life;
  }

  #note(): void {
    const { store } = this.harness.sim.region;
    for (const record of store.interfaces.current.all()) {
      this.#place(record, record.subnetId);
    }
    this.#noteCarriers();
    for (const instance of store.instances.current.all()) {
      this.#place(instance, instance.launch.subnetId);
      const became = lifeOf(instance);
      if (this.#lives.get(instance.id) !== became) {
        this.#lives.set(instance.id, became);
        this.changes.push({ at: this.harness.clock.now(), instanceId: instance.id, became });
      }
    }
  }

  #noteCarriers(): void {
    const { store } = this.harness.sim.region;
    for (const { privateSubnetIds, publicSubnetId } of this.harness.topology.zones) {
      const zone = this.zoneOf(publicSubnetId) ?? '';
      const target = defaultTargetOf(this.harness.sim, privateSubnetIds[0] ?? '');
      const id = target?.kind === 'interface' ? target.id : '';
      const instanceId = store.interfaces.current.get(id)?.attachment?.instanceId;
      if (this.#carriers.findLast((change) => change.zone === zone)?.instanceId !== instanceId) {
        this.#carriers.push({ at: this.harness.clock.now(), zone, instanceId });
      }
    }
  }

  /** A standby is in the same subnet as the zone that it is for; its tag, which EC2 takes away at the end, tells. */
  #place(
    { id, tags }: { readonly id: string; readonly tags: Readonly<Record<string, string>> },
    subnetId: string,
  ): void {
    const zone = tags[tagKeys.zone] ?? this.#zones.get(id) ?? this.#zones.get(subnetId);
    if (zone !== undefined) {
      this.#zones.set(id, zone);
    }
  }
}

function lifeOnceBooted({ breakage, guardRepairs = 0 }: InstanceRecord): InstanceChange['became'] {
  if (breakage !== undefined) {
    return 'broken';
  }
  return guardRepairs > 0 ? 'repaired' : 'forwarding';
}

function lifeOf(instance: InstanceRecord): InstanceChange['became'] {
  switch (instance.state) {
    case 'running':
      return instance.booted ? lifeOnceBooted(instance) : 'running';
    case 'stopping':
    case 'shutting-down':
      return 'ending';
    case 'pending':
    case 'stopped':
    case 'terminated':
      return instance.state;
  }
}
