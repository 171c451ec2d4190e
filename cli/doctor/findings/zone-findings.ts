import { shownKeys } from '../../../shared/config/choose-watch.ts';
import { zoneLetters } from '../../../shared/config/zone-letters.ts';
import { typeCommand } from '../../../shared/core/model/type-command.ts';
import type { DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';
import { isPublic, nameSubnets, type SubnetView } from '../network-view.ts';
import type { Proposal } from '../propose-zones.ts';

/** What the proposal does with subnets that do not fit it plainly. */
export function proposalFindings(
  views: readonly SubnetView[],
  { vpc, deployment, stack }: Inventory,
  proposal: Proposal,
): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  const { acrossZones, leftIsolated, zones, keptOut, narrow } = proposal;
  if (acrossZones.length > 0) {
    findings.push({
      severity: 'note',
      resource: vpc.id,
      problem: `${nameSubnets(acrossZones)} would be served from another Availability Zone: traffic between zones costs 0.01 USD per GB each way, and fails with the other zone.`,
      fix: 'Create a public subnet in their own Availability Zone, for up to six zones.',
    });
  }
  for (const { availabilityZone, wanted, publicSubnets, privateTables } of narrow) {
    findings.push({
      severity: 'note',
      resource: availabilityZone,
      problem: `For ${wanted} zones more it has ${publicSubnets} public ${publicSubnets === 1 ? 'subnet' : 'subnets'} and ${privateTables} private route ${privateTables === 1 ? 'table' : 'tables'} that no zone names yet.`,
      fix: 'Create a public subnet for each zone, of which a /28 is enough, and a route table for the private subnets of each; or ask for fewer (--lanes).',
    });
  }
  const places = new Set(zones.map(({ publicSubnetId }) => placeOf(publicSubnetId, views)));
  const [only] = places;
  if (zones.length > 1 && places.size === 1 && only !== undefined) {
    findings.push({
      severity: 'note',
      resource: vpc.id,
      problem: `All ${zones.length} zones are in ${only}, and offline together if that fails: none is left to stand in for another.`,
      fix: 'Give another Availability Zone a zone too, if the private subnets are not all in this one for a reason.',
    });
  }
  if (leftIsolated.length > 0) {
    findings.push({
      severity: 'note',
      resource: vpc.id,
      problem: `${nameSubnets(leftIsolated)} have no default route while others beside them do, and are left out of the command.`,
      fix: 'Leave them out if they are to stay without internet; otherwise add them to the private subnets of their zone.',
    });
  }
  if (keptOut.length > 0) {
    findings.push({
      severity: 'note',
      resource: stack,
      problem: `${stack} has a standby, which is for a single zone: ${keptOut.join(', ')} could have a zone too, and the command names none.`,
      fix: 'To add one, deploy with its subnets, Standby=off and StandIn=on: the zones then stand in for each other.',
    });
  }
  findings.push(...neighbourFindings(zones, deployment, stack));
  const unplaced = views
    .filter(isPublic)
    .filter(({ subnet }) => !hasZone(subnet.availabilityZone, views, zones));
  const beyond = new Set(unplaced.map(({ subnet }) => subnet.availabilityZone));
  if (zones.length === zoneLetters.length && beyond.size > 0) {
    findings.push({
      severity: 'note',
      resource: vpc.id,
      problem: `A stack serves ${zoneLetters.length} zones; ${[...beyond].join(', ')} would have none of its own.`,
      fix: 'Deploy another stack for the rest, with its own name (--stack).',
    });
  }
  const served = new Set(zones.flatMap(({ privateSubnetIds }) => privateSubnetIds));
  const unserved = views.filter(({ role, subnet }) => role.kind === 'private' && !served.has(subnet.id));
  if (deployment !== undefined && unserved.length > 0) {
    findings.push({
      severity: 'note',
      resource: stack,
      problem: `${nameSubnets(unserved)} are private and not served by ${stack}.`,
      fix: 'Add them to the private subnets of a zone if they are to have egress.',
    });
  }
  return findings;
}

