import type { BootWord } from './boot-word.ts';
import type {
  AllocationId,
  AssociationId,
  ImageId,
  InstanceId,
  InterfaceId,
  NatGatewayId,
  RouteTableId,
  SecurityGroupId,
  SubnetId,
  VpcId,
  ZoneName,
} from './ids.ts';
import type { Observed } from './observed.ts';
import type { Reading } from './reading.ts';
import type { EpochMs } from './time.ts';

/** What the Describe calls returned, as plain domain values, at one moment. */
export type Snapshot = {
  /** When the first of its calls was sent: nothing that happened later need be in it. */
  readonly beganAt: EpochMs;
  /** When the last of its answers was there. */
  readonly takenAt: EpochMs;
  readonly instances: Observed<Listing<NatInstance>>;
  readonly interfaces: Observed<Listing<NatInterface>>;
  readonly addresses: Observed<Listing<Address>>;
  readonly routeTables: Observed<Listing<RouteTable>>;
  readonly subnets: Observed<Listing<Subnet>>;
  /** Status checks of the running instances among `instances`. */
  readonly statuses: Observed<Listing<InstanceStatus>>;
  readonly images: Observed<Listing<Image>>;
  /** Of those instances that were asked. */
  readonly bootWords?: ReadonlyMap<InstanceId, BootWord>;
  /** What the zones' probes have said in this run, the latest last; absent where there is no probe. */
  readonly readings?: ReadonlyMap<ZoneName, readonly Reading[]>;
};

export type SnapshotPart = Exclude<keyof Snapshot, 'beganAt' | 'takenAt' | 'bootWords' | 'readings'>;

/** A list, and the entries of the answer that could not be understood. */
export type Listing<T> = { readonly items: readonly T[]; readonly flaws: readonly Flaw[] };

/**
 * One entry of an AWS answer that lacked a field that EC2 always sends. `about` holds every id and zone name that could
 * still be read from it: a zone that is concerned by one of them, or by a flaw about nothing readable, is unknown.
 */
export type Flaw = { readonly about: readonly string[]; readonly detail: string };

export const instanceStates = [
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
] as const;
export type InstanceState = (typeof instanceStates)[number];
export type Architecture = 'arm64' | 'x86_64';

/** An instance that carries this stack's tag. */
export type NatInstance = {
  readonly id: InstanceId;
  /** By its tag, or where that tells nothing by its subnet; absent where neither names one. */
  readonly zone?: ZoneName;
  readonly state: InstanceState;
  readonly launchedAt: EpochMs;
  readonly imageId: ImageId;
  readonly architecture: Architecture;
  readonly instanceType: string;
  /** EC2 may take it back two minutes after a warning; absent: launched on demand. */
  readonly spot?: true;
  /** Where it was launched; a terminated instance is nowhere. */
  readonly vpcId?: VpcId;
  readonly subnetId?: SubnetId;
  /** The primary network interface; a terminated instance has none. */
  readonly interfaceId?: InterfaceId;
  /** Of that interface. */
  readonly privateIp?: string;
  /** That interface as DescribeInstances shows it, for when its own listing lacks it: its tag may have been removed. */
  readonly attachedInterface?: NatInterface;
  readonly specHash?: string;
  /** Stands for the address ranges that it was told are other zones'. */
  readonly others?: string;
  /** When it was stopped or terminated, where EC2 says so. */
  readonly endedAt?: EpochMs;
  /** A sentence for each fault of our tags on it. */
  readonly oddTags?: readonly string[];
  /** Why it ended, in EC2's words. */
  readonly endReason?: string;
  /** Why this instance is to be replaced, where an event or an operator said so; or that it has been tried in vain. */
  readonly replaceMark?: ReplaceMark;
  /** When its interface was put back into its security groups, as far as it was noted. */
  readonly putBackAt?: readonly EpochMs[];
  /** What EC2 has refused to move to it, as far as it was noted. */
  readonly moveRefused?: RefusedMove & { readonly at: readonly EpochMs[] };
  /** Whom it watches, by its tag; absent: nobody, or what the tag says cannot be understood. */
  readonly watches?: Watched;
};

