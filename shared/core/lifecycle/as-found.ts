import type { ZoneView } from '../diagnose/zone-view.ts';
import { leadsToUs } from '../model/own-resources.ts';
import type { RememberedRoute, RouteTable } from '../model/snapshot.ts';
import type { Step } from '../model/step.ts';

/**
 * The private routes as they are before anything is changed, to be written on their tables: what deleting the stack
 * puts back. `isNew`: a note of an earlier stack may be on them and is out of date.
 */
export function noteRoutesAsFound(view: ZoneView, isNew: boolean): Step[] {
  return view.privateTables.flatMap(({ table }): Step[] => {
    const found = asFound(table);
    const isMarked = table.takenOver?.by === view.stack;
    const isNoted =
      table.remembered !== undefined && (!isNew || (isMarked && isSame(table.remembered, found)));
    return isNoted || leadsToUs(table.defaultRoute?.target, view)
      ? []
      : [{ kind: 'note-route-as-found', routeTableId: table.id, found }];
  });
}

/** A route that leads nowhere cannot be put back, as EC2 takes no target that is gone: it is as good as none. */
function asFound({ defaultRoute }: RouteTable): RememberedRoute {
  return defaultRoute === undefined || defaultRoute.state === 'blackhole'
    ? { kind: 'no-route' }
    : defaultRoute.target;
}

function isSame(one: RememberedRoute, other: RememberedRoute): boolean {
  return one.kind === 'no-route' || other.kind === 'no-route' ? one.kind === other.kind : one.id === other.id;
}