function placeOf(publicSubnetId: string, views: readonly SubnetView[]): string | undefined {
  return views.find(({ subnet }) => subnet.id === publicSubnetId)?.subnet.availabilityZone;
}

function hasZone(
  availabilityZone: string,
  views: readonly SubnetView[],
  zones: readonly ProposedZone[],
): boolean {
  return views.some(
    ({ subnet }) =>
      subnet.availabilityZone === availabilityZone &&
      zones.some(({ publicSubnetId }) => publicSubnetId === subnet.id),
  );
}

/** After deploying: whether the routes lead where the stack's parameters say. */
export function deploymentFindings(views: readonly SubnetView[], inventory: Inventory): DoctorFinding[] {
  const { deployment } = inventory;
  return deployment === undefined
    ? []
    : deployment.zones.flatMap((zone) => [
        ...missingSubnets(zone, views, inventory),
        ...strayRoutes(zone, views, inventory),
      ]);
}

function missingSubnets(
  zone: ProposedZone,
  views: readonly SubnetView[],
  { vpc, stack }: Inventory,
): DoctorFinding[] {
  return [zone.publicSubnetId, ...zone.privateSubnetIds]
    .filter((id) => views.every(({ subnet }) => subnet.id !== id))
    .map((id) => ({
      severity: 'error',
      resource: id,
      problem: `Zone ${zone.letter} of ${stack} names it, but ${vpc.id} has no such subnet.`,
      fix: `Correct the parameters of ${stack} with sam deploy --parameter-overrides.`,
    }));
}

function strayRoutes(
  zone: ProposedZone,
  views: readonly SubnetView[],
  { deployment, stack }: Inventory,
): DoctorFinding[] {
  const tables = new Set(
    views.flatMap(({ subnet, table, role }) =>
      table !== undefined && role.kind === 'private' && zone.privateSubnetIds.includes(subnet.id)
        ? [table]
        : [],
    ),
  );
  const isMoving = deployment?.status.endsWith('_IN_PROGRESS') === true;
  return [...tables].flatMap((table): DoctorFinding[] => {
    const target = table.defaultRoute?.target.id;
    const isOurs = target !== undefined && deployment?.ownTargetIds.includes(target) === true;
    if (isOurs && table.defaultRoute?.state === 'active') {
      return [];
    }
    const where =
      target === undefined ? 'has no default route' : `leads to ${target} (${table.defaultRoute?.state})`;
    return [
      {
        severity: isMoving ? 'warning' : 'error',
        resource: table.id,
        problem: `${table.id} of zone ${zone.letter} ${where}, not to a working instance of ${stack}${isMoving ? `, which is in ${deployment?.status}` : ''}.`,
        fix: isMoving
          ? 'Wait until the deployment has ended, and run doctor again.'
          : `"${typeCommand(stack, 'status')}" says why; if the zone is paused, "${typeCommand(stack, `resume --zone ${zone.letter}`)}" ends that.`,
      },
    ];
  });
}

/** What keeps the zones of a deployed stack from helping each other as soon as they could. */
function neighbourFindings(
  zones: readonly ProposedZone[],
  deployment: Inventory['deployment'],
  stack: string,
): DoctorFinding[] {
  const { hasStandby = false, withoutStandIns = false, unshownKeys = [] } = deployment ?? {};
  if (zones.length > 1 && withoutStandIns) {
    return [
      {
        severity: 'note',
        resource: stack,
        problem: `${stack} has StandIn=off: a zone without its instance is offline until the next one has booted.`,
        fix: 'To have the instance of another zone carry it meanwhile, deploy with StandIn=on, which replaces the instances one zone after the other.',
      },
    ];
  }
  if ((zones.length > 1 || hasStandby) && unshownKeys.length > 0) {
    return [
      {
        severity: 'note',
        resource: stack,
        problem: `With Watch=auto no instance watches another, since instance metadata cannot show tags with the keys ${unshownKeys.map((key) => JSON.stringify(key)).join(', ')}: one that hangs is found by EC2's checks or by failed requests.`,
        fix: `Take keys of ${shownKeys} for Tags, or leave it so.`,
      },
    ];
  }
  return [];
}
