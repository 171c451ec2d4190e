import type { InstanceState } from '../../shared/core/model/snapshot.ts';
import type { EpochMs } from '../../shared/core/model/time.ts';

/**
 * What a boot comes to. `cannot`: it tries for minutes, says that it cannot forward, and powers the instance off. `hangs`:
 * it neither forwards nor says so. `quiet`: it forwards, and its image says nothing. `pretends`: it says that it forwards,
 * its health is good, and no packet comes through it.
 */
export type BootOutcome = 'forwards' | 'cannot' | 'hangs' | 'quiet' | 'pretends';

/** What the simulated account holds. Records are never changed in place: a new one replaces the old. */
export type Tags = Readonly<Record<string, string>>;

export type Impairment = {
  readonly check: 'instance' | 'system';
  readonly from: EpochMs;
  readonly to?: EpochMs;
};

export type ScheduledEventRecord = {
  readonly id: string;
  readonly code: 'instance-retirement' | 'instance-stop' | 'system-maintenance' | 'system-reboot';
  readonly description: string;
  readonly notBefore: EpochMs;
};

/** Why packets are not forwarded by an instance that runs and has booted. */
export type Breakage = {
  /** `unseen`: nothing on the instance shows it, and it says that all is well. `boot`: it was never set up. */
  readonly what: 'settings' | 'rules' | 'unseen' | 'boot';
  /** What comes of the guard on the instance: it puts it right, it tries in vain and powers off, or it does not run. */
  readonly guard: 'repairs' | 'gives-up' | 'does-not-run';
};

/** What was decided at launch and never changes. */
export type Launch = {
  readonly imageId: string;
  readonly instanceType: string;
  readonly architecture: 'arm64' | 'x86_64';
  readonly rootDeviceName: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly clientToken?: string;
  readonly profileArn?: string;
  readonly httpTokens: 'optional' | 'required';
  readonly autoRecovery: 'default' | 'disabled';
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly userData?: string;
  /** The image is a NAT by itself, or user data came along that makes it one. */
  readonly madeForNat: boolean;
  /** Address ranges of the other zones, in its user data: what it translates to its secondary private address. */
  readonly otherCidrs: readonly string[];
  readonly natCidrs: readonly string[];
  /** By its user data another instance could have its traffic at once. */
  readonly isLookedAfter: boolean;
  /** How long it holds a shutdown at most, by its user data; 0: not at all. */
  readonly handOverMs: number;
  /** Whether it asks clients whose a packet of an unknown connection is. */
  readonly asksClients: boolean;
  readonly spot: boolean;
  readonly volumeId: string;
  readonly encryptedVolume: boolean;
};

export type InstanceRecord = {
  readonly id: string;
  readonly reservationId: string;
  readonly launch: Launch;
  readonly state: InstanceState;
  readonly stateSince: EpochMs;
  readonly stateReason?: { readonly code: string; readonly message: string; readonly at: EpochMs };
  /** LaunchTime: renewed when a stopped instance is started. */
  readonly launchedAt: EpochMs;
  readonly runningSince?: EpochMs;
  /** The operating system is up and NAT is set up. */
  readonly booted: boolean;
  /** When the kernel started that runs now; from when on it tells of its health, and since when it is set up. */
  readonly kernelSince?: EpochMs;
  readonly healthSince?: EpochMs;
  readonly bootedAt?: EpochMs;
  /** Its operating system is to go down, holds that, and goes on forwarding. */
  readonly heldSince?: EpochMs;
  /** Forwarding broke inside the operating system, which no status check notices. */
  readonly breakage?: Breakage & { readonly since: EpochMs };
  /** The secondary private address that its rules know: what comes from other zones leaves as it. */
  readonly standInIp?: string;
  /** How often the guard has put something right. */
  readonly guardRepairs?: number;
  /** What was printed, and from when on EC2 shows it. */
  readonly console: readonly { readonly shownFrom: EpochMs; readonly line: string }[];
  readonly impairments: readonly Impairment[];
  readonly scheduledEvents: readonly ScheduledEventRecord[];
  readonly tags: Tags;
};

export type Attachment = {
  readonly id: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
  readonly attachedAt: EpochMs;
};

export type InterfaceRecord = {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly privateIp: string;
  /** Beside it, in the order in which they were assigned. */
  readonly secondaryIps: readonly string[];
  readonly groupIds: readonly string[];
  readonly description: string;
  readonly sourceDestCheck: boolean;
  /** The attribute; the address itself exists only while the instance runs. */
  readonly wantsOwnPublicAddress: boolean;
  readonly ownPublicIp?: string;
  readonly attachment?: Attachment;
  readonly tags: Tags;
};

export type AssociationRecord = {
  readonly id: string;
  readonly interfaceId: string;
  /** The one of the interface's private addresses that the world sees as this Elastic IP. */
  readonly privateIp: string;
};

export type AddressRecord = {
  readonly id: string;
  readonly publicIp: string;
  readonly association?: AssociationRecord;
  readonly tags: Tags;
};

export type RouteTargetRecord =
  | { readonly kind: 'local' }
  | { readonly kind: 'internet-gateway'; readonly id: string }
  | { readonly kind: 'nat-gateway'; readonly id: string }
  | { readonly kind: 'interface'; readonly id: string }
  | { readonly kind: 'transit-gateway'; readonly id: string };

export type RouteRecord = {
  readonly destination: string;
  readonly target: RouteTargetRecord;
  readonly origin: 'CreateRouteTable' | 'CreateRoute';
};

export type RouteTableRecord = {
  readonly id: string;
  readonly vpcId: string;
  readonly main: boolean;
  readonly mainAssociationId?: string;
  readonly associations: readonly { readonly id: string; readonly subnetId: string }[];
  readonly routes: readonly RouteRecord[];
  readonly tags: Tags;
};

export type SubnetRecord = {
  readonly id: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly cidr: string;
  readonly mapPublicIpOnLaunch: boolean;
  /** VPC Block Public Access, exclusions counted in. Absent: EC2 does not tell. */
  readonly internetGatewayBlock?: 'off' | 'block-bidirectional' | 'block-ingress';
  /** What leaves for the internet from here is lost on its way, beyond anything of the account's. */
  readonly upstreamLost?: true;
  /** Absent: the simulated account's own. */
  readonly ownerId?: string;
  readonly outpostArn?: string;
  readonly tags: Tags;
};

export type VpcRecord = { readonly id: string; readonly cidr: string; readonly internetGatewayId?: string };
export type SecurityGroupRecord = { readonly id: string; readonly vpcId: string; readonly name: string };
export type NatGatewayRecord = {
  readonly id: string;
  readonly subnetId: string;
  readonly state: 'available' | 'deleted';
};

export type ImageRecord = {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly ownerAlias?: 'amazon';
  readonly architecture: 'arm64' | 'x86_64';
  readonly createdAt: EpochMs;
  readonly deprecatedAt?: EpochMs;
  readonly state: 'available' | 'deregistered' | 'disabled' | 'pending';
  readonly virtualizationType: 'hvm' | 'paravirtual';
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly rootDeviceName: string;
  readonly rootVolumeGiB: number;
  readonly enaSupport: boolean;
  readonly imdsV2Only: boolean;
  /** It brings no nftables: an instance installs it before it forwards. */
  readonly lacksPackages: boolean;
  /** Its instances come to `running`, and no further: their instance check fails. */
  readonly neverBoots: boolean;
  /** What its boots come to, where that differs from what the Region's day has for all images. */
  readonly boots?: BootOutcome;
  /** DescribeImages still lists it while launches already say that it does not exist. */
  readonly goneForLaunch: boolean;
};