/** The instance of another zone that one watches. */
export type Watched = {
  readonly zone: ZoneName;
  readonly instanceId: InstanceId;
  readonly privateIp: string;
};

/** A part of a cutover that EC2 refuses for good: which route table or Elastic IP, and with which error code. */
export type RefusedMove = { readonly of: RouteTableId | AllocationId; readonly code: string };

export const replaceReasons = [
  'rebuild',
  'rebuild-immediate',
  'spot-interruption',
  'rebalance-recommendation',
  'retirement',
  // It had the traffic, no request passed through it, and the traffic went back to an older instance.
  'requests-failed',
] as const;
export type ReplaceReason = (typeof replaceReasons)[number];
export type ReplaceMark = { readonly reason: ReplaceReason; readonly at: EpochMs };

/** A network interface that carries this stack's tag. */
export type NatInterface = {
  readonly id: InterfaceId;
  readonly zone?: ZoneName;
  readonly subnetId: SubnetId;
  /** `available`, `in-use`, `attaching`, `detaching`, `associated`, `pending`: EC2's words, kept as they come. */
  readonly status: string;
  readonly sourceDestCheck: boolean;
  /** Absent where EC2 does not say. */
  readonly securityGroupIds?: readonly SecurityGroupId[];
  readonly attachedTo?: InstanceId;
  readonly attachedAt?: EpochMs;
  /** Private addresses beside the primary one. Absent where EC2 does not say. */
  readonly secondaryIps?: readonly string[];
  /** A public address that EC2 assigned at launch; it is given up before the zone's routes move here. */
  readonly hasOwnPublicAddress: boolean;
};

/** A zone's Elastic IP. */
export type Address = {
  readonly allocationId: AllocationId;
  readonly publicIp: string;
  /** From where AWS announces it: the Region, or one of its Local or Wavelength Zones. */
  readonly networkBorderGroup?: string;
  readonly associationId?: AssociationId;
  readonly interfaceId?: InterfaceId;
  /** The private address of that interface which it is on. */
  readonly privateIp?: string;
  readonly instanceId?: InstanceId;
  /** The Phoenat stack that has allocated it, where one did. */
  readonly allocatedBy?: string;
  /** Set while an operator has paused the zone; the text says since when. */
  readonly pausedSince?: string;
  /** The image that last carried this zone's traffic with its status checks passed. */
  readonly lastGoodImage?: { readonly imageId: ImageId; readonly architecture: Architecture };
  /** When instances of this zone were launched, as far as it was noted. */
  readonly launches?: readonly EpochMs[];
  /** The last planned cutover from an instance through which requests passed. */
  readonly cutover?: Cutover;
  /** Those that were undone, the youngest first. */
  readonly undoneCutovers?: readonly UndoneCutover[];
  /** Another zone's instance that carries the zone, or has done so last, and since when. */
  readonly stoodIn?: NotedStandIn;
  /** The breaker counts no launch before this: an operator said so. */
  readonly breakerResetAt?: EpochMs;
  /** That note has more in it than times. */
  readonly launchesAreOdd?: boolean;
  /** A sentence for each fault of our tags on it. */
  readonly oddTags?: readonly string[];
};

export type NotedStandIn = { readonly by: InstanceId; readonly at: EpochMs };

export type Cutover = { readonly from: InstanceId; readonly to: InstanceId; readonly at: EpochMs };

/** Nothing passed through this instance when it had the zone's traffic, which went back to the one before. */
export type UndoneCutover = {
  readonly instanceId: InstanceId;
  readonly imageId: ImageId;
  readonly specHash: string;
  readonly at: EpochMs;
};

