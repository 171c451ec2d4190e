import { ec2Commands } from '../../../shared/aws/api.ts';
import { createEc2Caller } from '../../../shared/aws/ec2-caller.ts';
import type { InstanceId } from '../../../shared/core/model/ids.ts';
import type { AskedInstance, NatHealth, ProbeOutcome } from '../../../shared/core/model/reading.ts';
import type { ZoneSettings } from '../../../shared/core/model/settings.ts';
import { type DurationMs, minuteMs, secondMs, shifted } from '../../../shared/core/model/time.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import { parseTrigger } from '../../../shared/events/parse-trigger.ts';
import { runLoop } from '../../../shared/loop/loop.ts';
import { digest } from '../../../shared/loop/prepare.ts';
import { forwards, hasEgress } from '../../../simulator/data-plane.ts';
import { environmentOf } from '../../../simulator/harness/environment.ts';
import { clientOf, type Harness } from '../../../simulator/harness/harness.ts';
import { prepareOnce } from '../../../simulator/harness/prepare-once.ts';

/** What the probe of a zone says of these instances, at this moment. */
export type FakeProbe = (zone: ZoneSettings, about: readonly AskedInstance[]) => ProbeOutcome;

/** An invocation of the probe: of which zone, when, about whom. */
export type Ask = { readonly zone: string; readonly at: number; readonly about: readonly string[] };

/** Runs the controller's loop over a harness, with a probe in each zone that says what a test wants. */
export class ProbedRuns {
  readonly asks: Ask[] = [];
  /** Of each zone, how many invocations were under way at a time. */
  readonly mostPending = new Map<string, number>();
  readonly reports: Report[] = [];
  readonly #harness: Harness;
  readonly #tookMs: DurationMs;
  readonly #pending = new Map<string, number>();
  probe: FakeProbe;
  /** By how much the function's clock is ahead of EC2's. */
  clockAheadMs: DurationMs = 0;

  constructor(harness: Harness, probe: FakeProbe, tookMs: DurationMs = 100) {
    this.#harness = harness;
    this.probe = probe;
    this.#tookMs = tookMs;
  }

  async run(event: unknown = this.#harness.scheduledEvent(), deployingSince?: number): Promise<Report> {
    const { clock: trueClock, sim, settings: unprobed } = this.#harness;
    const clock = shifted(trueClock, this.clockAheadMs);
    const client = sim.client({
      name: `probed run ${this.reports.length + 1}`,
      requestTimeoutMs: 10 * secondMs,
      tries: 3,
    });
    const configuration = prepareOnce(environmentOf(unprobed));
    const zones = configuration.settings.zones.map((zone) => ({ ...zone, probe: `probe-${zone.name}` }));
    const settings = { ...configuration.settings, zones };
    const end = clock.now() + minuteMs;
    const ec2 = createEc2Caller({
      ec2: clientOf(() => client),
      commands: ec2Commands,
      role: 'ControllerRole',
      clock,
      random: () => 0.5,
      deadline: end - 8 * secondMs,
      cutOff: end - 4 * secondMs,
    });
    const report = await trueClock.complete(
      runLoop(parseTrigger(event, clock.now()), {
        settings,
        ec2Context: { ...configuration, settings, ec2 },
        clock,
        digest,
        deadline: end - 8 * secondMs,
        log: () => undefined,
        askProbe: (zone, about) => this.#ask(zone, about),
        ...(deployingSince === undefined ? {} : { deployingSince }),
      }),
    );
    this.reports.push(report);
    return report;
  }

  /** One run a minute, as the schedule has it. */
  async runs(count: number): Promise<void> {
    for (let nth = 0; nth < count; nth += 1) {
      const startedAt = this.#harness.clock.now();
      await this.run();
      await this.#harness.clock.runUntil(Math.max(this.#harness.clock.now(), startedAt + minuteMs));
    }
  }

  /** As the last run has it. */
  primaryOf(name: string, before?: string): string | undefined {
    const zone = this.reports.at(-1)?.zones.find((one) => one.zone === name);
    return zone === undefined ? before : zone.primary?.instanceId;
  }

  async #ask(zone: ZoneSettings, about: readonly AskedInstance[]): Promise<ProbeOutcome> {
    const { clock } = this.#harness;
    this.asks.push({ zone: zone.name, at: clock.now(), about: about.map(({ instanceId }) => instanceId) });
    const pending = (this.#pending.get(zone.name) ?? 0) + 1;
    this.#pending.set(zone.name, pending);
    this.mostPending.set(zone.name, Math.max(pending, this.mostPending.get(zone.name) ?? 0));
    await clock.sleep(this.#tookMs);
    this.#pending.set(zone.name, (this.#pending.get(zone.name) ?? 0) - 1);
    return this.probe(zone, about);
  }
}

/** What a probe would find in the simulated Region, as it is at this moment. */
export function honestProbe({ sim, topology }: Harness): FakeProbe {
  return (zone, about) => {
    const [subnetId] = zone.privateSubnetIds;
    const egress = subnetId === undefined ? undefined : hasEgress(sim, subnetId);
    const publicIp = topology.zones.find(({ name }) => name === zone.name)?.publicIp;
    return anOutcome(
      egress?.ok === true,
      about.map(({ instanceId }) => {
        const record = sim.region.store.instances.current.get(instanceId);
        const isBooted = record?.booted === true;
        const doesForward = record !== undefined && forwards(record).ok;
        return {
          instanceId,
          health: isBooted ? aHealth({ ready: doesForward, forwarding: doesForward }) : undefined,
        };
      }),
      publicIp,
    );
  };
}

export function anOutcome(
  passes: boolean,
  about: readonly { readonly instanceId: InstanceId; readonly health: NatHealth | undefined }[],
  publicIp?: string,
): ProbeOutcome {
  const target = { target: 'https://one.example', tookMs: 40 };
  const result = passes
    ? ({ kind: 'answered', status: 204 } as const)
    : ({ kind: 'failed', why: 'timed out' } as const);
  const instances = about.map(({ instanceId, health }) => ({
    instanceId,
    tookMs: 5,
    result:
      health === undefined
        ? ({ kind: 'no-answer', why: 'connect timed out' } as const)
        : ({ kind: 'answered', health } as const),
  }));
  const targets = [{ ...target, result }];
  const seen = passes && publicIp !== undefined ? { publicIp } : {};
  return { kind: 'answered', answer: { targets, instances, ...seen } };
}

export function aHealth(changes: Partial<NatHealth> = {}): NatHealth {
  return {
    ready: true,
    forwarding: true,
    masquerade: true,
    filter: true,
    egress: true,
    problems: changes.forwarding === false ? [{ what: 'forwarding is off', forMs: 1_000 }] : [],
    uptimeMs: minuteMs,
    milestones: { forwarding: 9_000 },
    ...changes,
  };
}
