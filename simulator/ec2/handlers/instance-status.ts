import type { InstanceStatus, InstanceStatusSummary } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import type { EpochMs } from '../../../shared/core/model/time.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import type { InstanceRecord } from '../records.ts';
import { availabilityZoneIn, type Region } from '../region.ts';
import { type PagedKind, pageOf, refuseIdsWithPages, selectAsked } from './describe.ts';
import { ec2State, listedIn, namedInstances } from './instances.ts';

const kind: PagedKind<InstanceRecord> = {
  call: 'DescribeInstanceStatus',
  ...namedInstances,
  fields: { 'instance-state-name': (instance) => [instance.state] },
  tagsOf: () => ({}),
};

/** Only running instances, unless IncludeAllInstances is set. */
export function describeInstanceStatus(
  region: Region,
  input: Ec2Input<'DescribeInstanceStatus'>,
): Ec2Output<'DescribeInstanceStatus'> {
  allowOnly(kind.call, input, ['InstanceIds', 'IncludeAllInstances', 'Filters', 'MaxResults', 'NextToken']);
  const asked = { ...input, ids: input.InstanceIds };
  refuseIdsWithPages(kind.idsParameter, asked);
  if ((input.InstanceIds?.length ?? 0) > 100) {
    throw awsError('InvalidParameterValue', 'At most 100 instance IDs can be specified');
  }
  const listed = listedIn(region, region.store.view('described'));
  const found = selectAsked(kind, listed, asked).filter(
    (instance) => input.IncludeAllInstances === true || instance.state === 'running',
  );
  const { items, ...next } = pageOf(region, found, input);
  return { InstanceStatuses: items.map((instance) => describeStatus(region, instance)), ...next };
}

function describeStatus(region: Region, instance: InstanceRecord): InstanceStatus {
  return {
    AvailabilityZone: availabilityZoneIn(region, instance.launch.availabilityZone),
    InstanceId: instance.id,
    InstanceState: ec2State(instance.state),
    SystemStatus: checkOf(region, instance, 'system'),
    InstanceStatus: checkOf(region, instance, 'instance'),
    AttachedEbsStatus: checkOf(region, instance, 'attached-ebs'),
    Events: instance.scheduledEvents.map((event) => ({
      InstanceEventId: event.id,
      Code: event.code,
      Description: event.description,
      NotBefore: new Date(event.notBefore),
    })),
  };
}

/**
 * A status check's answer: `initializing` at first, then what was true when it last ran. The instance check is an ARP
 * request to the primary interface: a host that is lost fails it too, broken forwarding does not.
 */
function checkOf(
  region: Region,
  instance: InstanceRecord,
  check: 'instance' | 'system' | 'attached-ebs',
): InstanceStatusSummary {
  if (instance.state !== 'running' || instance.runningSince === undefined) {
    return { Status: 'not-applicable' };
  }
  const ranAt = lastRun(region, instance.runningSince);
  if (ranAt === undefined)
    return { Status: 'initializing', Details: [{ Name: 'reachability', Status: 'initializing' }] };
  const failing = instance.impairments.find(
    (impairment) =>
      (impairment.check === check || (impairment.check === 'system' && check === 'instance')) &&
      impairment.from <= ranAt &&
      (impairment.to === undefined || ranAt < impairment.to),
  );
  if (failing === undefined) return { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] };
  const ImpairedSince = new Date(failing.from);
  return { Status: 'impaired', Details: [{ Name: 'reachability', Status: 'failed', ImpairedSince }] };
}

function lastRun(region: Region, runningSince: EpochMs): EpochMs | undefined {
  const { statusInitializingMs, statusCadenceMs } = region.behaviour;
  const firstAt = runningSince + statusInitializingMs;
  const sinceFirstMs = region.clock.now() - firstAt;
  return sinceFirstMs < 0
    ? undefined
    : firstAt + Math.floor(sinceFirstMs / statusCadenceMs) * statusCadenceMs;
}
