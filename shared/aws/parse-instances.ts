import type {
  GroupIdentifier,
  Instance,
  InstanceNetworkInterface,
  InstanceStatus as SdkStatus,
  StateReason,
} from '@aws-sdk/client-ec2';
import { isAddress } from '../config/cidr.ts';
import { type InstanceId, parseId, type ZoneName } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import {
  type CheckResult,
  type InstanceStatus,
  instanceStates,
  type NatInstance,
  type NatInterface,
  type ReplaceMark,
  replaceReasons,
  type ScheduledEvent,
} from '../core/model/snapshot.ts';
import { tagKeys } from '../core/model/tags.ts';
import type { EpochMs } from '../core/model/time.ts';
import { parseTimes, renderTimes } from './noted-times.ts';
import { flawed, oneOf, type Parsed, tagValue } from './parse-listing.ts';
import { parseWatched } from './parse-watched.ts';
import { zoneOf } from './zone-of.ts';

/** One instance that carries our stack's tag, from DescribeInstances. */
export function parseInstance(raw: Instance, zones: readonly ZoneSettings[]): Parsed<NatInstance> {
  const id = parseId('instance', raw.InstanceId);
  const zoneTag = tagValue(raw.Tags, tagKeys.zone);
  const zone = zoneOf(zoneTag, raw.SubnetId, zones);
  const state = oneOf(instanceStates, raw.State?.Name);
  const imageId = parseId('image', raw.ImageId);
  const architecture = oneOf(['arm64', 'x86_64'] as const, raw.Architecture);
  const launchedAt = raw.LaunchTime?.getTime();
  if (
    id === undefined ||
    state === undefined ||
    (zone === undefined && state === 'terminated') ||
    imageId === undefined ||
    architecture === undefined ||
    launchedAt === undefined ||
    raw.InstanceType === undefined
  ) {
    if (state === 'terminated') {
      // EC2 takes the tags off a terminated instance little by little; one without our tag tells nothing.
      return { ignored: true };
    }
    const name = raw.InstanceId ?? 'an instance';
    return flawed(
      [zone, raw.SubnetId],
      `DescribeInstances: ${name} came without its id, state, image, architecture, type or launch time`,
    );
  }
  const primary = primaryInterface(raw);
  const interfaceId = parseId('interface', primary?.NetworkInterfaceId);
  const attachedInterface = primary === undefined ? undefined : parseAttached(primary, zone, raw);
  const vpcId = parseId('vpc', raw.VpcId);
  const subnetId = parseId('subnet', raw.SubnetId);
  const specHash = tagValue(raw.Tags, tagKeys.spec);
  const others = tagValue(raw.Tags, tagKeys.others);
  return {
    value: {
      id,
      state,
      launchedAt,
      imageId,
      architecture,
      instanceType: raw.InstanceType,
      // EC2 leaves the field out for what runs on demand.
      ...(raw.InstanceLifecycle === 'spot' ? { spot: true } : {}),
      ...zoneParts(id, state, zoneTag, zone),
      ...(vpcId === undefined ? {} : { vpcId }),
      ...(subnetId === undefined ? {} : { subnetId }),
      ...(interfaceId === undefined ? {} : { interfaceId }),
      ...(primary?.PrivateIpAddress === undefined ? {} : { privateIp: primary.PrivateIpAddress }),
      ...(attachedInterface === undefined ? {} : { attachedInterface }),
      ...(specHash === undefined ? {} : { specHash }),
      ...(others === undefined ? {} : { others }),
      ...endParts(raw, state),
      ...noteParts(raw),
    },
  };
}

function zoneParts(
  id: InstanceId,
  state: NatInstance['state'],
  tag: string | undefined,
  zone: ZoneName | undefined,
): Pick<NatInstance, 'zone' | 'oddTags'> {
  // EC2 takes a terminated instance's tags little by little.
  const isOdd = (tag === undefined || tag !== zone) && state !== 'terminated';
  return {
    ...(zone === undefined ? {} : { zone }),
    ...(isOdd ? { oddTags: [oddZone(id, tag, zone)] } : {}),
  };
}

