import type { Diagnosis } from '../diagnose/diagnose.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { RouteTable, RouteTarget } from '../model/snapshot.ts';
import type { Trigger } from '../model/trigger.ts';
import { typeCommand } from '../model/type-command.ts';

/** The target that a restore gives a table. A table that had no default route keeps ours: removing it would help no client. */
export function wayBack({ remembered }: RouteTable): RouteTarget | undefined {
  return remembered?.kind === 'no-route' ? undefined : remembered;
}

/** After a restore: the parts of it that the latest look does not show, whatever EC2 answered to the calls. */
export function unrestored(trigger: Trigger, diagnosis: Diagnosis, stack: string): Finding[] {
  if (trigger.kind !== 'manual' || trigger.command.action !== 'restore') {
    return [];
  }
  const { name } = diagnosis.zone;
  const isMeant = trigger.command.zone === undefined || trigger.command.zone === name;
  const missing = isMeant ? missingOf(diagnosis) : [];
  return missing.length === 0
    ? []
    : [
        finding(
          'not-seen-restored',
          `zone ${name} is not seen as restored: ${missing.join(', ')}; look again: ${typeCommand(stack, 'status')}`,
        ),
      ];
}

function missingOf(diagnosis: Diagnosis): string[] {
  if (diagnosis.kind === 'undiagnosed') {
    return [diagnosis.health === 'unknown' ? 'it could not be read' : 'it does not fit its settings'];
  }
  const tables = diagnosis.view.privateTables.map(({ table }) => table);
  if (tables.every((table) => wayBack(table) === undefined)) {
    return [];
  }
  const isPaused = diagnosis.pausedSince !== undefined;
  return [...tables.flatMap(astray), ...(isPaused ? [] : ['it is not paused'])];
}

function astray(table: RouteTable): string[] {
  const { id, defaultRoute: route } = table;
  const target = wayBack(table);
  if (target === undefined || (route?.target.id === target.id && route.state === 'active')) {
    return [];
  }
  return [
    route?.target.id === target.id
      ? `${id} leads to ${target.id}, where nothing takes it (${route.state})`
      : `${id} leads to ${route?.target.id ?? 'nothing'}, not to ${target.id}`,
  ];
}
