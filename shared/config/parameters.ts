import type { Settings } from '../core/model/settings.ts';
import { dayMs, secondMs } from '../core/model/time.ts';
import { cidrRange, cidrRanges, domainNames, egressRules, traffic } from './parse-egress.ts';
import { imageChoice, instanceTypes, securityGroups } from './parse-launch.ts';
import { probeTargets } from './parse-probe-targets.ts';
import { tagList } from './parse-tags.ts';
import { zoneList } from './parse-zones.ts';
import {
  oneOf,
  optional,
  type Reader,
  type TemplateType,
  text,
  vpcId,
  wholeNumber,
  zeroIsNone,
} from './readers.ts';
import { type ZoneLetter, zoneLetters } from './zone-letters.ts';

// Every parameter: how the functions read it (`settings`), and what people see of it (`parameterGroups`): group, label,
// what a change does. `template.yaml` says the same in CloudFormation's words, and a test compares the two. Descriptions
// are there alone. No function calls `parameterGroups`, so that words for people are in no bundle: they cost cold start.

/** What a change of a parameter does to a deployed stack; told in sentences by `scripts/configuration.ts`. */
export type Change =
  | 'replaces instances'
  | 'changes client groups'
  | 'changes probes'
  | 'changes probe targets'
  | 'changes filters'
  | 'moves address'
  | 'moves instance'
  | 'moves routes'
  | 'tags new resources'
  | 'changes roles'
  | 'changes functions'
  | 'limits age'
  | 'next run'
  | 'next launch'
  | 'moves metrics'
  | 'allows key'
  | 'deletes logs'
  | 'changes mail'
  | 'changes alarm texts'
  | 'refused';

export type Setting<T> = {
  readonly variable: string;
  /** Absent where the template sets the variable by itself, or from several parameters. */
  readonly parameter?: string;
  readonly takes: Reader<T>;
  /** Stands for an empty variable. */
  readonly fallback?: string;
  /** Belongs to the spec hash: a change replaces the instances. What is in their user data is in the hash with that. */
  readonly isLaunchedWith?: true;
};

type OfParameter = Setting<unknown> & { readonly parameter: string };

