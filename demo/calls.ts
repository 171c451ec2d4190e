import { isMutating } from '../simulator/ec2/calls.ts';
import type { CallRecord } from '../simulator/ec2/client.ts';
import { fieldAt } from './field-at.ts';
import type { Recording } from './recording.ts';
import type { CallCounts, CallEffect, RecordedCall } from './scenario-result.ts';

/** Every EC2 call since the recording began, in words. */
export function recordedCalls(recording: Recording): RecordedCall[] {
  return recording.calls().map((record) => {
    const { about, effect, detail } = wordsOf(record, recording);
    const zone = about === undefined ? undefined : recording.zoneOf(about);
    return {
      run: recording.runOf(record.clientName),
      call: record.name,
      effect,
      detail,
      sentAtMs: recording.since(record.sentAt),
      outcome: record.outcome,
      ...(zone === undefined ? {} : { zone }),
      ...(record.answeredAt === undefined ? {} : { answeredAtMs: recording.since(record.answeredAt) }),
    };
  });
}

export function countCalls(calls: readonly RecordedCall[]): CallCounts {
  const isFailed = ({ outcome }: RecordedCall) => outcome !== 'ok' && outcome !== 'under way';
  return {
    describe: calls.filter(({ effect }) => effect === 'look').length,
    mutating: calls.filter(({ effect }) => effect !== 'look').length,
    failed: calls.filter(isFailed).length,
  };
}

/** `about`: the resource by which the call's zone is known. */
type Words = { readonly about?: string; readonly effect: CallEffect; readonly detail: string };

function wordsOf(record: CallRecord, recording: Recording): Words {
  const { name } = record;
  if (!isMutating(name)) {
    return { effect: 'look', detail: '' };
  }
  const input = (...path: readonly (string | number)[]) => read(record.input, path);
  switch (name) {
    case 'CreateNetworkInterface':
      return {
        about: input('SubnetId'),
        effect: 'prepare',
        detail: `in ${input('SubnetId')}${madeBy(record, recording)}`,
      };
    case 'ModifyNetworkInterfaceAttribute':
      return {
        about: input('NetworkInterfaceId'),
        effect: 'prepare',
        detail: `${input('NetworkInterfaceId')}: ${changeOfInterface(input)}`,
      };
    case 'AssociateAddress':
      return {
        about: input('AllocationId'),
        effect: 'cutover',
        detail: `${publicIp(input('AllocationId'), recording)} → ${input('NetworkInterfaceId')}`,
      };
    case 'ReplaceRoute':
    case 'CreateRoute':
      return { about: input('RouteTableId'), effect: 'cutover', detail: routeWords(input) };
    case 'RunInstances':
      return launchWords(input, madeBy(record, recording));
    case 'TerminateInstances':
      return { about: input('InstanceIds', 0), effect: 'remove', detail: input('InstanceIds', 0) };
    case 'DeleteNetworkInterface':
      return { about: input('NetworkInterfaceId'), effect: 'remove', detail: input('NetworkInterfaceId') };
    case 'CreateTags':
      return {
        about: input('Resources', 0),
        effect: 'note',
        detail: `${input('Tags', 0, 'Key')} = ${input('Tags', 0, 'Value')} on ${input('Resources', 0)}`,
      };
    default:
      return { about: input('Resources', 0), effect: 'note', detail: input('Resources', 0) };
  }
}

type Input = (...path: readonly (string | number)[]) => string;

function routeWords(input: Input): string {
  const target = input('NetworkInterfaceId') || input('NatGatewayId') || input('InstanceId');
  return `${input('RouteTableId')}: ${input('DestinationCidrBlock')} → ${target}`;
}

function launchWords(input: Input, made: string): Words {
  const interfaceId = input('NetworkInterfaces', 0, 'NetworkInterfaceId');
  const subnetId = input('NetworkInterfaces', 0, 'SubnetId');
  const where = interfaceId === '' ? `in ${subnetId}` : `on ${interfaceId}`;
  const what = `${input('InstanceType')} from ${input('ImageId')} ${where}`;
  return {
    about: interfaceId || subnetId,
    effect: 'launch',
    detail: `${what}${made}`,
  };
}

/** What EC2 made for this token. The log of calls holds no answers, but the simulated EC2 knows its tokens. */
function madeBy(record: CallRecord, recording: Recording): string {
  const token = tokenOf(record);
  const made = [...recording.harness.sim.region.tokens].find(([key]) => key.endsWith(` ${token}`));
  if (made === undefined || record.outcome !== 'ok') {
    return '';
  }
  const first = recording.calls().find((other) => tokenOf(other) === token && other.outcome === 'ok');
  return ` → ${made[1].resourceId}${first === record ? '' : ' (same token)'}`;
}

function tokenOf({ input }: CallRecord): string {
  return read(input, ['ClientToken']);
}

function publicIp(allocationId: string, recording: Recording): string {
  const zone = recording.harness.topology.zones.find((candidate) => candidate.allocationId === allocationId);
  return zone?.publicIp ?? allocationId;
}

/** One value of a call's input as text; empty where the input has no such thing. */
function read(input: object, path: readonly (string | number)[]): string {
  const value = fieldAt(input, path);
  return value === undefined || value === null ? '' : String(value);
}

function changeOfInterface(input: (...path: readonly (string | number)[]) => string): string {
  if (input('Groups', 0) !== '') {
    return `back into ${input('Groups', 0)}`;
  }
  return input('SourceDestCheck', 'Value') === '' ? 'own address given up' : 'source/dest. check off';
}