export type RouteTable = {
  readonly id: RouteTableId;
  readonly vpcId: VpcId;
  /** The VPC's main table: it serves every subnet that has no association of its own. */
  readonly main: boolean;
  /** Subnets with an explicit association to this table. */
  readonly subnetIds: readonly SubnetId[];
  readonly defaultRoute?: DefaultRoute;
  /** Routes to halves, quarters or eighths of the internet, which win over the default route. */
  readonly splitDefaults?: readonly SplitDefault[];
  /** Where the default route pointed before we took it over; `no-route`: there was none, or one that led nowhere. */
  readonly remembered?: RememberedRoute;
  /** The stack that has marked the table as its own, and when it took its route over. */
  readonly takenOver?: {
    readonly by: string;
    readonly at: readonly EpochMs[];
    /** When it was about to: that it did may be noted nowhere. */
    readonly tried?: EpochMs;
    /** The last of these was undone, since nothing passed through the instance. */
    readonly ledBack?: LedBack;
  };
  readonly oddTags?: readonly string[];
  /** What the note says, where it names nothing that a route can be put back to. */
  readonly oddNote?: string;
};

/** When, and from which instance. */
export type LedBack = { readonly at: EpochMs; readonly from: InstanceId };

export type RememberedRoute = RouteTarget | { readonly kind: 'no-route' };

export type DefaultRoute = {
  readonly target: RouteTarget;
  readonly state: 'active' | 'blackhole' | 'filtered';
};

/** For example 0.0.0.0/1, and the id of what it leads to. */
export type SplitDefault = { readonly destination: string; readonly targetId: string };

export type RouteTarget =
  | { readonly kind: 'interface'; readonly id: InterfaceId }
  | { readonly kind: 'instance'; readonly id: InstanceId }
  | { readonly kind: 'nat-gateway'; readonly id: NatGatewayId }
  | { readonly kind: 'internet-gateway'; readonly id: string }
  /** Transit gateways, peerings, firewall endpoints and the like, and a route whose target EC2 no longer names. */
  | { readonly kind: 'other'; readonly id: string };

export type Subnet = {
  readonly id: SubnetId;
  readonly vpcId: VpcId;
  readonly availabilityZone: string;
  readonly cidr: string;
  /** The account that the subnet belongs to: another one where it is shared with ours. */
  readonly ownerId?: string;
  readonly outpostArn?: string;
  /** VPC Block Public Access as it applies to this subnet, assumed to count exclusions in; absent where EC2 does not say. */
  readonly internetGatewayBlock?: 'off' | 'block-bidirectional' | 'block-ingress';
};

export type CheckResult = 'ok' | 'impaired' | 'initializing' | 'insufficient-data' | 'not-applicable';

export type InstanceStatus = {
  readonly instanceId: InstanceId;
  readonly system: CheckResult;
  readonly instance: CheckResult;
  /** Only on Nitro instances; absent elsewhere. */
  readonly attachedEbs?: CheckResult;
  /** Since when the first of its failing checks has been failing. */
  readonly impairedSince?: EpochMs;
  readonly events: readonly ScheduledEvent[];
};

/** EC2's `instance-retirement`, `instance-stop`, `system-maintenance` and so on; finished ones are not listed here. */
export type ScheduledEvent = { readonly code: string; readonly notBefore?: EpochMs };

export type Image = {
  readonly id: ImageId;
  readonly name: string;
  readonly createdAt: EpochMs;
  readonly architecture: string;
  readonly virtualization: string;
  readonly rootDevice: string;
  /** The root volume's device name, for example /dev/xvda. */
  readonly rootDeviceName: string;
  /** Absent where the answer does not say. */
  readonly enaSupport?: boolean;
  readonly state: string;
  readonly deprecatedAt?: EpochMs;
};

export function isAlive(instance: NatInstance): boolean {
  return instance.state === 'pending' || instance.state === 'running';
}

/** By Spot, or it is about to be: that tells nothing of what the instance was launched from. */
export function wasTakenBack({ replaceMark, endReason }: NatInstance): boolean {
  return replaceMark?.reason === 'spot-interruption' || endReason?.startsWith('Server.SpotInstance') === true;
}

const endStates: readonly string[] = ['shutting-down', 'terminated', 'stopping', 'stopped'];

/** As EC2 names a state in an answer or an event: of an instance that is going down, or gone. A name that is unknown is none. */
export function isEndState(state: string): boolean {
  return endStates.includes(state);
}

/** EC2 says that it is going down, and not yet that it is gone. */
export function isEnding({ state }: NatInstance): boolean {
  return state === 'shutting-down' || state === 'stopping';
}
