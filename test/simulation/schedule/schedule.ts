import * as z from 'zod';
import type { Ec2CallName } from '../../../shared/aws/api.ts';
import { errorMessage } from '../../../shared/core/model/error-message.ts';
import type { DurationMs } from '../../../shared/core/model/time.ts';
import { everyEc2Command } from '../../../simulator/ec2/calls.ts';
import { spotShortages } from '../../../simulator/ec2/region.ts';

/**
 * Faults and their surroundings as plain data: a topology, how EC2 behaves in it, and what goes wrong when. A schedule
 * always plays out the same, to the millisecond, so a replay file is one of these and nothing else.
 */
export const formatVersion = 1;

const durationMs = z
  .int()
  .min(0)
  .max(2 * 3_600_000);
/** Counted round: a schedule stays meaningful when its world shrinks. */
const zone = z.int().min(0).max(5);
const nth = z.int().min(0).max(3);
/** `carrier`: the instance that has the zone's Elastic IP; `newest`: the latest that is alive. */
const pick = z.enum(['carrier', 'newest']);

/** Every EC2 call that the project makes. */
export const callNames: readonly Ec2CallName[] = Object.keys(everyEc2Command).filter(
  (name): name is Ec2CallName => name in everyEc2Command,
);
const call = z.enum(['every call', 'every change', ...callNames]);

const inZone = <K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind), zone });
const onInstance = <K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind), zone, pick });
const onTable = <K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind), zone, table: nth });
const forAWhile = <K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind), forMs: durationMs });
const onCalls = <K extends string>(kind: K) =>
  z.strictObject({ kind: z.literal(kind), call, times: z.int().min(1).max(30) });

/** Everything that can go wrong, by name. */
const faults = [
  onInstance('instance-terminated'),
  onInstance('instance-stopped'),
  onInstance('instance-rebooted'),
  onInstance('instance-hung'),
  onInstance('host-lost'),
  z.strictObject({
    kind: z.literal('instance-impaired-for-a-while'),
    zone,
    check: z.enum(['instance', 'system']),
    forMs: durationMs,
  }),
  inZone('launch-failed'),
  onInstance('retirement-scheduled'),
  onInstance('spot-interrupted'),
  onInstance('rebalance-recommended'),
  inZone('source-dest-check-on'),
  inZone('address-taken-off'),
  z.strictObject({ kind: z.literal('address-on-foreign-interface'), zone, forMs: durationMs }),
  onTable('route-deleted'),
  onTable('route-blackholed'),
  z.strictObject({
    kind: z.literal('route-pointed-elsewhere'),
    zone,
    table: nth,
    to: z.enum(['foreign-instance', 'nat-gateway', 'transit-gateway', 'internet-gateway']),
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('table-reassociated'),
    zone,
    subnet: nth,
    to: z.enum(['main-table', 'empty-table', 'other-zone', 'public-table']),
    forMs: durationMs,
  }),
  z.strictObject({ kind: z.literal('second-interface-attached'), zone, forMs: durationMs }),
  inZone('free-interface-deleted'),
  forAWhile('security-group-gone'),
  z.strictObject({
    kind: z.literal('no-capacity'),
    zone,
    types: z.enum(['first', 'every']),
    /** It is Spot alone that EC2 does not give, and for this reason; absent: it gives the type in no market. */
    spot: z.enum(spotShortages).optional(),
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('quota-exceeded'),
    quota: z.enum(['VcpuLimitExceeded', 'NetworkInterfaceLimitExceeded']),
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('volume-key-refused'),
    reason: z.enum(['not-allowed', 'wrong-state', 'shut-down']),
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('public-access-blocked'),
    mode: z.enum(['block-ingress', 'block-bidirectional']),
    /** Whether the public subnet of `zone` is excluded. */
    excluded: z.enum(['no-zone', 'one-zone']),
    zone,
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('forwarding-broken'),
    zone,
    pick,
    what: z.enum(['settings', 'rules', 'unseen']),
    guard: z.enum(['repairs', 'gives-up', 'does-not-run']),
    /** Until a person puts it right, where the zone has no probe and nobody else ever would. */
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('upstream-lost'),
    where: z.enum(['one-zone', 'every-zone']),
    zone,
    forMs: durationMs,
  }),
  z.strictObject({ kind: z.literal('probe-target-dead'), target: nth, forMs: durationMs }),
  z.strictObject({
    kind: z.literal('probe-troubled'),
    zone,
    trouble: z.enum(['late', 'lost', 'odd', 'throttled', 'not-deployed', 'fails-at-times']),
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('alarm-storm'),
    /** Of whom the alarms of a captured watch tell. */
    about: z.enum(['carrier', 'newest', 'nobody']),
    zone,
    everyMs: z.int().min(500).max(60_000),
    forMs: durationMs,
  }),
  z.strictObject({ kind: z.literal('neighbour-unheard'), zone, forMs: durationMs }),
  onCalls('calls-throttled'),
  onCalls('calls-failed'),
  onCalls('answers-lost'),
  onCalls('requests-lost'),
  onCalls('answers-slow'),
  z.strictObject({
    kind: z.literal('calls-unanswered'),
    call,
    times: z.int().min(1).max(30),
    /** Whether EC2 does what was asked for. */
    happens: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('permission-removed'), call, forMs: durationMs }),
  z.strictObject({
    kind: z.literal('reads-stale'),
    call,
    byMs: durationMs,
    forMs: durationMs,
    /** Every nth such call; 1: all of them. */
    each: z.int().min(1).max(4),
  }),
  forAWhile('events-lost'),
  forAWhile('events-doubled'),
  z.strictObject({ kind: z.literal('events-late'), byMs: durationMs, forMs: durationMs }),
  z.strictObject({
    kind: z.literal('controller-killed'),
    when: z.enum(['before', 'after']),
    call,
    /** How many such calls it survives first. */
    survives: z.int().min(0).max(12),
  }),
  z.strictObject({
    kind: z.literal('controllers-at-once'),
    count: z.int().min(1).max(3),
    apartMs: z.int().min(0).max(20_000),
  }),
  z.strictObject({
    kind: z.literal('runs-cut-short'),
    timeoutMs: z.int().min(3_000).max(40_000),
    forMs: durationMs,
  }),
  z.strictObject({
    kind: z.literal('redeployed'),
    change: z.enum(['instance-types', 'volume', 'image', 'egress', 'ready-timeout', 'first-settings']),
  }),
  z.strictObject({ kind: z.literal('rebuild'), zone, immediate: z.boolean() }),
  inZone('pause'),
  inZone('resume'),
  inZone('restore'),
  z.strictObject({
    kind: z.literal('image-published'),
    boots: z.boolean(),
    /** Whether what boots from it forwards, and does not only say so; where there is a probe that can tell. */
    forwards: z.boolean().default(true),
  }),
  z.strictObject({
    kind: z.literal('image-withdrawn'),
    how: z.enum(['deregistered', 'gone-but-listed', 'deprecated']),
    forMs: durationMs,
  }),
] as const;

