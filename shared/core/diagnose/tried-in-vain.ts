import type { NatInstance, RouteTable } from '../model/snapshot.ts';
import type { ZoneView } from './zone-view.ts';

export function leadsTo({ defaultRoute }: RouteTable, { id, interfaceId }: NatInstance): boolean {
  const target = defaultRoute?.target.id;
  return target !== undefined && (target === interfaceId || target === id);
}

/** Nothing passed through this instance when it had taken the table's route over, and the route was led back. */
export function tookInVain({ takenOver }: RouteTable, { id, launchedAt }: NatInstance): boolean {
  const { ledBack } = takenOver ?? {};
  return (
    ledBack !== undefined && (ledBack.from === undefined ? launchedAt <= ledBack.at : ledBack.from === id)
  );
}

/** The tables that were led back from an instance, and lead elsewhere still; and those that lead to it all the same. */
export function triedInVain(
  { privateTables, stack }: ZoneView,
  instance: NatInstance,
): { readonly back: readonly RouteTable[]; readonly left: readonly RouteTable[] } {
  const tables = privateTables.map(({ table }) => table);
  const isOurs = ({ takenOver }: RouteTable) => takenOver?.by === stack;
  return {
    back: tables.filter(
      (table) => isOurs(table) && tookInVain(table, instance) && isActive(table) && !leadsTo(table, instance),
    ),
    left: tables.filter((table) => leadsTo(table, instance)),
  };
}

function isActive({ defaultRoute }: RouteTable): boolean {
  return defaultRoute?.state === 'active';
}
