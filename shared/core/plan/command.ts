import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { tablesServedByOther } from '../diagnose/drift.ts';
import { guestsOf } from '../diagnose/zone-view.ts';
import { breakerOf } from '../launch/breaker.ts';
import { type ChoiceContext, chooseLaunch, type LaunchChoice } from '../launch/choose-launch.ts';
import { assertNever } from '../model/assert.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import { finding } from '../model/finding.ts';
import { type Address, isAlive, type NatInstance, type Snapshot } from '../model/snapshot.ts';
import type { ControllerStep } from '../model/step.ts';
import type { ManualCommand, Trigger } from '../model/trigger.ts';
import { typeCommand } from '../model/type-command.ts';
import { wayBack } from './restored.ts';
import { forgetTakeovers } from './takeovers.ts';
import { type ZonePlan, zonePlan } from './zone-plan.ts';

type CommandContext = Omit<ChoiceContext, 'images'>;

/** What a trigger asks for beyond looking, in one zone, before the loop looks again. */
export function commandPlan(
  trigger: Trigger,
  diagnosis: Diagnosis,
  snapshot: Snapshot,
  context: CommandContext,
): ZonePlan {
  switch (trigger.kind) {
    case 'look':
      return zonePlan(diagnosis.zone.name, {});
    case 'instances':
      return markPlan(trigger, diagnosis);
    case 'manual':
      return manualPlan(trigger.command, diagnosis, snapshot, context);
    default:
      return assertNever(trigger);
  }
}

/** A warning that no Describe call repeats is written on its instance, where every later run finds it. */
function markPlan(trigger: Extract<Trigger, { kind: 'instances' }>, diagnosis: Diagnosis): ZonePlan {
  const { zone } = diagnosis;
  const { mark: reason, at } = trigger;
  if (reason === undefined || diagnosis.kind === 'undiagnosed' || diagnosis.pausedSince !== undefined) {
    return zonePlan(zone.name, {});
  }
  const warned = diagnosis.view.instances
    .filter((instance) => isAlive(instance) && mayBeMarked(instance))
    .filter((instance) => trigger.instanceIds.includes(instance.id));
  const steps = warned.map(
    ({ id }): ControllerStep => ({ kind: 'mark-for-replacement', instanceId: id, mark: { reason, at } }),
  );
  return zonePlan(zone.name, { purpose: 'command', waves: [steps] });
}

/** What somebody has asked for or announced stands. That requests failed announces nothing. */
function mayBeMarked({ replaceMark }: NatInstance): boolean {
  return replaceMark === undefined || replaceMark.reason === 'requests-failed';
}

