import fc from 'fast-check';
import { isReading } from '../../../shared/aws/is-reading.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { spotShortages } from '../../../simulator/ec2/region.ts';
import {
  type BootImage,
  type CallChoice,
  callNames,
  type Fault,
  type FaultKind,
  faultKinds,
  formatVersion,
  type Schedule,
  type TimedFault,
  type World,
} from './schedule.ts';

/** How each part of a schedule is drawn. What is small and early comes first, since shrinking goes there. */
const zone = fc.nat({ max: 2 });
const nth = fc.nat({ max: 3 });
const pick = fc.constantFrom('carrier', 'newest');
const kind = <K extends FaultKind>(name: K) => fc.constant(name);

/** Whole seconds shrink to what a person can read. */
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * secondMs);
const aWhile = fc.oneof(seconds(1, 30), seconds(30, 300));

const call = fc.oneof(
  fc.constant<CallChoice>('every change'),
  fc.constant<CallChoice>('every call'),
  fc.constantFrom<CallChoice[]>(...callNames),
);
const reads = callNames.filter(isReading);
const read = fc.oneof(fc.constant<CallChoice>('every call'), fc.constantFrom<CallChoice[]>(...reads));
const times = fc.integer({ min: 1, max: 12 });

const onInstance = <K extends FaultKind>(name: K) => fc.record({ kind: kind(name), zone, pick });
const inZone = <K extends FaultKind>(name: K) => fc.record({ kind: kind(name), zone });
const onTable = <K extends FaultKind>(name: K) => fc.record({ kind: kind(name), zone, table: nth });
const forAWhile = <K extends FaultKind>(name: K) => fc.record({ kind: kind(name), forMs: aWhile });
const onCalls = <K extends FaultKind>(name: K) => fc.record({ kind: kind(name), call, times });

type FaultArbitraries = { readonly [K in FaultKind]: fc.Arbitrary<Extract<Fault, { kind: K }>> };

