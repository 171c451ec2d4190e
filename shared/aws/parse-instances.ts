import type {
  Instance,
  InstanceNetworkInterface,
  InstanceStatus as SdkStatus,
  StateReason,
} from '@aws-sdk/client-ec2';
import { parseId, parseZoneName, type ZoneName } from '../core/ids.ts';
import { quote } from '../core/quote.ts';
import {
  type CheckResult,
  type InstanceStatus,
  instanceStates,
  type NatInstance,
  type NatInterface,
  type ReplaceMark,
  replaceReasons,
  type ScheduledEvent,
} from '../core/snapshot.ts';
import { tagKeys } from '../core/tags.ts';
import type { EpochMs } from '../core/time.ts';
import { flawed, oneOf, type Parsed, tagValue } from './parse-listing.ts';

/** One instance that carries our stack's tag, from DescribeInstances. */
export function parseInstance(raw: Instance): Parsed<NatInstance> {
  const id = parseId('instance', raw.InstanceId);
  const zone = parseZoneName(tagValue(raw.Tags, tagKeys.zone));
  const state = oneOf(instanceStates, raw.State?.Name);
  const imageId = parseId('image', raw.ImageId);
  const architecture = oneOf(['arm64', 'x86_64'] as const, raw.Architecture);
  const launchedAt = raw.LaunchTime?.getTime();
  if (
    id === undefined ||
    zone === undefined ||
    state === undefined ||
    imageId === undefined ||
    architecture === undefined ||
    launchedAt === undefined ||
    raw.InstanceType === undefined
  ) {
    if (state === 'terminated') {
      // EC2 takes the tags off a terminated instance little by little; what is dead and nobody's tells nothing.
      return { ignored: true };
    }
    const name = raw.InstanceId ?? 'an instance';
    return flawed(
      [zone, raw.SubnetId],
      `DescribeInstances: ${name} came without its id, ${tagKeys.zone} tag, state, image, architecture, type or launch time`,
    );
  }
  const primary = primaryInterface(raw);
  const interfaceId = parseId('interface', primary?.NetworkInterfaceId);
  const attachedInterface = primary === undefined ? undefined : parseAttached(primary, zone, raw);
  const vpcId = parseId('vpc', raw.VpcId);
  const subnetId = parseId('subnet', raw.SubnetId);
  const specHash = tagValue(raw.Tags, tagKeys.spec);
  const endedAt = parseEnd(raw.StateTransitionReason, state);
  const endReason = parseEndReason(raw.StateReason, state);
  const replaceMark = parseMark(tagValue(raw.Tags, tagKeys.replace));
  return {
    value: {
      id,
      zone,
      state,
      launchedAt,
      imageId,
      architecture,
      instanceType: raw.InstanceType,
      ...(vpcId === undefined ? {} : { vpcId }),
      ...(subnetId === undefined ? {} : { subnetId }),
      ...(interfaceId === undefined ? {} : { interfaceId }),
      ...(attachedInterface === undefined ? {} : { attachedInterface }),
      ...(specHash === undefined ? {} : { specHash }),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(endReason === undefined ? {} : { endReason }),
      ...(replaceMark === undefined ? {} : { replaceMark }),
    },
  };
}

/** "User initiated (2026-11-23 03:00:05 GMT)": the only place where EC2 says when an instance was ended. */
const transitionTime = /\((\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) GMT\)/;

function parseEnd(reason: string | undefined, state: NatInstance['state']): EpochMs | undefined {
  const [, day, time] = transitionTime.exec(reason ?? '') ?? [];
  const at = Date.parse(`${day}T${time}Z`);
  return state === 'pending' || state === 'running' || Number.isNaN(at) ? undefined : at;
}

/** EC2's message mostly begins with the code. */
function parseEndReason(reason: StateReason | undefined, state: NatInstance['state']): string | undefined {
  const { Code: code, Message: message } = reason ?? {};
  if (state === 'pending' || state === 'running' || (code === undefined && message === undefined)) {
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
  zone: ZoneName,
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
    zone,
    subnetId,
    status: raw.Status ?? 'in-use',
    sourceDestCheck: raw.SourceDestCheck,
    hasOwnPublicAddress: isAmazonOwned(raw.Association?.IpOwnerId),
    ...(attachedTo === undefined ? {} : { attachedTo }),
  };
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
