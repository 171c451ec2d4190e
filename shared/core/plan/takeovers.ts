import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { failsOnTrial, triedInVain } from '../diagnose/tried-in-vain.ts';
import { hasPassed } from '../diagnose/verdict.ts';
import { wasJustApplied } from '../memory/memory.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { NatInstance, RouteTable } from '../model/snapshot.ts';
import type { ControllerStep, Wait } from '../model/step.ts';
import { tagKeys } from '../model/tags.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs, secondMs } from '../model/time.ts';
import { typeCommand } from '../model/type-command.ts';
import { wayBack } from './restored.ts';
import { type PlanContext, type WithPrimary, type ZonePlan, zonePlan } from './zone-plan.ts';

/** A working route is taken over this often within an hour. After that somebody else wants it, and a person is told. */
const maxTakeovers = 3;

/**
 * Why a working route is left to its other target: another stack's controller has taken it over, or it was taken over
 * again and again and led elsewhere every time. A route that leads nowhere is repaired at once.
 */
export function withheld(table: RouteTable, stack: string, now: EpochMs): Finding | undefined {
  const target = table.defaultRoute?.target.id ?? 'nothing';
  const other = otherStackOf(table, stack);
  if (other !== undefined) {
    return finding(
      'route-of-another-stack',
      `${servedByOther(table, other)}; it leads to ${target}, and stays there`,
    );
  }
  return recentTakeovers(table, now).length >= maxTakeovers
    ? finding(
        'route-contended',
        `the default route of ${table.id} was taken over ${maxTakeovers} times within an hour and leads to ${target} again: find out who writes it back, and end that, or take its subnets out of ${stack}`,
      )
    : undefined;
}

/**
 * Why an instance does not take over routes again: nothing passed through it when it did. Whether it would now cannot be
 * tried without an outage, so they are left to the next instance, which is another trial.
 */
export function undone(
  ways: readonly { readonly table: RouteTable; readonly target: string | undefined }[],
  { primary: { id }, zone, view }: WithPrimary,
): Finding[] {
  if (ways.length === 0) {
    return [];
  }
  const tables = ways.map(({ table }) => table.id).join(', ');
  const targets = [...new Set(ways.map(({ target }) => target ?? 'nothing'))].join(', ');
  return [
    finding(
      'takeover-undone',
      `no request passed through ${id} when it had taken over the default route of ${tables}, so that leads to ${targets} again, and ${id} takes it over no more; find out why (its security groups, the network ACLs of its subnet, its console), then try another: ${typeCommand(view.stack, `rebuild --zone ${zone.name}`)}`,
    ),
  ];
}

/** For so long after a takeover what served before is gone back to; after that it may well be gone. */
const onTrialForMs: DurationMs = 2 * minuteMs;

/**
 * What was taken over a moment ago and through which nothing passes goes back at once to what served it, before anything
 * else is thought of: that works, as far as anybody knows.
 */
export function undoTakeover(diagnosis: WithPrimary, { now }: PlanContext): ZonePlan {
  const { view, zone, primary, verdict } = diagnosis;
  const isInVain = verdict.kind === 'does-not-forward' || failsOnTrial(verdict, view.readings);
  const ways = isInVain
    ? view.privateTables.flatMap(({ table }) => {
        const back = wayBack(table);
        return back !== undefined && isOnTrial(table, view.stack, now) ? [{ table, back }] : [];
      })
    : [];
  return zonePlan(zone.name, {
    // At once: a run that saw the route without the note would take it over again.
    waves: [
      [
        ...ways.map(({ table, back }) => pointDefaultRoute(table, back)),
        ...ways.map(({ table }) => noteLedBack(table, now, primary)),
      ],
    ],
    findings: undone(
      ways.map(({ table, back }) => ({ table, target: back.id })),
      diagnosis,
    ),
  });
}

/** From a takeover until what fails is back. A run that ends before that would leave it to the next, in up to a minute. */
const trialMs: DurationMs = 15 * secondMs;

export function leavesTimeForATrial({ timeLeftMs = trialMs }: PlanContext): boolean {
  return timeLeftMs >= trialMs;
}

