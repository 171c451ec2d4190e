import type { AllocationId, ImageId, SecurityGroupId, SubnetId, VpcId, ZoneName } from './ids.ts';
import type { Architecture } from './snapshot.ts';
import type { DurationMs } from './time.ts';

/** What one stack serves and how: parsed from the environment once, frozen, passed to whatever decides. */
export type Settings = {
  /** The stack's name: the value of the tag that marks what is ours. */
  readonly stack: string;
  readonly vpcId: VpcId;
  /** The account that the stack is in; absent: whose a subnet is cannot be told. */
  readonly accountId?: string;
  readonly zones: readonly ZoneSettings[];
  readonly image: ImageChoice;
  /** Tried in this order; capacity and unsupported-type errors move on to the next. */
  readonly instanceTypes: readonly string[];
  /** Whether launches ask for Spot capacity first, and take what is on demand where there is none. No part of the spec. */
  readonly marketType: 'on-demand' | 'spot';
  readonly securityGroupIds: readonly SecurityGroupId[];
  /** ARN of the instance profile; absent where the instance needs no role. */
  readonly instanceProfileArn?: string;
  readonly volumeGiB: number;
  readonly egress: EgressSettings;
  /** How long a launched instance may take to run with both status checks passed before it is given up. */
  readonly readyTimeoutMs: DurationMs;
  /** How long an instance holds its shutdown at most, forwarding, until its traffic has moved; absent: it does not. */
  readonly handOverMs?: DurationMs;
  /** The breaker: no more launches in a zone once this many happened within an hour. */
  readonly maxLaunchesPerHour: number;
  /** Instances older than this are replaced, make-before-break; absent: never. */
  readonly maxInstanceAgeMs?: DurationMs;
  /** Whether instances are made ready to carry a neighbouring zone's traffic beside their own. */
  readonly standIn: 'on' | 'off';
  /** Whether known connections take the kernel's short way past most of the rules, where it has one. */
  readonly flowTable: 'on' | 'off';
  /** Whether connections outlive a sudden death where only the client sends, or all: for these, clients are asked. */
  readonly keepConnections: 'senders' | 'all';
  /** Whether each zone keeps a free network interface for its next failover. */
  readonly spareInterface: 'on' | 'off';
  /** Whether each zone's instance watches that of another zone; absent: no. */
  readonly watch?: 'on' | 'off';
  /** Why it does not where it was to by default, in a sentence for people. */
  readonly unwatched?: string;
  /** HTTPS addresses that the probes ask; empty: those that Phoenat chooses. */
  readonly probeTargets: readonly string[];
  /** On all that is launched, beside our own. No part of the spec: a change of labels moves no traffic. */
  readonly tags: readonly Tag[];
  /** CloudWatch namespace of the metrics. */
  readonly metricNamespace: string;
};

export type Tag = { readonly key: string; readonly value: string };

export type Traffic = 'https' | 'web' | 'all';

/** What the NAT instances forward. */
export type EgressSettings = {
  /** Empty: every private address range. */
  readonly clientCidrs: readonly string[];
  readonly traffic: Traffic;
  /** Where not empty, these destinations and no others, whatever the traffic. */
  readonly allowList: readonly EgressRule[];
  /** Exact names, and suffixes that begin with a dot; where not empty, HTTP and HTTPS go to these and to no others. */
  readonly allowedDomains: readonly string[];
  readonly adminCidr?: string;
};

export type EgressRule = { readonly cidr: string; readonly port: number; readonly protocol: 'tcp' | 'udp' };

export type ZoneSettings = {
  readonly name: ZoneName;
  readonly publicSubnetId: SubnetId;
  readonly privateSubnetIds: readonly SubnetId[];
  readonly allocationId: AllocationId;
  /** The name of the zone's probe function; absent where there is none. */
  readonly probe?: string;
  /** It has no clients: its instance stands by for this zone, in the same public subnet, and that zone's probe asks it. */
  readonly standbyFor?: ZoneName;
};

export const imagePresets = ['al2023', 'fck-nat', 'amzn-ami-vpc-nat'] as const;
export type ImagePreset = (typeof imagePresets)[number];

export type ImageChoice =
  | { readonly kind: 'preset'; readonly preset: ImagePreset }
  | { readonly kind: 'custom'; readonly owner: string; readonly namePattern: string }
  | { readonly kind: 'fixed'; readonly imageId: ImageId };

/** What the names of the images begin with that `phoenat bake` makes. */
export const bakedImagePrefix = 'phoenat/';

/** What AWS is asked and what is accepted from its answer; `describe` names it in error messages. */
export type ImageSelector = {
  readonly describe: string;
  readonly owners: readonly string[];
  /** EC2 name filters, `*` and `?` as wildcards. Empty when `imageIds` is given. */
  readonly namePatterns: readonly string[];
  readonly imageIds: readonly ImageId[];
  /** Name patterns that EC2's wildcards let through but that are not meant: minimal, ECS and preview images. */
  readonly accepts: (imageName: string) => boolean;
  readonly architectures: readonly Architecture[];
  /** What to do where AWS lists no image at all, if that is likely to have a reason of its own. */
  readonly whereNoneIsListed?: (architecture: Architecture) => string;
};
