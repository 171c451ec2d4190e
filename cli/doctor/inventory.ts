import type { ZoneLetter } from '../../shared/config/zone-letters.ts';
import type { NatGatewayId, RouteTableId, SubnetId, VpcId } from '../../shared/core/model/ids.ts';
import type { Architecture, RouteTable, Subnet } from '../../shared/core/model/snapshot.ts';
import type { TableDetails } from './splitting/table-details.ts';

/** What a VPC has that matters to Phoenat, as the Describe calls returned it. */
export type Inventory = {
  readonly region: string;
  /** The stack that is, or is to be, deployed. */
  readonly stack: string;
  readonly vpc: Vpc;
  readonly subnets: readonly FoundSubnet[];
  readonly routeTables: readonly RouteTable[];
  /** What a copy of a table would need, by its id. */
  readonly tableDetails?: Readonly<Record<string, TableDetails>>;
  /** Whoever asks; absent where nobody was asked. */
  readonly account?: CallerAccount;
  /** The one that is attached to the VPC: there can be no second. */
  readonly internetGatewayId?: string;
  /** Those that work or are about to. */
  readonly natGateways: readonly NatGateway[];
  readonly s3Endpoints: readonly S3Endpoint[];
  /** Those of S3 and of DynamoDB, with the tables that lead to them. */
  readonly gatewayEndpoints?: readonly GatewayEndpoint[];
  readonly elasticIps: ElasticIps;
  readonly images: FoundImages;
  readonly publicAccess: PublicAccess;
  readonly encryption: Encryption;
  /** Absent where nobody asks for Spot. */
  readonly spot?: Spot;
  readonly concurrency: Concurrency;
  /** Absent where the deployed stack asks no clients. */
  readonly networkAcls?: NetworkAcls;
  /** Interfaces in the VPC, and the other stack of Phoenat that has each. */
  readonly otherStacks?: Readonly<Record<string, string>>;
  /** Absent where no stack of this name is deployed. */
  readonly deployment?: Deployment;
};

export type Vpc = {
  readonly id: VpcId;
  readonly name?: string;
  /** The associated IPv4 ranges, the first one first. */
  readonly cidrs: readonly string[];
  readonly isDefault: boolean;
  /** VPC Encryption Controls as DescribeVpcs has them, where it does. */
  readonly encryption?: EncryptionControl;
};

/** What could not be read, and why. */
export type Unread = { readonly known: false; readonly detail: string };

/** VPC Block Public Access, which is of the account and the Region, and what is excluded from it. */
export type PublicAccess = {
  readonly option: PublicAccessOption | Unread;
  readonly exclusions: { readonly known: true; readonly found: readonly PublicAccessExclusion[] } | Unread;
};

export type PublicAccessOption = {
  readonly known: true;
  /** EC2's words: off, block-ingress, block-bidirectional; absent where it does not say. */
  readonly mode?: string;
  /** Such as update-in-progress. */
  readonly state?: string;
  /** The account cannot change it: an organisation's declarative policy keeps it. */
  readonly isOfPolicy: boolean;
  readonly forbidsExclusions: boolean;
};

export type PublicAccessExclusion = {
  /** `vpcbpa-exclude-…` */
  readonly id: string;
  /** Of a subnet, or of a VPC with all its subnets. */
  readonly resourceId: string;
  /** EC2's words: allow-bidirectional, allow-egress. */
  readonly mode?: string;
  /** Such as create-in-progress. */
  readonly state?: string;
  readonly reason?: string;
};

/** VPC Encryption Controls; no control: they are off. */
export type Encryption = { readonly known: true; readonly control?: CheckedControl } | Unread;

export type EncryptionControl = {
  readonly id?: string;
  /** EC2's words: monitor, enforce. */
  readonly mode: string;
  /** Such as enforce-in-progress; absent where EC2 does not say. */
  readonly state?: string;
  readonly message?: string;
  /** How far each exclusion that Phoenat needs is: enabling, enabled, disabling, disabled. */
  readonly exclusions: { readonly internetGateway?: string; readonly lambda?: string };
};

export type CheckedControl = EncryptionControl & { readonly types: TypesInTransit };

/** Which of InstanceTypes encrypt what they send to other instances; `unlisted`: of these EC2 says nothing. */
export type TypesInTransit =
  | {
      readonly known: true;
      readonly encrypting: readonly string[];
      readonly plain: readonly string[];
      readonly unlisted: readonly string[];
    }
  | Unread;

export type CallerAccount =
  | { readonly known: true; readonly id: string }
  | { readonly known: false; readonly detail: string };

/** `isDeployed`: the stack asks for Spot already. */
export type Spot = { readonly isDeployed: boolean; readonly role: SpotRole };

/** The service-linked role without which EC2 takes no request for Spot. */
export type SpotRole =
  | { readonly known: true; readonly isThere: boolean }
  | { readonly known: false; readonly detail: string };

/** How many functions that reserve nothing may run at once in the account and Region. */
export type Concurrency =
  | { readonly known: true; readonly limit: number }
  | { readonly known: false; readonly detail: string };

/** Of the whole VPC. */
export type NetworkAcls =
  | { readonly known: true; readonly acls: readonly FoundAcl[] }
  | { readonly known: false; readonly detail: string };

export type FoundAcl = {
  readonly id: string;
  readonly subnetIds: readonly string[];
  readonly inbound: readonly AclEntry[];
};

/** The lower the number, the earlier it is looked at. `isTcp`: it is about TCP, perhaps among others. */
export type AclEntry = {
  readonly number: number;
  readonly isAllowed: boolean;
  readonly isTcp: boolean;
  readonly cidr: string;
  readonly from: number;
  readonly to: number;
};