export const faultKinds = faults.map((entry) => entry.shape.kind.value);

const fault = z.discriminatedUnion('kind', faults, {
  error: ({ input }) => `${nameOf(input)}; known are: ${faultKinds.join(', ')}`,
});

/** The library says where a kind is unknown, not which one it is. */
function nameOf(input: unknown): string {
  const kind = typeof input === 'object' && input !== null ? Reflect.get(input, 'kind') : undefined;
  return kind === undefined ? 'a fault without a kind' : `unknown fault ${JSON.stringify(kind)}`;
}

export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
export type CallChoice = z.infer<typeof call>;

const world = z.strictObject({
  zones: z.int().min(1).max(6),
  /** Which zones share an Availability Zone: two and two in the order of their letters, or each with one further on. */
  lanes: z.enum(['none', 'beside', 'in-turn']).default('none'),
  privateTables: z.enum(['per-subnet', 'per-zone']),
  publicTables: z.enum(['shared', 'per-zone']),
  natGateways: z.boolean(),
  mapPublicIpOnLaunch: z.boolean(),
  addressSurvivesTermination: z.boolean(),
  maxLaunchesPerHour: z.int().min(3).max(10),
  /**
   * What instances are launched from: lacks nftables, which they install before they forward, or forwards without them; or
   * has everything.
   */
  image: z.enum(['lacks-packages', 'rules-first', 'has-everything']).default('has-everything'),
  /** Whether every zone has a probe. */
  probe: z.enum(['on', 'off']).default('off'),
  /** Whether each instance watches that of another zone. */
  watch: z.enum(['on', 'off']).default('off'),
  /** Whether each zone keeps a free interface. */
  spareInterface: z.enum(['on', 'off']).default('off'),
  /** Whether a zone that is offline is carried by its neighbour, where there is one. */
  standIn: z.enum(['on', 'off']).default('off'),
  /** Whether a single zone has a standby. */
  standby: z.enum(['on', 'off']).default('off'),
  /** Whether launches ask for Spot first. */
  marketType: z.enum(['on-demand', 'spot']).default('on-demand'),
  /** For how long an instance that is shut down holds that at most; 0: not at all. */
  handOverMs: durationMs.max(180_000).default(0),
});

/** What AWS leaves open, and what differs from day to day. */
const day = z.strictObject({
  describeLagMs: durationMs.max(5_000),
  referenceLagMs: durationMs.max(2_000),
  eventDelayMs: durationMs.max(30_000),
  lostEvents: z.number().min(0).max(1),
  doubledEvents: z.number().min(0).max(1),
  /** Of the probes' answers, so many say that nothing passes whatever is true, day and night. */
  probeFails: z.number().min(0).max(0.5).default(0),
  /** How long EC2 lets an operating system hold its shutdown. AWS promises nothing. */
  shutdownGrace: z.strictObject({ minMs: durationMs, maxMs: durationMs }).default({ minMs: 0, maxMs: 0 }),
});

const schedule = z.strictObject({
  version: z.literal(formatVersion),
  /** Of everything that the schedule does not say: latencies, ids, lags within their range. */
  seed: z.int().min(0),
  world,
  day,
  faults: z.array(z.strictObject({ afterMs: durationMs, fault })).max(40),
  /** Whether the stack is deleted in the end, and what goes wrong meanwhile. */
  deletion: z.enum(['none', 'calm', 'troubled']),
});

export type World = z.infer<typeof world>;
export type BootImage = World['image'];
export type Day = z.infer<typeof day>;
export type Schedule = z.infer<typeof schedule>;
export type TimedFault = { readonly afterMs: DurationMs; readonly fault: Fault };

/** A replay file that cannot be played: says where and why. */
export class ReplayFileError extends Error {
  override readonly name = 'ReplayFileError';
}

/** @throws ReplayFileError for text that is no JSON, of another version, or with an unknown fault. */
export function parseSchedule(text: string, where: string): Schedule {
  const raw = parseJson(text, where);
  const found = typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'version') : undefined;
  if (found !== formatVersion) {
    throw new ReplayFileError(
      `${where}: version ${JSON.stringify(found) ?? 'missing'} is not the one that this simulation plays (${formatVersion}); play it with the commit that wrote it`,
    );
  }
  const result = schedule.safeParse(raw);
  if (!result.success) {
    throw new ReplayFileError(`${where}:\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReplayFileError(`${where}: ${errorMessage(error)}`);
  }
}