function noteParts({
  Tags,
}: Instance): Pick<NatInstance, 'replaceMark' | 'putBackAt' | 'moveRefused' | 'watches'> {
  const replaceMark = parseMark(tagValue(Tags, tagKeys.replace));
  const moveRefused = parseRefusedMove(tagValue(Tags, tagKeys.moveRefused));
  const putBackAt = parseTimes(tagValue(Tags, tagKeys.putBack));
  const watches = parseWatched(tagValue(Tags, tagKeys.watch));
  return {
    ...(replaceMark === undefined ? {} : { replaceMark }),
    ...(putBackAt.length === 0 ? {} : { putBackAt }),
    ...(moveRefused === undefined ? {} : { moveRefused }),
    ...(watches === undefined ? {} : { watches }),
  };
}

function endParts(raw: Instance, state: NatInstance['state']): Pick<NatInstance, 'endedAt' | 'endReason'> {
  const endedAt = parseEnd(raw.StateTransitionReason);
  const endReason = parseEndReason(raw.StateReason);
  return state === 'pending' || state === 'running'
    ? {}
    : {
        ...(endedAt === undefined ? {} : { endedAt }),
        ...(endReason === undefined ? {} : { endReason }),
      };
}

/** "User initiated (2026-11-23 03:00:05 GMT)": the only place where EC2 says when an instance was ended. */
const transitionTime = /\((\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) GMT\)/;