export type FoundSubnet = Subnet & {
  readonly name?: string;
  readonly freeAddresses: number;
  /** Instances get a public address at launch: the subnet was meant to be public. */
  readonly mapsPublicIp: boolean;
};

export type NatGateway = {
  readonly id: NatGatewayId;
  /** A regional gateway is in no subnet. */
  readonly subnetId?: SubnetId;
  /** One id for all Availability Zones of the VPC. */
  readonly isRegional?: true;
  readonly isPublic: boolean;
  readonly publicIps: readonly string[];
};

export type GatewayEndpoint = { readonly id: string; readonly routeTableIds: readonly RouteTableId[] };

/** A gateway endpoint for S3. Interface endpoints have no part in routing. */
export type S3Endpoint = GatewayEndpoint & {
  /** The policy as JSON text; absent means that everything is allowed. */
  readonly policy?: string;
};

export type ElasticIps = {
  /** Those that count toward the quota. */
  readonly used: number;
  /** The account's quota in the Region; absent where EC2 does not tell. */
  readonly limit?: number;
  /** Why it does not, where the question was refused. */
  readonly limitUnread?: string;
  /** Allocated, and associated with nothing: `eipalloc-…`. */
  readonly unassociated: readonly string[];
  /** From where AWS announces each, by its `eipalloc-…`: the Region, or one of its Local or Wavelength Zones. */
  readonly borderGroups?: Readonly<Record<string, string>>;
};

/** A zone as the template's parameters describe it. */
export type ProposedZone = {
  readonly letter: ZoneLetter;
  readonly publicSubnetId: string;
  readonly privateSubnetIds: readonly string[];
  /** The Elastic IP that a deployed zone was given; without one the stack has allocated its own. */
  readonly allocationId?: string;
};

/** What a launch would take now, for each architecture of the instance types; `problems`: what it would lack. */
export type FoundImages =
  | {
      readonly known: true;
      readonly chosen: readonly FoundImage[];
      readonly problems: readonly { readonly lack: string; readonly fix: string }[];
    }
  | { readonly known: false; readonly detail: string };

export type FoundImage = {
  readonly architecture: Architecture;
  readonly id: string;
  readonly name: string;
  /** AWS has announced its end: it still launches, and there is no newer one. */
  readonly isDeprecated: boolean;
};

/** The stack as CloudFormation has it. */
export type DeployedStack = {
  readonly vpcId: string;
  /** CloudFormation's word, such as UPDATE_COMPLETE. */
  readonly status: string;
  readonly hasClientCidrs: boolean;
  /** A second instance of its single zone: it takes no more zones. */
  readonly hasStandby: boolean;
  /** Its parameter StandIn says that several zones do not stand in for one another. */
  readonly withoutStandIns: boolean;
  readonly hasProbes: boolean;
  /** Its parameter KeepConnections is all. */
  readonly asksClients: boolean;
  /** Its parameter MarketType is spot. */
  readonly asksForSpot: boolean;
  /** Keys of Tags for which Watch=auto has nobody watch. */
  readonly unshownKeys: readonly string[];
  readonly amiSelector: string;
  readonly instanceTypes: readonly string[];
  readonly zones: readonly ProposedZone[];
  readonly topics: readonly TopicOfStack[];
  /** The parameter Tags, as it is written; absent where it is empty. */
  readonly tags?: string;
  readonly natSecurityGroupId?: string;
  /** The controller's function, and the rule that wakes it each minute. */
  readonly functionName?: string;
  readonly scheduleName?: string;
};

/** One of the stack's topics, and the parameter that subscribes an address to it. */
export type TopicOfStack = { readonly arn: string; readonly parameter: 'AlarmEmail' | 'MorningEmail' };
export type AlarmTopic = TopicOfStack & { readonly subscribers: Subscribers };

export type Subscribers =
  | { readonly known: true; readonly confirmed: number; readonly pending: number }
  | { readonly known: false; readonly detail: string };

/** Whether the controller is woken, and whether it may run then. */
export type Wake = {
  readonly functionName: string;
  readonly scheduleName: string;
  readonly schedule:
    | { readonly known: true; readonly state: 'enabled' | 'disabled' | 'not there' }
    | { readonly known: false; readonly detail: string };
  /** Runs that are kept for its function alone, and that it may not exceed; without them it shares the account's. */
  readonly reserved:
    | { readonly known: true; readonly runs?: number }
    | { readonly known: false; readonly detail: string };
};

export type Deployment = Omit<DeployedStack, 'topics'> & {
  /** Absent where it was not asked for. */
  readonly wake?: Wake;
  readonly topics: readonly AlarmTopic[];
  /** Instances and interfaces that carry the stack's tag. */
  readonly ownTargetIds: readonly string[];
};

export type Severity = 'error' | 'warning' | 'note';

/** error: deploying, or what is deployed, does not work so. warning: it works, not as well as it could. */
export type DoctorFinding = {
  readonly severity: Severity;
  /** The id of what the finding is about. */
  readonly resource: string;
  readonly problem: string;
  readonly fix: string;
};

export type Diagnosis = {
  /** Errors first. */
  readonly findings: readonly DoctorFinding[];
  /** As many as can be served, at most as a stack takes; those of the deployed stack as they are. */
  readonly zones: readonly ProposedZone[];
  /** What to type, in words that a shell has yet to be given; empty where no zone can be proposed. */
  readonly command: readonly string[];
  /** Gives each zone that shares a route table one of its own; absent where none does. */
  readonly splitScript?: string;
};
