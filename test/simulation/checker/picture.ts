import type {
  AddressRecord,
  InstanceRecord,
  InterfaceRecord,
  RouteTableRecord,
} from '../../../simulator/ec2/records.ts';
import type { Lookup, Store } from '../../../simulator/ec2/store.ts';

type Records<R> = ReadonlyMap<string, R>;

/** The account at one moment, as it is and not as Describe calls show it: everything that a call of ours can change. */
export type Picture = {
  readonly instances: Records<InstanceRecord>;
  readonly interfaces: Records<InterfaceRecord>;
  readonly addresses: Records<AddressRecord>;
  readonly routeTables: Records<RouteTableRecord>;
  /** What no call of ours has any business with; their records must stay the very same. */
  readonly rest: Records<object>;
};

export function takePicture(store: Store): Picture {
  return {
    instances: byId(store.instances.current),
    interfaces: byId(store.interfaces.current),
    addresses: byId(store.addresses.current),
    routeTables: byId(store.routeTables.current),
    rest: new Map<string, object>([
      ...byId(store.subnets.current),
      ...byId(store.vpcs.current),
      ...byId(store.securityGroups.current),
      ...byId(store.natGateways.current),
    ]),
  };
}

function byId<R extends { readonly id: string }>(table: Lookup<R>): Records<R> {
  return new Map(table.all().map((record) => [record.id, record]));
}

/** A record that differs between two pictures; records are never changed in place. */
export type Change<R> = {
  readonly id: string;
  readonly before: R | undefined;
  readonly after: R | undefined;
};

export function changesBetween<R>(before: Records<R>, after: Records<R>): Change<R>[] {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids]
    .map((id) => ({ id, before: before.get(id), after: after.get(id) }))
    .filter((change) => change.before !== change.after);
}
