import { assertNever } from './assert.ts';
import { type Diagnosis, isAlive } from './diagnose.ts';
import { finding } from './finding.ts';
import { launchesWithinHour, launchLimit } from './launches.ts';
import { type ZonePlan, zonePlan } from './plan-types.ts';
import { wayBack } from './restored.ts';
import type { Settings } from './settings.ts';
import type { Address, Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';
import type { EpochMs } from './time.ts';
import type { ManualCommand, Trigger } from './trigger.ts';

type OpeningContext = { readonly now: EpochMs; readonly settings: Pick<Settings, 'maxLaunchesPerHour'> };

/** What a trigger asks for beyond looking, in one zone, before the loop looks again. */
export function openingPlan(
  trigger: Trigger,
  diagnosis: Diagnosis,
  snapshot: Snapshot,
  { now, settings }: OpeningContext,
): ZonePlan {
  switch (trigger.kind) {
    case 'look':
      return zonePlan(diagnosis.zone.name, {});
    case 'instances':
      return markPlan(trigger, diagnosis);
    case 'manual':
      return commandPlan(trigger.command, diagnosis, snapshot, { now, settings });
    default:
      return assertNever(trigger);
  }
}

/** A warning that no Describe call repeats is written on its instance, where every later run finds it. */
function markPlan(trigger: Extract<Trigger, { kind: 'instances' }>, diagnosis: Diagnosis): ZonePlan {
  const { zone } = diagnosis;
  const { mark: reason, at } = trigger;
  if (reason === undefined || diagnosis.kind === 'unjudged' || diagnosis.pausedSince !== undefined) {
    return zonePlan(zone.name, {});
  }
  const warned = diagnosis.view.instances
    .filter((instance) => isAlive(instance) && instance.replaceMark === undefined)
    .filter((instance) => trigger.instanceIds.includes(instance.id));
  const steps = warned.map(
    ({ id }): Step => ({ kind: 'mark-for-replacement', instanceId: id, mark: { reason, at } }),
  );
  return zonePlan(zone.name, { purpose: 'command', waves: [steps] });
}

function commandPlan(
  command: ManualCommand,
  diagnosis: Diagnosis,
  snapshot: Snapshot,
  context: OpeningContext,
): ZonePlan {
  const { zone } = diagnosis;
  if (command.zone !== undefined && command.zone !== zone.name) {
    return zonePlan(zone.name, {});
  }
  const { allocationId } = zone;
  const since = new Date(context.now).toISOString();
  switch (command.action) {
    case 'status':
      return zonePlan(zone.name, {});
    case 'pause': {
      const already = addressOf(snapshot, diagnosis)?.pausedSince !== undefined;
      return zonePlan(zone.name, {
        purpose: 'command',
        waves: already ? [] : [[{ kind: 'pause', allocationId, since }]],
      });
    }
    case 'resume':
      return zonePlan(zone.name, { purpose: 'command', waves: [[{ kind: 'resume', allocationId }]] });
    case 'rebuild':
      return rebuild(command, diagnosis, context);
    case 'restore':
      return restore(diagnosis, { kind: 'pause', allocationId, since });
    case 'reset-breaker':
      return zonePlan(zone.name, {
        purpose: 'command',
        waves: [[{ kind: 'reset-breaker', allocationId, at: since }]],
      });
    default:
      return assertNever(command.action);
  }
}

function addressOf(snapshot: Snapshot, { zone }: Diagnosis): Address | undefined {
  const { addresses } = snapshot;
  return addresses.known
    ? addresses.value.items.find((address) => address.allocationId === zone.allocationId)
    : undefined;
}

/** A tag on the primary, so that a rebuild that outlasts this invocation is carried on by the next. */
function rebuild(command: ManualCommand, diagnosis: Diagnosis, context: OpeningContext): ZonePlan {
  const { zone } = diagnosis;
  const refusal = refusalOf(command, diagnosis, context);
  if (refusal !== undefined) {
    return zonePlan(zone.name, { findings: [finding('rebuild-refused', refusal)] });
  }
  if (diagnosis.kind === 'unjudged' || diagnosis.primary === undefined) {
    // Without a primary the loop builds one anyway.
    return zonePlan(zone.name, {});
  }
  const reason = command.immediate ? 'rebuild-immediate' : 'rebuild';
  const mark = { reason, at: context.now } as const;
  return zonePlan(zone.name, {
    purpose: 'command',
    waves: [[{ kind: 'mark-for-replacement', instanceId: diagnosis.primary.id, mark }]],
  });
}

/** Why a rebuild cannot begin now. It then leaves no mark: one that strikes an hour later would surprise whoever asked. */
function refusalOf(
  { immediate }: ManualCommand,
  diagnosis: Diagnosis,
  { now, settings }: OpeningContext,
): string | undefined {
  const { name } = diagnosis.zone;
  const since = diagnosis.view?.address?.pausedSince;
  if (since !== undefined) {
    return `zone ${name} is paused since ${since}, so it is not rebuilt; resume it first: phoenat resume --zone ${name}`;
  }
  if (diagnosis.kind === 'unjudged') {
    return diagnosis.health === 'unknown'
      ? `zone ${name} could not be read, so it is not rebuilt; try again in a minute: phoenat status`
      : `zone ${name} does not fit its settings, so it is not rebuilt; correct that first: phoenat status`;
  }
  const launches = launchesWithinHour(diagnosis.view, now).length;
  const most = settings.maxLaunchesPerHour;
  // The mark makes a replacement of it that is due, or is the end of the primary.
  const limit = launchLimit(immediate ? undefined : (diagnosis.replacement?.cause ?? 'due'), most);
  const what = launches < most ? `keeps the last of ${most} launches for a failure` : 'is open';
  return diagnosis.primary !== undefined && launches >= limit
    ? `the breaker of zone ${name} ${what} after ${launches} launches within an hour, so it is not rebuilt; see what became of them: phoenat logs --zone ${name} --since 2h; then: phoenat breaker reset --zone ${name}`
    : undefined;
}

/**
 * The routes first: where the gateway is gone, EC2 refuses, and the zone is not left paused with nothing gained. Then the
 * pause, and the routes once more: a controller that runs at the same time may have taken them over again.
 */
function restore(diagnosis: Diagnosis, pause: Step): ZonePlan {
  const { zone } = diagnosis;
  if (diagnosis.kind === 'unjudged') {
    return zonePlan(zone.name, {});
  }
  const tables = diagnosis.view.privateTables.map(({ table }) => table);
  const routes = tables.flatMap((table): Step[] => {
    const target = wayBack(table);
    return target === undefined || target.id === table.defaultRoute?.target.id
      ? []
      : [
          {
            kind: 'set-default-route',
            routeTableId: table.id,
            exists: table.defaultRoute !== undefined,
            to: target,
          },
        ];
  });
  const again = routes.map((step) => ({ ...step, exists: true }));
  if (tables.every((table) => wayBack(table) === undefined)) {
    const detail = `no route table of zone ${zone.name} has a remembered target; its routes stay as they are`;
    return zonePlan(zone.name, { findings: [finding('nothing-to-restore', detail)] });
  }
  return zonePlan(zone.name, {
    purpose: 'command',
    waves: diagnosis.pausedSince === undefined ? [routes, [pause], again] : [routes],
  });
}
