import { tagKeys } from '../../../shared/core/model/tags.ts';
import { routeState } from '../../../simulator/ec2/handlers/routes.ts';
import type { RouteTableRecord, RouteTargetRecord } from '../../../simulator/ec2/records.ts';
import { noResponse, type StackAnswer } from '../../../simulator/harness/stack-harness.ts';
import type { Play } from './play.ts';

/** Where each private table's default route led before the stack was created. */
export type RoutesAsFound = ReadonlyMap<string, RouteTargetRecord | undefined>;

export function noteRoutes(play: Play): RoutesAsFound {
  const { topology, sim } = play.harness;
  return new Map(
    topology.zones
      .flatMap(({ privateRouteTableIds }) => privateRouteTableIds)
      .map((id) => [id, defaultTarget(sim.region.store.routeTables.current.get(id))]),
  );
}

function defaultTarget(table: RouteTableRecord | undefined): RouteTargetRecord | undefined {
  return table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
}

/**
 * Deleting the stack leaves no instance or interface, and the routes as they were found. Where it fails, it says why, and
 * the next try succeeds.
 */
export function deletionLeavesNothing(
  answers: readonly StackAnswer[],
  play: Play,
  asFound: RoutesAsFound,
): string | undefined {
  const silent = answers.find(
    ({ Status, Reason }) => Status === 'FAILED' && !/: \S/.test(Reason ?? '') && !isOfTheKilled(Reason, play),
  );
  if (silent !== undefined) return `it failed and did not say why: ${silent.Reason}`;
  const last = answers.at(-1);
  return last?.Status === 'SUCCESS' ? leftIn(play, asFound, last.Reason ?? '') : `it failed: ${last?.Reason}`;
}

/** CloudFormation alone speaks where Lambda has killed the invocation and both its repetitions. */
function isOfTheKilled(reason: string | undefined, { stack, harness }: Play): boolean {
  const isKilled = (name: string) =>
    harness.sim.calls.some(({ clientName, outcome }) => clientName === name && outcome === 'crashed');
  return reason?.startsWith(noResponse) === true && stack.invocations.filter(isKilled).length >= 3;
}

/** What a person has changed in the meantime cannot be as it was found; it must not lead to what is gone. */
function leftIn(play: Play, asFound: RoutesAsFound, warning: string): string | undefined {
  const { harness } = play;
  const { store } = harness.sim.region;
  const [instance] = play.ourInstances();
  if (instance !== undefined) return `${instance.id} is ${instance.state}`;
  const isOurs = (tags: Readonly<Record<string, string>>) => tags[tagKeys.stack] === harness.settings.stack;
  const networkInterface = store.interfaces.current.all().find(({ tags }) => isOurs(tags));
  if (networkInterface !== undefined) return `${networkInterface.id} is left`;
  const view = store.view('current');
  for (const [id, found] of asFound) {
    const target = defaultTarget(store.routeTables.current.get(id));
    const isSame = JSON.stringify(target) === JSON.stringify(found);
    const isByHand = play.tablesChangedByHand.has(id);
    if (!isSame && !isByHand)
      return `the default route of ${id} leads to ${nameOf(target)}, not ${nameOf(found)}`;
    if (isByHand && target !== undefined && routeState(view, target) === 'blackhole') {
      return `the default route of ${id} is a blackhole`;
    }
  }
  const noted = [...store.addresses.current.all(), ...store.routeTables.current.all()].find(
    ({ id, tags }) => !warning.includes(id) && Object.keys(tags).some((key) => key.startsWith('phoenat:')),
  );
  return noted && `${noted.id} still has a tag of ours`;
}

function nameOf(target: RouteTargetRecord | undefined): string {
  if (target === undefined) return 'nothing';
  return target.kind === 'local' ? 'local' : target.id;
}