function manualPlan(
  command: ManualCommand,
  diagnosis: Diagnosis,
  snapshot: Snapshot,
  context: CommandContext,
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
      return zonePlan(zone.name, {
        purpose: 'command',
        waves: [[{ kind: 'resume', allocationId }], takeoversToForget(diagnosis, context)],
      });
    case 'rebuild':
      return rebuild(command, diagnosis, { ...context, images: snapshot.images });
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

function takeoversToForget(diagnosis: Diagnosis, { now, settings }: CommandContext): ControllerStep[] {
  return diagnosis.kind === 'undiagnosed'
    ? []
    : tablesServedByOther(diagnosis.drift).flatMap((table) => forgetTakeovers(table, settings.stack, now));
}

function addressOf(snapshot: Snapshot, { zone }: Diagnosis): Address | undefined {
  const { addresses } = snapshot;
  return addresses.known
    ? addresses.value.items.find((address) => address.allocationId === zone.allocationId)
    : undefined;
}

/** A tag on the primary, so that a rebuild that outlasts this invocation is carried on by the next. */
function rebuild(command: ManualCommand, diagnosis: Diagnosis, context: ChoiceContext): ZonePlan {
  const { zone } = diagnosis;
  const refusal = refusalOf(command, diagnosis, context);
  if (refusal !== undefined) {
    return zonePlan(zone.name, { findings: [finding('rebuild-refused', refusal)] });
  }
  if (diagnosis.kind === 'undiagnosed' || diagnosis.primary === undefined) {
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

/** Why a rebuild cannot begin now. It then leaves no mark: a rebuild an hour later would surprise the operator. */
function refusalOf(
  { immediate }: ManualCommand,
  diagnosis: Diagnosis,
  context: ChoiceContext,
): string | undefined {
  const { name } = diagnosis.zone;
  const type = (command: string) => typeCommand(context.settings.stack, command);
  const since = diagnosis.view?.address?.pausedSince;
  if (since !== undefined) {
    return `zone ${name} is paused since ${since}, so it is not rebuilt; resume it first: ${type(`resume --zone ${name}`)}`;
  }
  if (diagnosis.kind === 'undiagnosed') {
    return diagnosis.health === 'unknown'
      ? `zone ${name} could not be read, so it is not rebuilt; try again in a minute: ${type('status')}`
      : `zone ${name} does not fit its settings, so it is not rebuilt; correct that first: ${type('status')}`;
  }
  if (diagnosis.primary === undefined) {
    return undefined;
  }
  const { view, primary } = diagnosis;
  if (view.standIn !== undefined) {
    return `zone ${name} is carried by ${primary.id} of another zone until its own instance is ready, which is on its way; try again then: ${type('status')}`;
  }
  const guests = guestsOf(view, primary);
  if (guests.length > 0) {
    return `${primary.id} stands in for zone ${guests.join(', ')}, so zone ${name} is not rebuilt; try again when that is home: ${type('status')}`;
  }
  return immediate ? immediateRefusal(diagnosis, context) : plannedRefusal(diagnosis, context);
}

/** A wait (a back-off, unread images) is no reason to refuse: the instance works meanwhile. */
function plannedRefusal(diagnosis: Diagnosed, context: ChoiceContext): string | undefined {
  // With the mark its replacement is due.
  const cause = diagnosis.replacement?.cause ?? 'due';
  const { primary } = diagnosis;
  const mark = { reason: 'rebuild', at: context.now } as const;
  const marked = primary === undefined ? {} : { primary: { ...primary, replaceMark: mark } };
  const choice = chooseLaunch({ ...diagnosis, ...marked, replacement: { cause } }, context);
  return choice.kind === 'refused' ? launchRefusal(choice, diagnosis, context) : undefined;
}

/** The mark ends the primary's service, so it is not written unless another instance can be launched right then. */
function immediateRefusal(diagnosis: Diagnosed, context: ChoiceContext): string | undefined {
  const { zone, view } = diagnosis;
  const { name } = zone;
  const type = (command: string) => typeCommand(context.settings.stack, command);
  const again = type(`rebuild --zone ${name} --immediate`);
  const choice = chooseLaunch({ zone, view }, context);
  switch (choice.kind) {
    case 'launch': {
      // A note outlives its image, and a zone whose instance is gone would find that out too late.
      const lack = choice.findings.find(({ code }) => code === 'image-not-found');
      return lack === undefined
        ? undefined
        : `${lack.detail}; only a note tells of ${choice.image.id}, which may be gone, so zone ${name} keeps its instance until another runs: ${type(`rebuild --zone ${name}`)}`;
    }
    case 'needs-images':
      return `whether there is an image to launch was not read, so zone ${name} keeps its instance; try again: ${again}`;
    case 'wait':
      return `nothing can be launched in zone ${name} now, so it keeps its instance (${choice.finding.detail}); try again when that is over: ${again}`;
    default:
      return launchRefusal(choice, diagnosis, context);
  }
}

function launchRefusal(
  { finding: { code, detail } }: Extract<LaunchChoice, { kind: 'refused' }>,
  { zone: { name }, view }: Diagnosed,
  { now, settings }: ChoiceContext,
): string {
  const type = (command: string) => typeCommand(settings.stack, command);
  if (code !== 'breaker-open') {
    return `nothing can be launched in zone ${name}, so it is not rebuilt (${detail}); correct that first, and see whether it is all: ${type('doctor')}`;
  }
  const breaker = breakerOf(view, now, settings.maxLaunchesPerHour, 'due');
  const what = breaker.keepsLast
    ? `keeps the last of ${breaker.maxPerHour} launches for a failure`
    : 'is open';
  return `the breaker of zone ${name} ${what} after ${breaker.launches.length} launches within an hour, so it is not rebuilt; see what became of them: ${type(`logs --zone ${name} --since 2h`)}; then: ${type(`breaker reset --zone ${name}`)}`;
}

/**
 * The routes first: where the gateway is gone, EC2 refuses, and the zone is not left paused with nothing gained. Then the
 * pause, and the routes once more: a controller that runs at the same time may have taken them over again.
 */
function restore(diagnosis: Diagnosis, pause: ControllerStep): ZonePlan {
  const { zone } = diagnosis;
  if (diagnosis.kind === 'undiagnosed') {
    return zonePlan(zone.name, {});
  }
  const tables = diagnosis.view.privateTables.map(({ table }) => table);
  const routes = tables.flatMap((table) => {
    const target = wayBack(table);
    return target === undefined || target.id === table.defaultRoute?.target.id
      ? []
      : [pointDefaultRoute(table, target)];
  });
  const again = routes.map((step) => ({ ...step, exists: true, again: true as const }));
  if (tables.every((table) => wayBack(table) === undefined)) {
    const detail = `no route table of zone ${zone.name} has a remembered target; its routes stay as they are`;
    return zonePlan(zone.name, { findings: [finding('nothing-to-restore', detail)] });
  }
  return zonePlan(zone.name, {
    purpose: 'command',
    waves: diagnosis.pausedSince === undefined ? [routes, [pause], again] : [routes],
  });
}
