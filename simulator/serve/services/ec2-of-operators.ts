import type { InstanceState } from '../../../shared/core/model/snapshot.ts';
import { awsError, NotSimulated } from '../../ec2/aws-error.ts';
import { allowOnly } from '../../ec2/calls.ts';
import { ec2State } from '../../ec2/handlers/instances.ts';
import * as operator from '../../ec2/operator.ts';
import type { InstanceRecord } from '../../ec2/records.ts';
import type { Region } from '../../ec2/region.ts';
import { findInstance, onlyInterfaceOf } from '../../ec2/resources.ts';
import type { Operation } from './service.ts';

type Input = Readonly<Record<string, unknown>>;

/** EC2 calls that no program of Phoenat's makes: with these people break things, and look. */
export const operatorsCalls: Readonly<Record<string, Operation>> = {
  StopInstances: ofRegion((region, input) => {
    allowOnly('StopInstances', input, ['InstanceIds']);
    return { StoppingInstances: changed(region, input, ['running', 'stopping', 'stopped'], stop) };
  }),
  StartInstances: ofRegion((region, input) => {
    allowOnly('StartInstances', input, ['InstanceIds']);
    return { StartingInstances: changed(region, input, ['stopped', 'pending', 'running'], start) };
  }),
  RebootInstances: ofRegion((region, input) => {
    allowOnly('RebootInstances', input, ['InstanceIds']);
    changed(region, input, ['running'], ({ id }) => operator.rebootInstance(region, id));
    return {};
  }),
  ModifyInstanceAttribute: ofRegion(modifyInstanceAttribute),
  DescribeTags: ofRegion(describeTags),
};

/** Such a call takes a moment, as the others do, and takes effect at its end. */
function ofRegion(act: (region: Region, input: Input) => object): Operation {
  return async ({ harness }, { input }) => {
    const { region } = harness.sim;
    await harness.clock.sleep(
      region.random.between('latency of an operator', region.behaviour.latency.mutate),
    );
    return act(region, input as Input);
  };
}

/** All of them or none: one that is in another state fails the whole call. */
function changed(
  region: Region,
  { InstanceIds }: Input,
  states: readonly InstanceState[],
  act: (instance: InstanceRecord, region: Region) => void,
): object[] {
  const ids: readonly unknown[] = Array.isArray(InstanceIds) ? InstanceIds : [];
  if (ids.length === 0) {
    throw awsError('MissingParameter', 'The request must contain the parameter instancesSet');
  }
  const instances = ids.map((id) => findInstance(region, String(id)));
  for (const { id, state } of instances) {
    if (!states.includes(state)) {
      throw awsError(
        'IncorrectInstanceState',
        `The instance '${id}' is not in a state from which this can be done: it is ${state}.`,
      );
    }
  }
  return instances.map((instance) => {
    act(instance, region);
    const now = region.store.instances.current.get(instance.id)?.state ?? instance.state;
    const states = { PreviousState: ec2State(instance.state), CurrentState: ec2State(now) };
    return { InstanceId: instance.id, ...states };
  });
}

function stop({ id, state, launch }: InstanceRecord, region: Region): void {
  if (launch.spot) {
    throw awsError(
      'UnsupportedOperation',
      `You can't stop the Spot Instance '${id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
    );
  }
  if (state === 'running') operator.stopInstance(region, id);
}

function start({ id, state }: InstanceRecord, region: Region): void {
  if (state === 'stopped') operator.startInstance(region, id);
}

/** Of the attributes the one that a NAT instance lives by. */
function modifyInstanceAttribute(region: Region, input: Input): object {
  allowOnly('ModifyInstanceAttribute', input, ['InstanceId', 'SourceDestCheck']);
  const { id } = findInstance(region, textOf(input['InstanceId']));
  const value: unknown = Reflect.get(Object(input['SourceDestCheck']), 'Value');
  if (typeof value !== 'boolean') {
    throw awsError('InvalidParameterCombination', 'No attributes specified.');
  }
  operator.setSourceDestCheck(region, onlyInterfaceOf(region, id).id, value);
  return {};
}

/** In the order in which the account has its resources; what is terminated has lost them. */
function describeTags(region: Region, input: Input): object {
  allowOnly('DescribeTags', input, ['Filters']);
  const { instances, interfaces, addresses, routeTables } = region.store.view('described');
  const kinds = [
    ['instance', instances],
    ['network-interface', interfaces],
    ['elastic-ip', addresses],
    ['route-table', routeTables],
  ] as const;
  const all = kinds.flatMap(([ResourceType, records]) =>
    records
      .all()
      .flatMap(({ id, tags }) =>
        Object.entries(tags).map(([Key, Value]) => ({ ResourceId: id, ResourceType, Key, Value })),
      ),
  );
  const filters: readonly unknown[] = Array.isArray(input['Filters']) ? input['Filters'] : [];
  return { Tags: all.filter((tag) => filters.every((filter) => fitsTag(tag, Object(filter)))) };
}

type Tag = {
  readonly ResourceId: string;
  readonly ResourceType: string;
  readonly Key: string;
  readonly Value: string;
};

function fitsTag(
  tag: Tag,
  { Name, Values }: { readonly Name?: string; readonly Values?: readonly string[] },
): boolean {
  const fields = new Map([
    ['key', tag.Key],
    ['value', tag.Value],
    ['resource-id', tag.ResourceId],
    ['resource-type', tag.ResourceType],
  ]);
  const field = fields.get(Name ?? '');
  if (field === undefined) throw new NotSimulated(`DescribeTags: the filter ${Name} is not simulated`);
  return Values?.includes(field) ?? false;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
