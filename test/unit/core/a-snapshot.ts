import { defaultSettings } from '../../../shared/config/controller-settings.ts';
import { type Diagnosis, diagnose } from '../../../shared/core/diagnose/diagnose.ts';
import { emptyMemory, type Memory } from '../../../shared/core/memory/memory.ts';
import type { Id, IdKind, ZoneName } from '../../../shared/core/model/ids.ts';
import { parseId, parseZoneName } from '../../../shared/core/model/ids.ts';
import { known } from '../../../shared/core/model/observed.ts';
import type { Settings, ZoneSettings } from '../../../shared/core/model/settings.ts';
import type {
  Address,
  Image,
  InstanceStatus,
  NatInstance,
  NatInterface,
  RouteTable,
  Snapshot,
  Subnet,
} from '../../../shared/core/model/snapshot.ts';
import { hourMs } from '../../../shared/core/model/time.ts';
import { ringIn } from '../../../shared/core/neighbours/ring.ts';
import { plan } from '../../../shared/core/plan/plan.ts';
import type { PlanContext, ZonePlan } from '../../../shared/core/plan/zone-plan.ts';

export const now = Date.UTC(2026, 10, 23, 3, 0, 0);
export const specHash = 'spec-of-today';

/** An id that is easy to read in a failure: id('instance', 'a1') is i-000000a1. Letters a to f and digits only. */
export function id<K extends IdKind>(kind: K, hex: string): Id<K> {
  const prefixes: Readonly<Record<IdKind, string>> = {
    instance: 'i',
    interface: 'eni',
    allocation: 'eipalloc',
    association: 'eipassoc',
    routeTable: 'rtb',
    subnet: 'subnet',
    vpc: 'vpc',
    image: 'ami',
    securityGroup: 'sg',
    natGateway: 'nat',
  };
  const parsed = parseId(kind, `${prefixes[kind]}-${hex.padStart(8, '0')}`);
  if (parsed === undefined) {
    throw new Error(`${hex} makes no ${kind} id`);
  }
  return parsed;
}

export function zoneName(name: string): ZoneName {
  const parsed = parseZoneName(name);
  if (parsed === undefined) {
    throw new Error(`${name} is no zone name`);
  }
  return parsed;
}

/** What a settled stack has; c is there for who asks for it. */
export type ZoneLetter = 'a' | 'b' | 'c';

export function zoneSettings(name: ZoneLetter): ZoneSettings {
  return {
    name: zoneName(name),
    publicSubnetId: id('subnet', `${name}0`),
    privateSubnetIds: [id('subnet', `${name}1`), id('subnet', `${name}2`)],
    allocationId: id('allocation', name),
  };
}

export const vpcId = id('vpc', '1');

export function someSettings(changes: Partial<Settings> = {}): Settings {
  return {
    ...defaultSettings(),
    stack: 'phoenat',
    vpcId,
    zones: [zoneSettings('a'), zoneSettings('b')],
    instanceTypes: ['t4g.nano', 't3.nano'],
    // Else a scene without secondary addresses, or without a spare interface, would not be settled.
    standIn: 'off',
    spareInterface: 'off',
    securityGroupIds: [id('securityGroup', '1')],
    egress: { clientCidrs: ['10.0.0.0/16'], traffic: 'web', allowList: [], allowedDomains: [] },
    maxLaunchesPerHour: 4,
    ...changes,
  };
}

/** What differs from a settled stack, part by part; zone b stays healthy unless its entries are given. */
export type Scene = {
  readonly instances: readonly NatInstance[];
  readonly interfaces: readonly NatInterface[];
  readonly addresses: readonly Address[];
  readonly routeTables: readonly RouteTable[];
  readonly subnets: readonly Subnet[];
  readonly statuses: readonly InstanceStatus[];
  readonly images: readonly Image[];
};

export function anInstance(zone: ZoneLetter, changes: Partial<NatInstance> = {}): NatInstance {
  return {
    id: id('instance', `${zone}1`),
    zone: zoneName(zone),
    state: 'running',
    launchedAt: now - 24 * hourMs,
    imageId: id('image', '1'),
    architecture: 'arm64',
    instanceType: 't4g.nano',
    interfaceId: id('interface', `${zone}1`),
    specHash,
    ...changes,
  };
}

export function anInterface(zone: ZoneLetter, changes: Partial<NatInterface> = {}): NatInterface {
  return {
    id: id('interface', `${zone}1`),
    zone: zoneName(zone),
    subnetId: id('subnet', `${zone}0`),
    status: 'in-use',
    sourceDestCheck: false,
    attachedTo: id('instance', `${zone}1`),
    hasOwnPublicAddress: false,
    ...changes,
  };
}

export function anAddress(zone: ZoneLetter, changes: Partial<Address> = {}): Address {
  return {
    allocationId: id('allocation', zone),
    publicIp: `203.0.113.${'abc'.indexOf(zone) + 1}`,
    interfaceId: id('interface', `${zone}1`),
    lastGoodImage: { imageId: id('image', '1'), architecture: 'arm64' },
    ...changes,
  };
}

