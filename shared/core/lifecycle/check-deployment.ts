import { isCovered } from '../diagnose/address-range.ts';
import type { Diagnosis } from '../diagnose/diagnose.ts';
import { publicAccessFindings } from '../diagnose/public-access.ts';
import { splitDefaultFindings } from '../diagnose/split-defaults.ts';
import { architectureOfType } from '../launch/architecture-of-type.ts';
import { chooseImage, selectorFor } from '../launch/choose-image.ts';
import type { Observed } from '../model/observed.ts';
import { leadsToUs } from '../model/own-resources.ts';
import type { Settings, ZoneSettings } from '../model/settings.ts';
import { isAlive, type Listing, type Snapshot } from '../model/snapshot.ts';
import { typeCommand } from '../model/type-command.ts';
import { otherStackOf, servedByOther } from '../plan/takeovers.ts';
import type { Offering } from './offering.ts';

/** Whether the settings fit the account. `unread`: it cannot be said yet. */
export type DeploymentCheck = {
  readonly unread: readonly string[];
  /** What to correct before anything is changed: one sentence each, with the resource and the fix. */
  readonly problems: readonly string[];
};

/** Everything that would keep a new deployment from working, for all zones at once, before its first change. Pure. */
export function checkDeployment(
  snapshot: Snapshot,
  diagnoses: readonly Diagnosis[],
  offerings: Observed<Listing<Offering>>,
  settings: Settings,
): DeploymentCheck {
  const unknown = diagnoses.filter(({ health }) => health === 'unknown');
  const { images } = snapshot;
  const unread = [
    ...unknown.flatMap(({ findings }) => findings.map(({ detail }) => detail)),
    ...(images.known ? [] : [images.detail]),
    ...(offerings.known ? [] : [offerings.detail]),
  ];
  const problems = [
    ...diagnoses
      .filter(({ health }) => health === 'violation')
      .flatMap(({ zone, findings }) => findings.map(({ detail }) => `zone ${zone.name}: ${detail}`)),
    ...diagnoses
      .filter(({ kind }) => kind === 'diagnosed')
      .flatMap(({ zone, view }) =>
        [
          ...publicAccessFindings(view?.publicSubnet),
          ...(view === undefined ? [] : splitDefaultFindings(view)),
        ].map(({ detail }) => `zone ${zone.name}: ${detail}`),
      ),
    ...tablesOfOtherStacks(diagnoses, settings),
    ...probesOutsideClients(snapshot, settings),
    ...instancesElsewhere(snapshot, settings),
    ...heldUpByPause(diagnoses, settings),
    ...(offerings.known ? unofferedTypes(snapshot, offerings.value.items, settings) : []),
    ...missingImages(snapshot, settings),
  ];
  return { unread, problems };
}

/** Two stacks that serve the same subnets would take their routes from each other, run by run. */
function tablesOfOtherStacks(diagnoses: readonly Diagnosis[], { stack }: Settings): string[] {
  return diagnoses.flatMap(({ zone, view }) =>
    (view?.privateTables ?? []).flatMap(({ table }) => {
      const other = otherStackOf(table, stack);
      const isOurs = view !== undefined && leadsToUs(table.defaultRoute?.target, view);
      return other === undefined || isOurs ? [] : [`zone ${zone.name}: ${servedByOther(table, other)}`];
    }),
  );
}

function placeOf({ subnets }: Snapshot, { publicSubnetId }: ZoneSettings): string | undefined {
  return subnets.known
    ? subnets.value.items.find(({ id }) => id === publicSubnetId)?.availabilityZone
    : undefined;
}

/** A NAT instance drops what comes from no client's address: to such a probe every NAT would seem broken. */
function probesOutsideClients({ subnets }: Snapshot, { zones, egress }: Settings): string[] {
  const { clientCidrs } = egress;
  return zones.flatMap(({ name, probe, privateSubnetIds: [id] }) => {
    const cidr = subnets.known ? subnets.value.items.find((subnet) => subnet.id === id)?.cidr : undefined;
    const isServed = cidr === undefined || clientCidrs.length === 0 || isCovered(cidr, clientCidrs);
    return probe === undefined || isServed
      ? []
      : [
          `zone ${name}: its probe is in ${id} (${cidr}), which ClientCidrs (${clientCidrs.join(', ')}) do not cover; name another private subnet first, add the range, or set Probe=off`,
        ];
  });
}

/** A stack's instances in another VPC: its VPC was changed, or an earlier stack of this name left them. */
function instancesElsewhere({ instances }: Snapshot, { stack, vpcId }: Settings): string[] {
  const elsewhere = instances.known
    ? instances.value.items.filter((entry) => isAlive(entry) && (entry.vpcId ?? vpcId) !== vpcId)
    : [];
  return elsewhere.map(
    (entry) =>
      `${entry.id}, an instance of ${stack}, is in ${entry.vpcId}: the VPC of a stack cannot be changed; deploy a second stack for ${vpcId}, or terminate ${entry.id} if it was left behind`,
  );
}

/**
 * What carries another zone is neither replaced nor removed before that is home, which it never is while it is paused: the
 * deployment would wait for it until its time is over. What is as wanted, or paused itself, is left as it is.
 */
function heldUpByPause(diagnoses: readonly Diagnosis[], { stack }: Settings): string[] {
  return diagnoses.flatMap(({ zone: { name }, view }) => {
    const { instance } = view?.standIn ?? {};
    if (instance === undefined || view?.address?.pausedSince === undefined) {
      return [];
    }
    const host = diagnoses.find(({ zone }) => zone.name === instance.zone);
    const stays = host?.kind === 'diagnosed' && host.primary?.id === instance.id && host.primaryAsConfigured;
    const isPaused = host?.view?.address?.pausedSince !== undefined;
    const resume = typeCommand(stack, `resume --zone ${name}`);
    return stays || isPaused
      ? []
      : [
          `zone ${name} is paused while ${instance.id} of zone ${instance.zone} carries it, which can be neither replaced nor removed before zone ${name} is home; resume it, and deploy again when it is: ${resume}`,
        ];
  });
}

function unofferedTypes(snapshot: Snapshot, offerings: readonly Offering[], settings: Settings): string[] {
  const unknownTypes = settings.instanceTypes.filter((type) =>
    offerings.every(({ instanceType }) => instanceType !== type),
  );
  const places = settings.zones.flatMap((zone) => {
    const availabilityZone = placeOf(snapshot, zone);
    return availabilityZone === undefined ? [] : [{ zone, availabilityZone }];
  });
  const unserved = places.filter(({ availabilityZone }) =>
    offerings.every((offering) => offering.availabilityZone !== availabilityZone),
  );
  return [
    ...unknownTypes.map(
      (type) => `instance type ${type} does not exist in this Region; correct the instance types`,
    ),
    ...(unknownTypes.length === settings.instanceTypes.length ? [] : unserved).map(
      ({ zone, availabilityZone }) =>
        `zone ${zone.name}: ${availabilityZone} offers none of ${settings.instanceTypes.join(', ')}; add an instance type that it offers`,
    ),
  ];
}

function missingImages(snapshot: Snapshot, settings: Settings): string[] {
  const { images } = snapshot;
  if (!images.known) {
    return [];
  }
  const selector = selectorFor(settings.image, settings.instanceTypes);
  const architectures = new Set(settings.instanceTypes.map(architectureOfType));
  return [...architectures].flatMap((architecture) => {
    const choice = { nowMs: snapshot.takenAt, refused: new Set<never>() };
    const chosen = chooseImage(images.value.items, selector, architecture, choice);
    return chosen.ok ? [] : [chosen.problem];
  });
}
