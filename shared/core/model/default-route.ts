import type { NatInstance, RouteTable } from './snapshot.ts';
import type { Step } from './step.ts';

type RouteStep = Extract<Step, { kind: 'set-default-route' }>;

/** The step that leads a table's default route there, whether or not the table has one. */
export function pointDefaultRoute({ id, defaultRoute }: RouteTable, to: RouteStep['to']): RouteStep {
  return { kind: 'set-default-route', routeTableId: id, exists: defaultRoute !== undefined, to };
}

export function leadsTo({ defaultRoute }: RouteTable, { id, interfaceId }: NatInstance): boolean {
  const target = defaultRoute?.target.id;
  return target !== undefined && (target === interfaceId || target === id);
}