function parseEnd(reason: string | undefined): EpochMs | undefined {
  const [, day, time] = transitionTime.exec(reason ?? '') ?? [];
  const at = Date.parse(`${day}T${time}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** EC2's message mostly begins with the code. */
function parseEndReason(reason: StateReason | undefined): string | undefined {
  const { Code: code, Message: message } = reason ?? {};
  if (code === undefined && message === undefined) {
    return undefined;
  }
  const text =
    message?.startsWith(code ?? '') === true ? message : `${code ?? ''}: ${message ?? 'no message'}`;
  return quote(text);
}

function primaryInterface(raw: Instance): InstanceNetworkInterface | undefined {
  return raw.NetworkInterfaces?.find((entry) => entry.Attachment?.DeviceIndex === 0);
}

function parseAttached(
  raw: InstanceNetworkInterface,
  zone: ZoneName | undefined,
  instance: Instance,
): NatInterface | undefined {
  const id = parseId('interface', raw.NetworkInterfaceId);
  const subnetId = parseId('subnet', raw.SubnetId);
  const attachedTo = parseId('instance', instance.InstanceId);
  if (id === undefined || subnetId === undefined || raw.SourceDestCheck === undefined) {
    return undefined;
  }
  return {
    id,
    subnetId,
    ...(zone === undefined ? {} : { zone }),
    status: raw.Status ?? 'in-use',
    sourceDestCheck: raw.SourceDestCheck,
    ...parseGroups(raw.Groups),
    ...parseSecondaryIps(raw.PrivateIpAddresses),
    hasOwnPublicAddress: isAmazonOwned(raw.Association?.IpOwnerId),
    ...(attachedTo === undefined ? {} : { attachedTo }),
  };
}

/** Every interface is in at least one group: an empty list says nothing. */
export function parseGroups(
  groups: readonly GroupIdentifier[] | undefined,
): Pick<NatInterface, 'securityGroupIds'> {
  const securityGroupIds = (groups ?? []).flatMap(({ GroupId }) => parseId('securityGroup', GroupId) ?? []);
  return securityGroupIds.length === 0 ? {} : { securityGroupIds };
}

type PrivateAddress = {
  readonly Primary?: boolean | undefined;
  readonly PrivateIpAddress?: string | undefined;
};

/** Every interface has a primary one: an empty list says nothing. */
export function parseSecondaryIps(
  addresses: readonly PrivateAddress[] | undefined,
): Pick<NatInterface, 'secondaryIps'> {
  const others = (addresses ?? []).filter(({ Primary }) => Primary !== true);
  const secondaryIps = others.flatMap(({ PrivateIpAddress: ip = '' }) => (isAddress(ip) ? [ip] : []));
  return (addresses ?? []).length === 0 ? {} : { secondaryIps };
}

function oddZone(id: string, tag: string | undefined, zone: ZoneName | undefined): string {
  const says = tag === undefined ? `has no tag ${tagKeys.zone}` : `has ${tagKeys.zone} "${quote(tag, 64)}"`;
  return zone === undefined || zone === tag
    ? `${id} ${says}, and is in no zone of this stack: tag it, or terminate it`
    : `${id} ${says}, and counts for zone ${zone} by its subnet: tag it, or rebuild the zone`;
}

/** An address that EC2 assigned at launch belongs to `amazon`, an Elastic IP to the account. */
export function isAmazonOwned(ipOwnerId: string | undefined): boolean {
  return ipOwnerId === 'amazon';
}

/** The tag's value: "rebuild 2026-11-23T03:00:00.000Z". An unreadable mark still marks: somebody meant it. */
function parseMark(raw: string | undefined): ReplaceMark | undefined {
  if (raw === undefined) {
    return undefined;
  }
  const [reason, at] = raw.split(' ');
  const time = Date.parse(at ?? '');
  return { reason: oneOf(replaceReasons, reason) ?? 'rebuild', at: Number.isNaN(time) ? 0 : time };
}

export function renderMark(mark: ReplaceMark): string {
  return `${mark.reason} ${new Date(mark.at).toISOString()}`;
}

/** The tag's value: "eipalloc-0123456789abcdef0 UnauthorizedOperation 1795401703 1795401600". */
function parseRefusedMove(raw: string | undefined): NatInstance['moveRefused'] {
  const [id, code = '', ...rest] = raw?.split(' ') ?? [];
  const of = parseId('routeTable', id) ?? parseId('allocation', id);
  const at = parseTimes(rest.join(' '));
  return of === undefined || !errorCode.test(code) || at.length === 0 ? undefined : { of, code, at };
}

/** A tag's value takes fewer characters than an error's code might have. */
const errorCode = /^[\w.]{1,64}$/;

export function renderRefusedMove({ of, code, at }: NatInstance['moveRefused'] & {}): string {
  const known = code.replaceAll(/[^\w.]/g, '').slice(0, 64);
  return `${of} ${known === '' ? 'unknown' : known} ${renderTimes(at)}`;
}

const checkResults = ['ok', 'impaired', 'initializing', 'insufficient-data', 'not-applicable'] as const;

/** One entry of DescribeInstanceStatus. */
export function parseStatus(raw: SdkStatus): Parsed<InstanceStatus> {
  const instanceId = parseId('instance', raw.InstanceId);
  const system = oneOf(checkResults, raw.SystemStatus?.Status);
  const instance = oneOf(checkResults, raw.InstanceStatus?.Status);
  if (instanceId === undefined || system === undefined || instance === undefined) {
    return flawed(
      [raw.InstanceId],
      `DescribeInstanceStatus: ${raw.InstanceId ?? 'an instance'} came without its id or the result of a check`,
    );
  }
  const attachedEbs: CheckResult | undefined = oneOf(checkResults, raw.AttachedEbsStatus?.Status);
  const impairedSince = firstImpaired([raw.SystemStatus, raw.InstanceStatus]);
  return {
    value: {
      instanceId,
      system,
      instance,
      events: (raw.Events ?? []).flatMap(parseEvent),
      ...(impairedSince === undefined ? {} : { impairedSince }),
      ...(attachedEbs === undefined ? {} : { attachedEbs }),
    },
  };
}

/** Of the two checks without which nothing is forwarded. */
function firstImpaired(checks: readonly SdkStatus['SystemStatus'][]): EpochMs | undefined {
  const since = checks
    .filter((check) => check?.Status === 'impaired')
    .flatMap((check) => check?.Details ?? [])
    .flatMap(({ ImpairedSince }) => ImpairedSince?.getTime() ?? []);
  return since.length === 0 ? undefined : Math.min(...since);
}

/** Finished events stay listed for up to a week, marked so in their description. */
function parseEvent(raw: NonNullable<SdkStatus['Events']>[number]): ScheduledEvent[] {
  const isOver = /^\[(Completed|Canceled)\]/.test(raw.Description ?? '');
  if (isOver || raw.Code === undefined) {
    return [];
  }
  const notBefore = raw.NotBefore?.getTime();
  return [{ code: raw.Code, ...(notBefore === undefined ? {} : { notBefore }) }];
}