export const anotherRun: Wait = {
  detail: 'a run with time enough to see whether requests pass once the traffic is moved',
  pollMs: trialMs,
};

export function isOnTrial(table: RouteTable, stack: string, now: EpochMs): boolean {
  const [latest] = takeoversAndTry(table, now);
  return (
    table.takenOver?.by === stack &&
    latest !== undefined &&
    now - latest <= onTrialForMs &&
    table.defaultRoute?.target.id !== wayBack(table)?.id
  );
}

function noteLedBack(table: RouteTable, now: EpochMs, { id }: NatInstance): ControllerStep {
  const ledBack = { at: now, from: id };
  return { kind: 'note-takeover', routeTableId: table.id, at: takeoversAndTry(table, now), ledBack };
}

/** EC2 may show the route before it shows the note. */
export function hasJustLedBack(
  table: RouteTable,
  { zone, primary }: WithPrimary,
  { memory, now }: PlanContext,
): boolean {
  return wasJustApplied(memory, zone.name, noteLedBack(table, now, primary), now);
}

/** The stack whose mark a table bears, where it is another one. */
export function otherStackOf({ takenOver }: RouteTable, stack: string): string | undefined {
  return takenOver === undefined || takenOver.by === stack ? undefined : takenOver.by;
}

export function servedByOther(table: RouteTable, other: string): string {
  return `${servedByStack(table, other)}: ${otherStackFix(other)}`;
}

export function servedByStack({ id }: RouteTable, other: string): string {
  return `${id} is served by the stack ${other}, says its tag ${tagKeys.takenOver}`;
}

export function otherStackFix(other: string): string {
  return `take its subnets out of one of the two stacks, or remove the tag if ${other} is gone`;
}

/**
 * Written after a takeover, so that every later run knows of it. Not before: takeovers that EC2 refuses would look as if
 * somebody wrote the route back each time.
 */
export function noteTakeover(table: RouteTable, now: EpochMs): ControllerStep {
  const at = [now, ...recentTakeovers(table, now)].slice(0, maxTakeovers);
  return { kind: 'note-takeover', routeTableId: table.id, at };
}

/**
 * Written before it where a probe can tell what comes of it, so that there is a way back though the note after it is lost:
 * EC2 may refuse that, and a process may end in between. A try does not count as a takeover.
 */
export function noteTry(table: RouteTable, now: EpochMs): ControllerStep[] {
  const ledBack = table.takenOver?.ledBack;
  const at = recentTakeovers(table, now);
  return wayBack(table) === undefined
    ? []
    : [
        {
          kind: 'note-takeover',
          routeTableId: table.id,
          at,
          tried: now,
          ...(ledBack === undefined ? {} : { ledBack }),
        },
      ];
}

/**
 * An operator's `resume` says that the routes are wanted, however often they went back and forth: a `restore` beside a
 * run of the schedule counts as a takeover, too. Only where a route leads elsewhere: a trial that goes on is not ended.
 */
export function forgetTakeovers(table: RouteTable, stack: string, now: EpochMs): ControllerStep[] {
  const { takenOver, id } = table;
  if (takenOver?.by !== stack || recentTakeovers(table, now).length === 0) {
    return [];
  }
  const { ledBack } = takenOver;
  return [{ kind: 'note-takeover', routeTableId: id, at: [], ...(ledBack === undefined ? {} : { ledBack }) }];
}

/** What was tried may have come about. */
function takeoversAndTry(table: RouteTable, now: EpochMs): EpochMs[] {
  const tried = table.takenOver?.tried;
  const recent = recentTakeovers(table, now);
  return tried === undefined || tried > now || now - tried >= hourMs
    ? recent
    : [tried, ...recent].slice(0, maxTakeovers);
}

function recentTakeovers({ takenOver }: RouteTable, now: EpochMs): EpochMs[] {
  return (takenOver?.at ?? []).filter((at) => at <= now && now - at < hourMs);
}

/**
 * What a deployment's takeovers have come to. Once one is undone the deployment has failed: to take over what works in
 * another zone would cut that off for nothing, and what is launched is removed again by the rollback.
 */