export function aTable(zone: ZoneLetter, nth: number, changes: Partial<RouteTable> = {}): RouteTable {
  return {
    id: id('routeTable', `${zone}${nth}`),
    vpcId,
    main: false,
    subnetIds: [id('subnet', `${zone}${nth}`)],
    defaultRoute: { target: { kind: 'interface', id: id('interface', `${zone}1`) }, state: 'active' },
    ...changes,
  };
}

export const publicTable: RouteTable = {
  id: id('routeTable', '0'),
  vpcId,
  main: false,
  subnetIds: [id('subnet', 'a0'), id('subnet', 'b0')],
  defaultRoute: { target: { kind: 'internet-gateway', id: 'igw-1' }, state: 'active' },
};

export const mainTable: RouteTable = { id: id('routeTable', 'ff'), vpcId, main: true, subnetIds: [] };

export function aStatus(hex: string, changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return { instanceId: id('instance', hex), system: 'ok', instance: 'ok', events: [], ...changes };
}

export function anImage(hex: string, changes: Partial<Image> = {}): Image {
  const architecture = changes.architecture ?? 'arm64';
  return {
    id: id('image', hex),
    name: `al2023-ami-2023.12.2026083${hex.length}.0-kernel-6.1-${architecture}`,
    createdAt: now - 60 * 24 * hourMs,
    architecture,
    virtualization: 'hvm',
    rootDevice: 'ebs',
    rootDeviceName: '/dev/xvda',
    enaSupport: true,
    state: 'available',
    ...changes,
  };
}

export const settledScene: Scene = {
  instances: [anInstance('a'), anInstance('b')],
  interfaces: [anInterface('a'), anInterface('b')],
  addresses: [anAddress('a'), anAddress('b')],
  routeTables: [publicTable, mainTable, aTable('a', 1), aTable('a', 2), aTable('b', 1), aTable('b', 2)],
  subnets: ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'].map((hex) => ({
    id: id('subnet', hex),
    vpcId,
    availabilityZone: `eu-central-1${hex[0]}`,
    cidr: '10.0.0.0/24',
  })),
  statuses: [aStatus('a1'), aStatus('b1')],
  images: [anImage('1'), anImage('86', { architecture: 'x86_64' })],
};

export function snapshotOf(changes: Partial<Scene> = {}): Snapshot {
  const scene = { ...settledScene, ...changes };
  const listed = <T>(items: readonly T[]) => known({ items, flaws: [] });
  return {
    beganAt: now - 200,
    takenAt: now,
    instances: listed(scene.instances),
    interfaces: listed(scene.interfaces),
    addresses: listed(scene.addresses),
    routeTables: listed(scene.routeTables),
    subnets: listed(scene.subnets),
    statuses: listed(scene.statuses),
    images: listed(scene.images),
  };
}

export type Planned = {
  readonly diagnoses: readonly Diagnosis[];
  readonly plans: readonly ZonePlan[];
  readonly a: ZonePlan;
  readonly b: ZonePlan;
  readonly diagnosisOfA: Diagnosis;
};

type Options = {
  readonly settings?: Settings;
  readonly memory?: Memory;
  readonly failing?: PlanContext['failing'];
  readonly refusedCutovers?: PlanContext['refusedCutovers'];
  readonly refusedMoves?: PlanContext['refusedMoves'];
};

export function planContext(snapshot: Snapshot, options: Options = {}): PlanContext {
  const settings = options.settings ?? someSettings();
  return {
    settings,
    ring: ringIn(settings.zones, snapshot.subnets),
    specHash,
    now: snapshot.takenAt,
    lookBeganAt: snapshot.beganAt,
    images: snapshot.images,
    memory: options.memory ?? emptyMemory,
    failing: options.failing ?? new Set(),
    refusedCutovers: options.refusedCutovers ?? new Set(),
    ...(options.refusedMoves === undefined ? {} : { refusedMoves: options.refusedMoves }),
    digest: (text) => Buffer.from(text).toString('hex').padEnd(40, '0').slice(-40),
  };
}

/** Diagnoses and plans a snapshot as the loop would. */
export function diagnoseAndPlan(snapshot: Snapshot, options: Options = {}): Planned {
  const context = planContext(snapshot, options);
  const diagnoses = context.settings.zones.map((zone) => diagnose(snapshot, zone, context));
  const plans = plan(diagnoses, context);
  const [a, b] = plans;
  const [diagnosisOfA] = diagnoses;
  if (a === undefined || b === undefined || diagnosisOfA === undefined) {
    throw new Error('two zones are expected');
  }
  return { diagnoses, plans, a, b, diagnosisOfA };
}

/** The kinds of a plan's steps, wave by wave. */
export function kindsOf(zonePlan: ZonePlan): string[][] {
  return zonePlan.waves.map((wave) => wave.map((step) => step.kind));
}

export function codesOf(plans: { readonly findings: readonly { readonly code: string }[] }): string[] {
  return plans.findings.map(({ code }) => code);
}