const stack = text(/^[A-Za-z0-9-]{1,128}$/, 'the name of the stack, 1 to 128 letters, digits and hyphens');
const account = text(/^\d{12}$/, 'an account id of 12 digits');
const profile = text(
  /^arn:[a-z-]+:iam::\d{12}:instance-profile\/[\w+=,.@/-]+$/,
  'the ARN of an instance profile',
);
const onOrOff = oneOf(['off', 'on']);
const market = oneOf(['on-demand', 'spot']);
const kept = oneOf(['senders', 'all']);
const byItself = oneOf(['auto', 'on', 'off']);
const namespace = text(/^(?!AWS\/)[\w./#:-]{1,255}$/, 'a CloudWatch namespace that does not begin with AWS/');

/** What the functions read, in the order of their error messages and of the spec. */
// biome-ignore format: a row is a line
export const settings = {
  stack: { variable: 'PHOENAT_STACK', takes: stack },
  accountId: { variable: 'PHOENAT_ACCOUNT', takes: optional(account) },
  vpcId: { variable: 'PHOENAT_VPC_ID', parameter: 'VpcId', takes: vpcId },
  clientCidrs: { variable: 'PHOENAT_CLIENT_CIDRS', parameter: 'ClientCidrs', takes: cidrRanges },
  traffic: { variable: 'PHOENAT_TRAFFIC', parameter: 'Traffic', takes: traffic, fallback: 'web' },
  allowList: { variable: 'PHOENAT_EGRESS_ALLOW_LIST', parameter: 'EgressAllowList', takes: egressRules, fallback: '' },
  allowedDomains: { variable: 'PHOENAT_ALLOWED_DOMAINS', parameter: 'AllowedDomains', takes: domainNames, fallback: '' },
  adminCidr: { variable: 'PHOENAT_ADMIN_CIDR', parameter: 'AdminCidr', takes: cidrRange, fallback: '' },
  image: { variable: 'PHOENAT_AMI', parameter: 'AmiSelector', takes: imageChoice, fallback: 'al2023', isLaunchedWith: true },
  instanceTypes: { variable: 'PHOENAT_INSTANCE_TYPES', parameter: 'InstanceTypes', takes: instanceTypes, fallback: 't4g.nano', isLaunchedWith: true },
  marketType: { variable: 'PHOENAT_MARKET_TYPE', parameter: 'MarketType', takes: market, fallback: 'on-demand' },
  securityGroupIds: { variable: 'PHOENAT_SECURITY_GROUPS', takes: securityGroups, isLaunchedWith: true },
  instanceProfileArn: { variable: 'PHOENAT_INSTANCE_PROFILE_ARN', takes: optional(profile), isLaunchedWith: true },
  volumeGiB: { variable: 'PHOENAT_VOLUME_GIB', parameter: 'VolumeGiB', takes: wholeNumber(8, 100), fallback: '8', isLaunchedWith: true },
  maxInstanceAgeMs: { variable: 'PHOENAT_MAX_INSTANCE_AGE_DAYS', parameter: 'MaxInstanceAgeDays', takes: zeroIsNone(wholeNumber(0, 365, dayMs)), fallback: '0' },
  readyTimeoutMs: { variable: 'PHOENAT_READY_TIMEOUT_SECONDS', parameter: 'ReadyTimeoutSeconds', takes: wholeNumber(120, 3600, secondMs), fallback: '600' },
  handOverMs: { variable: 'PHOENAT_HAND_OVER_SECONDS', parameter: 'HandOverSeconds', takes: zeroIsNone(wholeNumber(0, 180, secondMs)), fallback: '60' },
  maxLaunchesPerHour: { variable: 'PHOENAT_MAX_LAUNCHES_PER_HOUR', parameter: 'MaxLaunchesPerHour', takes: wholeNumber(1, 20), fallback: '5' },
  standIn: { variable: 'PHOENAT_STAND_IN', parameter: 'StandIn', takes: onOrOff, fallback: 'on' },
  spareInterface: { variable: 'PHOENAT_SPARE_INTERFACE', parameter: 'SpareInterface', takes: onOrOff, fallback: 'on' },
  flowTable: { variable: 'PHOENAT_FLOW_TABLE', parameter: 'FlowTable', takes: onOrOff, fallback: 'off' },
  keepConnections: { variable: 'PHOENAT_KEEP_CONNECTIONS', parameter: 'KeepConnections', takes: kept, fallback: 'senders' },
  probeTargets: { variable: 'PHOENAT_PROBE_TARGETS', parameter: 'ProbeTargets', takes: probeTargets, fallback: '' },
  watch: { variable: 'PHOENAT_WATCH', parameter: 'Watch', takes: byItself, fallback: 'auto' },
  tags: { variable: 'PHOENAT_TAGS', parameter: 'Tags', takes: tagList, fallback: '' },
  metricNamespace: { variable: 'PHOENAT_METRIC_NAMESPACE', parameter: 'MetricNamespace', takes: namespace, fallback: 'Phoenat' },
  zones: { variable: 'PHOENAT_ZONES', takes: zoneList },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type SpecKey = {
  [K in keyof typeof settings]: (typeof settings)[K] extends { isLaunchedWith: true } ? K : never;
}[keyof typeof settings];

/** What belongs to the spec hash beside the user data. */
export function specOf(wanted: Pick<Settings, SpecKey>): unknown[] {
  const values = new Map<string, unknown>(Object.entries(wanted));
  return Object.entries<Setting<unknown>>(settings).flatMap(([key, { isLaunchedWith }]) =>
    isLaunchedWith === true ? [values.get(key) ?? null] : [],
  );
}

/** The fields of a zone in `PHOENAT_ZONES`, and their parameters, behind `ZoneA`. */
export const zoneFields = {
  publicSubnet: 'PublicSubnet',
  privateSubnets: 'PrivateSubnets',
  allocationId: 'AllocationId',
} as const;

export type Parameter = {
  readonly name: string;
  readonly label: string;
  readonly type: TemplateType;
  /** The template's; undefined: the parameter is required. */
  readonly default: string | undefined;
  readonly change: Change;
  readonly setting?: Setting<unknown>;
};

export type ParameterGroup = { readonly label: string; readonly parameters: readonly Parameter[] };

/** All parameters, in the groups and in the order of CloudFormation's console. */
// biome-ignore format: a row is a line
export function parameterGroups(): readonly ParameterGroup[] {
  return [
    {
      label: 'Network and allowed traffic',
      parameters: [
        read('VPC', settings.vpcId, 'refused'),
        read('Client CIDR ranges', settings.clientCidrs, 'changes filters'),
        { name: 'ClientSecurityGroups', label: 'Client security groups', type: 'CommaDelimitedList', default: '', change: 'changes client groups' },
        read('Allowed traffic', settings.traffic, 'changes filters'),
        read('Allowed destinations', settings.allowList, 'changes filters'),
        read('Allowed domain names', settings.allowedDomains, 'changes filters'),
        read('SSH source CIDR range', settings.adminCidr, 'changes filters'),
      ],
    },
    { label: 'Zone a', parameters: ofZone('a', 'AWS::EC2::Subnet::Id', 'List<AWS::EC2::Subnet::Id>') },
    ...zoneLetters.slice(1).map((letter) => ({
      label: `Zone ${letter} (optional)`,
      parameters: ofZone(letter, 'String', 'CommaDelimitedList', ''),
    })),
    {
      label: 'NAT instances',
      parameters: [
        launchedWith('AMI', settings.image),
        launchedWith('Instance types', settings.instanceTypes, 't4g.nano,t4g.micro'),
        read('Market of the instances', settings.marketType, 'next launch'),
        launchedWith('Root volume size (GiB)', settings.volumeGiB),
        { name: 'VolumeKeyArn', label: 'KMS key ARN of the root volume', type: 'String', default: '', change: 'allows key' },
        read('Maximum instance age (days)', settings.maxInstanceAgeMs, 'limits age'),
        read('Ready time-out (seconds)', settings.readyTimeoutMs, 'next run'),
        read('Hand-over at a shutdown (seconds)', settings.handOverMs, 'replaces instances'),
        read('Maximum launches per zone and hour', settings.maxLaunchesPerHour, 'next run'),
        read('Stand-in of neighbouring zones', settings.standIn, 'replaces instances'),
        { name: 'Standby', label: 'Standby instance of a single zone', type: 'String', default: 'off', change: 'replaces instances' },
        read('Spare network interface', settings.spareInterface, 'next run'),
        read('Flow table of the kernel', settings.flowTable, 'replaces instances'),
        read('Connections kept at a sudden death', settings.keepConnections, 'replaces instances'),
      ],
    },
    {
      label: 'Probes and watches',
      parameters: [
        { name: 'Probe', label: 'Probe in each zone', type: 'String', default: 'on', change: 'changes probes' },
        read('Probe targets', settings.probeTargets, 'changes probe targets'),
        read('Watch of the neighbouring zone', settings.watch, 'replaces instances'),
      ],
    },
    {
      label: 'Tags, permissions and functions',
      parameters: [
        read('Tags', settings.tags, 'tags new resources'),
        { name: 'PermissionsBoundary', label: 'Permissions boundary ARN', type: 'String', default: '', change: 'changes roles' },
        { name: 'Architecture', label: 'Architecture of the functions', type: 'String', default: 'arm64', change: 'changes functions' },
      ],
    },
    {
      label: 'Metrics, logs and alarms',
      parameters: [
        read('Metric namespace', settings.metricNamespace, 'moves metrics'),
        { name: 'LogRetentionDays', label: 'Log retention (days)', type: 'Number', default: '30', change: 'deletes logs' },
        { name: 'AlarmEmail', label: 'Email address for urgent alarms', type: 'String', default: '', change: 'changes mail' },
        { name: 'MorningEmail', label: 'Email address for other alarms', type: 'String', default: '', change: 'changes mail' },
        { name: 'RunbookUrl', label: 'Runbook URL', type: 'String', default: 'docs/operations', change: 'changes alarm texts' },
      ],
    },
  ];
}

function read(label: string, setting: OfParameter & { isLaunchedWith?: never }, change: Change): Parameter {
  return row(label, setting, change);
}

/** `otherDefault`: where the template's default is not what the functions take for an empty variable. */
function launchedWith(
  label: string,
  setting: OfParameter & { isLaunchedWith: true },
  otherDefault?: string,
): Parameter {
  return row(label, setting, 'replaces instances', otherDefault);
}

function row(label: string, setting: OfParameter, change: Change, otherDefault?: string): Parameter {
  const { parameter: name, takes, fallback } = setting;
  return { name, label, type: takes.type, default: otherDefault ?? fallback, change, setting };
}

/** `subnetDefault`: zones b to f may be left out. */
// biome-ignore format: a row is a line
function ofZone(letter: ZoneLetter, subnet: TemplateType, subnets: TemplateType, subnetDefault?: string): readonly Parameter[] {
  const zone = `Zone${letter.toUpperCase()}`;
  return [
    { name: zone + zoneFields.publicSubnet, label: 'Public subnet', type: subnet, default: subnetDefault, change: 'moves instance' },
    { name: zone + zoneFields.privateSubnets, label: 'Private subnets', type: subnets, default: subnetDefault, change: 'moves routes' },
    { name: zone + zoneFields.allocationId, label: 'Elastic IP allocation ID', type: 'String', default: '', change: 'moves address' },
  ];
}