/** One for each kind: a fault that is added to the schedule does not compile until it is drawn here. */
export const faultsByKind: FaultArbitraries = {
  'instance-terminated': onInstance('instance-terminated'),
  'instance-stopped': onInstance('instance-stopped'),
  'instance-rebooted': onInstance('instance-rebooted'),
  'instance-hung': onInstance('instance-hung'),
  'host-lost': onInstance('host-lost'),
  'instance-impaired-for-a-while': fc.record({
    kind: kind('instance-impaired-for-a-while'),
    zone,
    check: fc.constantFrom('instance', 'system'),
    forMs: aWhile,
  }),
  'launch-failed': inZone('launch-failed'),
  'retirement-scheduled': onInstance('retirement-scheduled'),
  'spot-interrupted': onInstance('spot-interrupted'),
  'rebalance-recommended': onInstance('rebalance-recommended'),
  'source-dest-check-on': inZone('source-dest-check-on'),
  'address-taken-off': inZone('address-taken-off'),
  'address-on-foreign-interface': fc.record({
    kind: kind('address-on-foreign-interface'),
    zone,
    forMs: aWhile,
  }),
  'route-deleted': onTable('route-deleted'),
  'route-blackholed': onTable('route-blackholed'),
  'route-pointed-elsewhere': fc.record({
    kind: kind('route-pointed-elsewhere'),
    zone,
    table: nth,
    to: fc.constantFrom('foreign-instance', 'nat-gateway', 'transit-gateway', 'internet-gateway'),
    forMs: aWhile,
  }),
  'table-reassociated': fc.record({
    kind: kind('table-reassociated'),
    zone,
    subnet: nth,
    to: fc.constantFrom('main-table', 'empty-table', 'other-zone', 'public-table'),
    forMs: aWhile,
  }),
  'second-interface-attached': fc.record({ kind: kind('second-interface-attached'), zone, forMs: aWhile }),
  'free-interface-deleted': inZone('free-interface-deleted'),
  'security-group-gone': forAWhile('security-group-gone'),
  'no-capacity': fc.record({
    kind: kind('no-capacity'),
    zone,
    types: fc.constantFrom('first', 'every'),
    forMs: aWhile,
  }),
  'quota-exceeded': fc.record({
    kind: kind('quota-exceeded'),
    quota: fc.constantFrom('VcpuLimitExceeded', 'NetworkInterfaceLimitExceeded'),
    forMs: aWhile,
  }),
  'volume-key-refused': fc.record({
    kind: kind('volume-key-refused'),
    reason: fc.constantFrom('not-allowed', 'wrong-state', 'shut-down'),
    forMs: aWhile,
  }),
  'public-access-blocked': fc.record({
    kind: kind('public-access-blocked'),
    mode: fc.constantFrom('block-ingress', 'block-bidirectional'),
    excluded: fc.constantFrom('no-zone', 'one-zone'),
    zone,
    forMs: aWhile,
  }),
  'forwarding-broken': fc.record({
    kind: kind('forwarding-broken'),
    zone,
    pick,
    what: fc.constantFrom('settings', 'rules', 'unseen'),
    guard: fc.constantFrom('repairs', 'gives-up', 'does-not-run'),
    forMs: aWhile,
  }),
  'upstream-lost': fc.record({
    kind: kind('upstream-lost'),
    where: fc.constantFrom('one-zone', 'every-zone'),
    zone,
    forMs: aWhile,
  }),
  'probe-target-dead': fc.record({ kind: kind('probe-target-dead'), target: nth, forMs: aWhile }),
  'probe-troubled': fc.record({
    kind: kind('probe-troubled'),
    zone,
    trouble: fc.constantFrom('late', 'lost', 'odd', 'throttled', 'not-deployed', 'fails-at-times'),
    forMs: aWhile,
  }),
  'alarm-storm': fc.record({
    kind: kind('alarm-storm'),
    about: fc.constantFrom('carrier', 'newest', 'nobody'),
    zone,
    everyMs: fc.oneof(seconds(1, 5), seconds(5, 30)),
    forMs: aWhile,
  }),
  'neighbour-unheard': fc.record({ kind: kind('neighbour-unheard'), zone, forMs: aWhile }),
  'calls-throttled': onCalls('calls-throttled'),
  'calls-failed': onCalls('calls-failed'),
  'answers-lost': onCalls('answers-lost'),
  'requests-lost': onCalls('requests-lost'),
  'answers-slow': onCalls('answers-slow'),
  'calls-unanswered': fc.record({
    kind: kind('calls-unanswered'),
    call,
    times,
    happens: fc.boolean(),
  }),
  'permission-removed': fc.record({ kind: kind('permission-removed'), call, forMs: aWhile }),
  'reads-stale': fc.record({
    kind: kind('reads-stale'),
    call: read,
    byMs: seconds(1, 8),
    forMs: aWhile,
    each: fc.integer({ min: 1, max: 4 }),
  }),
  'events-lost': forAWhile('events-lost'),
  'events-doubled': forAWhile('events-doubled'),
  'events-late': fc.record({ kind: kind('events-late'), byMs: seconds(5, 120), forMs: aWhile }),
  'controller-killed': fc.record({
    kind: kind('controller-killed'),
    when: fc.constantFrom('before', 'after'),
    call,
    survives: fc.nat({ max: 8 }),
  }),
  'controllers-at-once': fc.record({
    kind: kind('controllers-at-once'),
    count: fc.integer({ min: 1, max: 3 }),
    apartMs: fc.oneof(fc.nat({ max: 500 }), fc.nat({ max: 15_000 })),
  }),
  'runs-cut-short': fc.record({
    kind: kind('runs-cut-short'),
    timeoutMs: seconds(5, 30),
    forMs: aWhile,
  }),
  redeployed: fc.record({
    kind: kind('redeployed'),
    change: fc.constantFrom('instance-types', 'volume', 'image', 'egress', 'ready-timeout', 'first-settings'),
  }),
  rebuild: fc.record({ kind: kind('rebuild'), zone, immediate: fc.boolean() }),
  pause: inZone('pause'),
  resume: inZone('resume'),
  restore: inZone('restore'),
  'image-published': fc.record({
    kind: kind('image-published'),
    boots: fc.boolean(),
    forwards: fc.boolean(),
  }),
  'image-withdrawn': fc.record({
    kind: kind('image-withdrawn'),
    how: fc.constantFrom('deregistered', 'gone-but-listed', 'deprecated'),
    forMs: aWhile,
  }),
};

/** Only where instances watch each other. */
const ofWatches = ['alarm-storm', 'neighbour-unheard'] as const;