export type TakeoversSoFar = {
  readonly undone?: Finding;
  /** Zones of which no request is known to have passed since their routes were taken over. */
  readonly onTrial: readonly ZoneName[];
};

export function takeoversSoFar(zones: readonly Diagnosed[], context: PlanContext): TakeoversSoFar {
  if (context.isDeployment !== true) {
    return { onTrial: [] };
  }
  const tried = zones.flatMap((diagnosis): WithPrimary[] => {
    const { primary } = diagnosis;
    return primary === undefined ? [] : [{ ...diagnosis, primary }];
  });
  const failed = tried.find((diagnosis) => hasTakenInVain(diagnosis, context));
  const { failedBootOf } = context;
  const undone =
    failed === undefined ? failedBootOf && cannotBoot(failedBootOf) : hasFailed(failed.zone.name);
  return {
    ...(undone === undefined ? {} : { undone }),
    onTrial: tried.filter((diagnosis) => isTried(diagnosis, context)).map(({ zone }) => zone.name),
  };
}

/** An instance of the former settings says nothing about its successor. */
function hasTakenInVain(diagnosis: WithPrimary, context: PlanContext): boolean {
  const { view, primary, primaryAsConfigured } = diagnosis;
  const hasJust = view.privateTables.some(({ table }) => hasJustLedBack(table, diagnosis, context));
  const isUndone = hasJust || triedInVain(view, primary).back.length > 0;
  return primaryAsConfigured && (isUndone || undoTakeover(diagnosis, context).waves.length > 0);
}

/** EC2 may show the route before it shows the note. */
function isTried({ view, zone }: Diagnosed, { memory, now }: Pick<PlanContext, 'memory' | 'now'>): boolean {
  const isTaken = view.privateTables.some(
    ({ table }) =>
      isOnTrial(table, view.stack, now) || wasJustApplied(memory, zone.name, noteTakeover(table, now), now),
  );
  return view.readings !== undefined && isTaken && !hasPassed(view.readings);
}

const nothingMore = 'the deployment has failed, and nothing more is launched, taken over or replaced in it';

function hasFailed(zone: ZoneName): Finding {
  const what = `no request passed through the instance of zone ${zone} when it had taken over`;
  return finding('takeover-undone', `${what}: ${nothingMore}`);
}

function cannotBoot(zone: ZoneName): Finding {
  return finding('boot-failed', `an instance of zone ${zone} cannot forward: ${nothingMore}`);
}

/** What was moved a moment ago and may have to go back: a deployment that has failed sees that to its end. */
export function isOnTrialAnywhere(
  diagnoses: readonly Diagnosis[],
  context: Pick<PlanContext, 'memory' | 'now'>,
): boolean {
  return diagnoses.some((entry) => entry.kind === 'diagnosed' && isTried(entry, context));
}

/**
 * Where several zones of a deployment would take over after the same look, the first does: if nothing passes, the others
 * have lost nothing. Nobody waits for one whose calls go on failing.
 */
export function oneTakeoverAtATime(
  plans: readonly ZonePlan[],
  { isDeployment, failing }: PlanContext,
): ZonePlan[] {
  const [first] = plans.filter((entry) => beginsTakeover(entry) && !failing.has(entry.zone));
  return plans.map((entry) =>
    isDeployment === true && first !== undefined && entry !== first && beginsTakeover(entry)
      ? zonePlan(entry.zone, { findings: entry.findings, waits: [...entry.waits, goesFirst(first.zone)] })
      : entry,
  );
}

function beginsTakeover({ waves }: ZonePlan): boolean {
  return waves.flat().some((step) => step.kind === 'note-takeover' && step.ledBack === undefined);
}

/** Without a probe nobody sees whether a request passes. */
function goesFirst(zone: ZoneName): Wait {
  return { detail: `the takeover of zone ${zone}, which goes first`, pollMs: secondMs };
}

export function waitsFor(zone: ZoneName): Wait {
  return { detail: `the takeover of zone ${zone} to let a request pass`, pollMs: secondMs };
}
