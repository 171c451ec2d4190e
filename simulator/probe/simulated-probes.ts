import { inUseOf, isHurried, parseRequest, wantsRequests } from '../../functions/probe/parse-request.ts';
import {
  hurriedLimits,
  type ProbeLimits,
  probeLimits,
  type RawProbeAnswer,
} from '../../functions/probe/probe.ts';
import type { Invoked, InvokeFunction } from '../../shared/aws/invoke-probe.ts';
import { chooseTargets } from '../../shared/config/parse-probe-targets.ts';
import { assertNever } from '../../shared/core/model/assert.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import type { AskedInstance } from '../../shared/core/model/reading.ts';
import type { EgressSettings, Settings } from '../../shared/core/model/settings.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import { hasEgress, publicAddressOf } from '../data-plane.ts';
import type { Ec2Simulator } from '../ec2/ec2-simulator.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { homeOf, settingsNameOf } from '../topology.ts';
import { HealthEndpoints } from './health-answer.ts';

/** What is wrong with a probe itself, and not with what it looks at. */
export type ProbeTrouble =
  | { readonly kind: 'late'; readonly byMs: DurationMs }
  /** Its answers never arrive. */
  | { readonly kind: 'lost' }
  /** What comes is nothing that a probe says. */
  | { readonly kind: 'odd' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'not-deployed' }
  /** So many of its answers say that no request came through, whatever is true. Each is drawn by itself. */
  | { readonly kind: 'fails-at-times'; readonly share: number };

/** One invocation of a probe. */
export type ProbeInvocation = {
  readonly zone: string;
  readonly at: EpochMs;
  readonly about: readonly AskedInstance[];
  endedAt?: EpochMs;
  /** Whether it said that packets pass; absent where it said nothing that can be understood. */
  said?: 'passed' | 'failed';
};

type Probe = { readonly zone: string; readonly subnetId: string; readonly targets: readonly string[] };

/** How long a function may be idle before Lambda takes its process away; nobody promises how long. */
const warmForMs: DurationMs = 5 * minuteMs;

/**
 * The probes of a stack behind Lambda's Invoke: what they say is worked out from the data plane at that moment, through
 * whatever the zone's first private subnet is routed to. Their limits are the real probe's.
 */
export class SimulatedProbes {
  readonly invocations: ProbeInvocation[] = [];
  /** Of the targets, those that answer nobody. */
  readonly deadTargets = new Set<string>();
  /** Whether what a zone's probe asks an instance in another zone is lost on the way. */
  isCutOff: (zone: string, instance: InstanceRecord) => boolean = () => false;
  readonly #sim: Ec2Simulator;
  readonly #endpoints: HealthEndpoints;
  readonly #probes = new Map<string, Probe>();
  readonly #troubles = new Map<string, ProbeTrouble>();
  readonly #warmUntil = new Map<string, EpochMs>();

  constructor(sim: Ec2Simulator, settings: Settings) {
    this.#sim = sim;
    this.#endpoints = new HealthEndpoints(sim);
    this.deploy(settings);
  }

  /** As the settings have it from now on. */
  deploy({ zones, egress }: Pick<Settings, 'zones'> & { readonly egress: EgressSettings }): void {
    this.#probes.clear();
    for (const { name, probe, privateSubnetIds } of zones) {
      const [subnetId] = privateSubnetIds;
      if (probe === undefined || subnetId === undefined) continue;
      this.#probes.set(probe, { zone: name, subnetId, targets: chooseTargets([], egress) });
    }
  }