function isOfWatches(name: FaultKind): boolean {
  return ofWatches.some((kindOfThem) => kindOfThem === name);
}

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  ...faultKinds.filter((name) => !isOfWatches(name)).map((name): fc.Arbitrary<Fault> => faultsByKind[name]),
);

/** At once, soon, or when what came before may be over: every moment of a failover is met. */
const afterMs = fc.oneof(
  fc.nat({ max: 4_000 }),
  seconds(0, 60),
  fc.integer({ min: 1, max: 4 }).map((minutes) => minutes * minuteMs),
);

const world = fc.record({
  zones: fc.integer({ min: 1, max: 3 }),
  lanes: fc.constant<World['lanes']>('none'),
  privateTables: fc.constantFrom('per-subnet', 'per-zone'),
  publicTables: fc.constantFrom('shared', 'per-zone'),
  natGateways: fc.boolean(),
  mapPublicIpOnLaunch: fc.boolean(),
  addressSurvivesTermination: fc.boolean(),
  maxLaunchesPerHour: fc.integer({ min: 3, max: 10 }),
  image: fc.constantFrom('has-everything', 'lacks-packages'),
  probe: fc.constantFrom('on', 'on', 'off'),
});

const day = fc.record({
  describeLagMs: fc.oneof(fc.nat({ max: 800 }), fc.nat({ max: 4_000 })),
  referenceLagMs: fc.oneof(fc.constant(0), fc.nat({ max: 1_500 })),
  eventDelayMs: fc.oneof(fc.constant(3_000), fc.nat({ max: 30_000 })),
  lostEvents: fc.constantFrom(0, 0, 0.1, 0.5, 1),
  doubledEvents: fc.constantFrom(0, 0.05, 0.5),
  probeFails: fc.constantFrom(0, 0, 1 / 3),
});

const version = fc.constant(formatVersion);
const seed = fc.nat({ max: 1_000_000 });

