import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { InstanceId, InterfaceId, RouteTableId, SubnetId, ZoneName } from '../model/ids.ts';
import { leadsToUs } from '../model/own-resources.ts';
import { tagKeys } from '../model/tags.ts';

/** A default route to an interface or instance that is not this stack's, in a table that is new to it and bears no mark. */
export type Stranger = {
  readonly zone: ZoneName;
  readonly table: RouteTableId;
  readonly target: InterfaceId | InstanceId;
};

/** An interface of another stack, and the instance that has it. */
export type OwnedByOther = {
  readonly id: InterfaceId;
  readonly attachedTo?: InstanceId;
  readonly stack: string;
};

/**
 * Another stack's mark says that a table is served. It may be missing: a tool removes tags that it does not know, and a
 * table that the subnets were given after the deployment bears none. So it is asked whose interface the route leads to, but
 * only where the table is new to the stack: by a tag that anybody may write nothing is taken from it that it serves.
 */
export function strangersIn(diagnoses: readonly Diagnosis[], served: readonly SubnetId[]): Stranger[] {
  const seen = diagnoses.flatMap(({ zone, view }) => (view === undefined ? [] : [{ zone, view }]));
  return seen.flatMap(({ zone, view }) =>
    view.privateTables.flatMap(({ table, subnetIds }) => {
      const target = table.defaultRoute?.target;
      const isServed = table.takenOver !== undefined || subnetIds.some((id) => served.includes(id));
      return isServed ||
        leadsToUs(target, view) ||
        (target?.kind !== 'interface' && target?.kind !== 'instance')
        ? []
        : [{ zone: zone.name, table: table.id, target: target.id }];
    }),
  );
}

/** What to correct before a deployment takes these routes from the stack that they lead to. */
export function ledToOthers(strangers: readonly Stranger[], owned: readonly OwnedByOther[]): string[] {
  return strangers.flatMap(({ zone, table, target }) => {
    const owner = owned.find(({ id, attachedTo }) => id === target || attachedTo === target);
    return owner === undefined
      ? []
      : [
          `zone ${zone}: the default route of ${table} leads to ${target}, which the stack ${owner.stack} has, says the tag ${tagKeys.stack} of ${owner.id}: take the subnets of ${table} out of one of the two stacks, or remove the tag if ${owner.stack} is gone`,
        ];
  });
}