  /** What the probes ask. */
  get targets(): readonly string[] {
    return [...new Set([...this.#probes.values()].flatMap(({ targets }) => targets))];
  }

  /** Something is wrong with the probe of a zone, until it is ended. */
  trouble(zone: string, trouble: ProbeTrouble): { end(): void } {
    this.#troubles.set(zone, trouble);
    return {
      end: () => {
        if (this.#troubles.get(zone) === trouble) this.#troubles.delete(zone);
      },
    };
  }

  /** What an instance that asks clients was told of the addresses in use. */
  inUse(instanceId: string): readonly string[] | undefined {
    return this.#endpoints.windows.inUse(instanceId);
  }

  /** An instance gets more traffic than its type carries: so many packets of each minute have to wait, or are lost. */
  overload(instanceId: string, packets: number): void {
    const exceeded = { bw_in: 0, bw_out: packets, pps: 0, conntrack: 0, linklocal: 0 };
    this.#endpoints.minutes.set(instanceId, { bytes: 240_000_000, packets: 240_000, exceeded });
  }

  /** Lambda's Invoke, waited for. Rejects as the SDK does. */
  readonly invoke: InvokeFunction = async (functionName, payload) => {
    const { clock, random, behaviour } = this.#sim.region;
    const probe = this.#probes.get(functionName);
    const trouble = this.#troubles.get(probe?.zone ?? '');
    const invocation = { zone: askedFor(probe, payload), at: clock.now(), about: aboutOf(payload) };
    this.invocations.push(invocation);
    await clock.sleep(random.between('probe', behaviour.probe.invoke));
    if (probe === undefined || trouble?.kind === 'not-deployed') {
      throw named('ResourceNotFoundException', `Function not found: ${functionName}`);
    }
    if (trouble?.kind === 'throttled') throw named('TooManyRequestsException', 'Rate Exceeded.');
    await this.#start(functionName);
    try {
      const answer = await this.#answer(probe, payload, trouble);
      await clock.sleep(random.between('probe', behaviour.probe.invoke));
      this.#warmUntil.set(functionName, clock.now() + warmForMs);
      return await this.#deliver(answer, trouble, invocation);
    } catch (error) {
      const said = {
        errorType: error instanceof Error ? error.name : 'Error',
        errorMessage: errorMessage(error),
      };
      return { payload: encode(said), functionError: 'Unhandled' };
    }
  };

  /** A process is made where there is none that is idle. */
  async #start(functionName: string): Promise<void> {
    const { clock, random, behaviour } = this.#sim.region;
    const isWarm = (this.#warmUntil.get(functionName) ?? 0) > clock.now();
    this.#warmUntil.delete(functionName);
    if (!isWarm) await clock.sleep(random.between('probe', behaviour.probe.coldStart));
  }

  async #deliver(
    answer: RawProbeAnswer,
    trouble: ProbeTrouble | undefined,
    invocation: ProbeInvocation,
  ): Promise<Invoked> {
    const { clock } = this.#sim.region;
    switch (trouble?.kind) {
      case 'lost':
        return await new Promise<never>(() => undefined);
      case 'odd':
        return { payload: encode({ message: 'Internal Server Error' }) };
      case 'late':
        await clock.sleep(trouble.byMs);
        break;
      case 'throttled':
      case 'not-deployed':
      case 'fails-at-times':
      case undefined:
        break;
      default:
        assertNever(trouble);
    }
    invocation.endedAt = clock.now();
    // Of a standby it says whether that answers.
    const told = answer.targets.length > 0 ? answer.targets : answer.instances;
    invocation.said = told.some(({ result }) => result.kind === 'answered') ? 'passed' : 'failed';
    return { payload: encode(answer) };
  }

  async #answer(probe: Probe, payload: string, trouble: ProbeTrouble | undefined): Promise<RawProbeAnswer> {
    const { clock, random } = this.#sim.region;
    const event: unknown = JSON.parse(payload);
    const asked = parseRequest(event);
    const fails = trouble?.kind === 'fails-at-times' && random.chance('probe trouble', trouble.share);
    // What takes the requests may take the questions in the VPC, too: all of them, or those to its own zone alone.
    const reachesInstances = !fails || random.chance('probe trouble', 0.5);
    const reachesOthers = reachesInstances || random.chance('probe trouble abroad', 0.5);
    const limits = isHurried(event) ? hurriedLimits : probeLimits;
    const startedAt = clock.now();
    const instances = asked.map((instance) => {
      const record = this.#sim.region.store.instances.current.get(instance.instanceId);
      const isOther = record !== undefined && settingsNameOf(homeOf(record)) !== probe.zone;
      const isLost = record !== undefined && this.isCutOff(probe.zone, record);
      const isReached = (isOther ? reachesOthers : reachesInstances) && !isLost;
      const answer = this.#askInstance(instance, isReached, limits);
      if (answer.result.kind === 'answered')
        this.#endpoints.windows.bring(instance.instanceId, inUseOf(event));
      return answer;
    });
    const targets = wantsRequests(event) ? await this.#askTargets(probe, fails, limits) : { answers: [] };
    const took = [...instances, ...targets.answers].map(({ tookMs }) => tookMs);
    const left = startedAt + Math.max(0, ...took) - clock.now();
    if (left > 0) await clock.sleep(left);
    const { publicIp } = targets;
    return { targets: targets.answers, ...(publicIp === undefined ? {} : { publicIp }), instances };
  }

  #askInstance(
    { instanceId, privateIp }: AskedInstance,
    isReached: boolean,
    limits: ProbeLimits,
  ): RawProbeAnswer['instances'][number] {
    const { random, behaviour } = this.#sim.region;
    const answer = isReached ? this.#endpoints.ask(privateIp) : ({ kind: 'silent' } as const);
    const tookMs = random.between('probe health', behaviour.probe.health);
    switch (answer.kind) {
      case 'answered':
        return { instanceId, tookMs, result: answer };
      case 'refused':
        return {
          instanceId,
          tookMs: 1,
          result: { kind: 'no-answer', why: `connect ECONNREFUSED ${privateIp}` },
        };
      case 'silent': {
        const { timeoutMs } = limits.instance;
        const why = `no answer within ${timeoutMs} ms`;
        return { instanceId, tookMs: timeoutMs, result: { kind: 'no-answer', why } };
      }
      default:
        return assertNever(answer);
    }
  }

  /** A packet that gets no answer is sent again after a second. */
  async #askTargets(
    { subnetId, targets }: Probe,
    fails: boolean,
    limits: ProbeLimits,
  ): Promise<{ readonly answers: RawProbeAnswer['targets']; readonly publicIp?: string }> {
    const { clock, random, behaviour } = this.#sim.region;
    const startedAt = clock.now();
    const { timeoutMs } = limits.target;
    const answering = targets.filter((target) => !this.deadTargets.has(target));
    for (const sentMs of [0, secondMs].filter((ms) => ms < timeoutMs)) {
      await clock.sleep(startedAt + sentMs - clock.now());
      if (fails || answering.length === 0 || !hasEgress(this.#sim, subnetId).ok) continue;
      const publicIp = publicAddressOf(this.#sim, subnetId);
      const echo = targets.find((target) => target.includes('checkip'));
      const isSeen = publicIp !== undefined && echo !== undefined && answering.includes(echo);
      const answers = targets.map((target) =>
        answering.includes(target)
          ? answered(target, sentMs + random.between('probe request', behaviour.probe.request))
          : failed(target, Math.min(timeoutMs, sentMs + limits.graceMs), timeoutMs),
      );
      return isSeen ? { answers, publicIp } : { answers };
    }
    await clock.sleep(startedAt + timeoutMs - clock.now());
    return { answers: targets.map((target) => failed(target, timeoutMs, timeoutMs)) };
  }
}

function answered(target: string, tookMs: DurationMs): RawProbeAnswer['targets'][number] {
  return { target, tookMs, result: { kind: 'answered', status: target.includes('204') ? 204 : 200 } };
}

function failed(
  target: string,
  tookMs: DurationMs,
  timeoutMs: DurationMs,
): RawProbeAnswer['targets'][number] {
  const why = `no answer within ${timeoutMs} ms`;
  return { target, tookMs, result: { kind: 'failed', why } };
}

/** The zone's probe asks its standby too, and then sends no requests. */
function askedFor(probe: Probe | undefined, payload: string): string {
  return wantsRequests(eventOf(payload)) ? (probe?.zone ?? '') : 'standby';
}

function eventOf(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

function aboutOf(payload: string): readonly AskedInstance[] {
  try {
    return parseRequest(JSON.parse(payload));
  } catch {
    return [];
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