const timedFault = fc.record({ afterMs, fault: anyFault });
/** One schedule in twenty is long: what happens within the breaker's hour, and after it, is met there. */
const faults = fc.oneof(
  { weight: 19, arbitrary: fc.array(timedFault, { minLength: 1, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.array(timedFault, { minLength: 15, maxLength: 30 }) },
);

/** What leaves a zone offline. */
const losses: readonly FaultKind[] = [
  'instance-terminated',
  'instance-stopped',
  'instance-rebooted',
  'instance-hung',
  'host-lost',
  'spot-interrupted',
  'forwarding-broken',
];
/** What may be the matter meanwhile with the neighbour that is to carry it, or does. */
const neighbourTroubles: readonly FaultKind[] = [
  ...losses,
  'instance-impaired-for-a-while',
  'retirement-scheduled',
  'source-dest-check-on',
  'address-taken-off',
  'second-interface-attached',
  'public-access-blocked',
  'upstream-lost',
  'probe-troubled',
  'redeployed',
  'rebuild',
  'pause',
];
const anyOf = (kinds: readonly FaultKind[]): fc.Arbitrary<Fault> =>
  fc.oneof(...kinds.map((name): fc.Arbitrary<Fault> => faultsByKind[name]));

/** Whether zones stand in for one another, and what befalls two of them that are neighbours, in one order or the other. */
const neighbours = fc.record({
  standIn: fc.constantFrom('off', 'on'),
  isPaired: fc.boolean(),
  zone,
  loss: anyOf(losses),
  trouble: anyOf(neighbourTroubles),
  isTroubleFirst: fc.boolean(),
  afterMs,
  apartMs: afterMs,
});
type Neighbours = typeof neighbours extends fc.Arbitrary<infer N> ? N : never;

const noGrace = { minMs: 0, maxMs: 0 };

const noSpot: fc.Arbitrary<Fault> = fc.record({
  kind: kind('no-capacity'),
  zone,
  types: fc.constantFrom('first', 'every'),
  spot: fc.constantFrom(...spotShortages),
  forMs: aWhile,
});

/** What has come since, drawn after all else: the rest of what a seed draws stays as it was. */
const since = fc.record({
  watch: fc.constantFrom('off', 'off', 'on'),
  watchFaults: fc.array(
    fc.record({
      nth: fc.nat({ max: 8 }),
      afterMs: fc.nat({ max: 4_000 }),
      fault: fc.oneof(...ofWatches.map((name): fc.Arbitrary<Fault> => faultsByKind[name])),
    }),
    { maxLength: 2 },
  ),
  spareInterface: fc.constantFrom('on', 'on', 'off'),
  neighbours,
  handOver: fc.record({
    atMostMs: fc.constantFrom(0, 0, 60_000, 180_000),
    shutdownGrace: fc.constantFrom(
      noGrace,
      { minMs: 0, maxMs: 20_000 },
      { minMs: 0, maxMs: 180_000 },
      { minMs: 120_000, maxMs: 300_000 },
    ),
  }),
  spot: fc.record({
    marketType: fc.constantFrom('on-demand', 'on-demand', 'spot'),
    faults: fc.array(fc.record({ nth: fc.nat({ max: 8 }), afterMs: fc.nat({ max: 4_000 }), fault: noSpot }), {
      maxLength: 2,
    }),
  }),
});

const drawn = fc.record({
  version,
  seed,
  world,
  day,
  faults,
  deletion: fc.constantFrom('none', 'none', 'none', 'calm', 'troubled'),
  since,
});
type Drawn = typeof drawn extends fc.Arbitrary<infer D> ? D : never;

/** A whole schedule: up to eight faults, now and then thirty, one on the heels of the other or minutes apart. */
export const anySchedule: fc.Arbitrary<Schedule> = drawn.map(scheduleOf);

function scheduleOf({
  since: { watch, watchFaults, neighbours: both, handOver, spot, ...later },
  ...rest
}: Drawn): Schedule {
  const among = [...rest.faults];
  for (const { nth: at, ...timed } of watch === 'on' ? watchFaults : []) among.splice(at, 0, timed);
  const { marketType } = spot;
  for (const { nth: at, ...timed } of marketType === 'spot' ? spot.faults : []) among.splice(at, 0, timed);
  const { zones } = rest.world;
  const standIn = zones > 1 ? both.standIn : 'off';
  // Where there is one zone, a standby is its neighbour.
  const standby = zones > 1 ? 'off' : both.standIn;
  const pair = both.standIn === 'on' && both.isPaired ? pairOf(both, Math.max(zones, 2)) : [];
  const handOverMs = handOver.atMostMs;
  return {
    ...rest,
    world: { ...rest.world, watch, ...later, standIn, standby, marketType, handOverMs },
    day: { ...rest.day, shutdownGrace: handOverMs === 0 ? noGrace : handOver.shutdownGrace },
    faults: [...among, ...pair],
  };
}

/** A zone is looked after by the next one, and the last by the first. */
function pairOf(
  { zone: at, loss, trouble, isTroubleFirst, ...times }: Neighbours,
  zones: number,
): TimedFault[] {
  const pair = [inZoneOf(loss, at), inZoneOf(trouble, ((at % zones) + 1) % zones)];
  const [first, second] = isTroubleFirst ? pair.toReversed() : pair;
  return first === undefined || second === undefined
    ? []
    : [
        { afterMs: times.afterMs, fault: first },
        { afterMs: times.apartMs, fault: second },
      ];
}

function inZoneOf(fault: Fault, at: number): Fault {
  return 'zone' in fault ? { ...fault, zone: at } : fault;
}

/** The same schedules in stacks of several zones that stand in for one another, each with such a pair of faults. */
export const anyOfNeighbours: fc.Arbitrary<Schedule> = drawn.map(
  ({ world: topology, since: later, ...rest }) =>
    scheduleOf({
      ...rest,
      world: { ...topology, zones: Math.max(2, topology.zones) },
      since: { ...later, neighbours: { ...later.neighbours, standIn: 'on', isPaired: true } },
    }),
);

/** The same schedules in stacks of one zone with a standby, each with such a pair of faults in the two. */
export const anyOfStandbys: fc.Arbitrary<Schedule> = drawn.map(({ world: topology, since: later, ...rest }) =>
  scheduleOf({
    ...rest,
    world: { ...topology, zones: 1 },
    since: { ...later, neighbours: { ...later.neighbours, standIn: 'on', isPaired: true } },
  }),
);

/**
 * The same schedules in stacks of four to six zones, two in each Availability Zone, where they are as many; and in any of
 * these zones.
 */
export const anyOfLanes: fc.Arbitrary<Schedule> = drawn.map(
  ({ world: topology, faults: drawnFaults, ...rest }) => {
    const moved = (fault: Fault): Fault =>
      'zone' in fault ? inZoneOf(fault, fault.zone + (rest.seed % 4)) : fault;
    return scheduleOf({
      ...rest,
      world: {
        ...topology,
        zones: 4 + (rest.seed % 3),
        lanes: rest.seed % 2 === 0 ? ('beside' as const) : ('in-turn' as const),
      },
      faults: drawnFaults.map(({ fault, ...times }) => ({ ...times, fault: moved(fault) })),
    });
  },
);

/** The same schedules in stacks whose zones do not stand in for one another. */
export const anyOfNoNeighbours: fc.Arbitrary<Schedule> = drawn.map(({ since: later, ...rest }) =>
  scheduleOf({ ...rest, since: { ...later, neighbours: { ...later.neighbours, standIn: 'off' } } }),
);

/** The same schedules in stacks without probes. */
export function withoutProbes(schedules: fc.Arbitrary<Schedule>): fc.Arbitrary<Schedule> {
  return schedules.map((schedule) => ({
    ...schedule,
    world: { ...schedule.world, probe: 'off' },
    day: { ...schedule.day, probeFails: 0 },
  }));
}

/** What harms nobody as long as there is nothing to do: it is tried while an instance is being replaced. */
const before: readonly FaultKind[] = [
  'security-group-gone',
  'no-capacity',
  'quota-exceeded',
  'volume-key-refused',
  'calls-throttled',
  'calls-failed',
  'answers-lost',
  'requests-lost',
  'answers-slow',
  'calls-unanswered',
  'permission-removed',
  'reads-stale',
  'events-lost',
  'events-doubled',
  'events-late',
  'second-interface-attached',
  'probe-target-dead',
  'probe-troubled',
  'alarm-storm',
  'neighbour-unheard',
  'controller-killed',
  'controllers-at-once',
  'runs-cut-short',
  'image-published',
  'image-withdrawn',
];
const afterwards: readonly FaultKind[] = ['launch-failed', 'free-interface-deleted'];

/** Whether the fault's figures are those of a NAT instance that is terminated in the same moment. */
export function comesWithLoss(name: FaultKind): boolean {
  return before.includes(name) || afterwards.includes(name);
}

/** One fault of this kind on an ordinary day: what its outage figures are taken from. */
export function oneFault(name: FaultKind, image: BootImage): fc.Arbitrary<Schedule> {
  const fault: fc.Arbitrary<Fault> = faultsByKind[name];
  return fc.record({
    version,
    seed,
    world: world.map((drawn) => ({
      ...drawn,
      maxLaunchesPerHour: 4,
      image,
      probe: 'on' as const,
      watch: isOfWatches(name) ? ('on' as const) : ('off' as const),
      spareInterface: 'off' as const,
      standIn: 'off' as const,
      standby: 'off' as const,
      marketType: 'on-demand' as const,
      handOverMs: 0,
    })),
    day: fc.constant({
      describeLagMs: 800,
      referenceLagMs: 0,
      eventDelayMs: 3_000,
      lostEvents: 0,
      doubledEvents: 0.05,
      probeFails: 0,
      shutdownGrace: noGrace,
    }),
    faults: fc
      .tuple(fault, fc.nat({ max: 60_000 }), fc.integer({ min: 100, max: 5_000 }))
      .map(([one, atMs, apartMs]) => withLoss(name, one, atMs, apartMs)),
    deletion: fc.constant('none'),
  });
}

function withLoss(name: FaultKind, fault: Fault, atMs: DurationMs, apartMs: DurationMs): TimedFault[] {
  const at = 'zone' in fault ? fault.zone : 0;
  const loss: Fault = { kind: 'instance-terminated', zone: at, pick: 'carrier' };
  if (before.includes(name)) {
    return [
      { afterMs: atMs, fault },
      { afterMs: 0, fault: loss },
    ];
  }
  return afterwards.includes(name)
    ? [
        { afterMs: atMs, fault: loss },
        { afterMs: apartMs, fault },
      ]
    : [{ afterMs: atMs, fault }];
}
