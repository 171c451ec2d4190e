import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import type { ZoneView } from '../diagnose/zone-view.ts';
import { breakerOf } from '../launch/breaker.ts';
import type { FailureKind } from '../model/failure.ts';
import { type Finding, finding, isSerious } from '../model/finding.ts';
import { intentOf } from '../model/intent.ts';
import { quote } from '../model/quote.ts';
import { isAlive, type NatInstance } from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';
import type { Trigger } from '../model/trigger.ts';
import { type LeftAlone, leftAlone } from '../plan/left-open.ts';
import type { ZonePlan } from '../plan/zone-plan.ts';
import { borrowedAddressFindings } from './borrowed-address.ts';
import { describeStep } from './describe-step.ts';
import { failingAgain } from './failing-again.ts';
import { oddTagFindings } from './odd-tags.ts';
import { isOutageOfRun, outageOf } from './outage.ts';
import type { InstanceReport, OtherInstance, Report, StepReport, Times, ZoneReport } from './report.ts';
import type { RunProgress, ZoneProgress } from './run-progress.ts';
import { servesOthersFindings } from './serves-others.ts';
import { standInReport } from './stand-in-report.ts';
import { triggerReport } from './trigger-report.ts';
import { carrierHealth, readingFindings, readingReports } from './zone-readings.ts';

export type ReportInput = {
  readonly trigger: Trigger;
  readonly run: RunProgress;
  /** As last seen. */
  readonly diagnoses: readonly Diagnosis[];
  /** The steps and waits that are left; in a dry run, the steps that would be taken. */
  readonly plans: readonly ZonePlan[];
  readonly calls: Report['calls'];
  readonly maxLaunchesPerHour: number;
  /** Why no instance watches another, where they were to; told with the first zone. */
  readonly unwatched?: string | undefined;
  readonly endedAt: EpochMs;
  /** Where the run ended before it could have one of its own. */
  readonly outcome?: Report['outcome'];
};

export function buildReport(input: ReportInput): Report {
  const zones = input.diagnoses.map((diagnosis) => zoneReport(diagnosis, input));
  const outcome = input.outcome ?? outcomeOf(input, zones);
  return {
    outcome,
    trigger: triggerReport(input.trigger),
    zones,
    times: times(input, outcome),
    calls: input.calls,
  };
}

export type Refusal = Report & { readonly refusal: string };

/** The answer to a command that is not understood. */
export function refuse(why: string, received: string, now: EpochMs): Refusal {
  const at = iso(now);
  return {
    outcome: 'refused',
    refusal: why,
    trigger: { kind: 'manual', detail: quote(received, maxReceived), at },
    zones: [],
    times: { event: at, started: at, ended: at },
    calls: { describe: 0, mutating: 0, failed: 0 },
  };
}

/** Of what was received the beginning tells enough. */
const maxReceived = 200;

function outcomeOf(input: ReportInput, zones: readonly ZoneReport[]): Report['outcome'] {
  const { plans, diagnoses } = input;
  const undiagnosed = diagnoses.some(({ kind }) => kind === 'undiagnosed');
  const serious = zones.some(({ findings }) => findings.some(isSerious));
  const abandoned = diagnoses.flatMap((diagnosis) => leftPaused(diagnosis, input));
  if (undiagnosed || serious || abandoned.some(({ isTrouble }) => isTrouble)) {
    return 'attention';
  }
  const isOpen = plans.some(
    ({ waves, waits, needsImages, findings }) =>
      waves.length > 0 || waits.length > 0 || needsImages || findings.some(isHeldBack),
  );
  if (isOpen || abandoned.length > 0) {
    return 'waiting';
  }
  const isUndone = zones.some(
    ({ steps, egress }) => steps.findLast(counts)?.result.kind === 'failed' || egress === 'fails',
  );
  return isUndone ? 'attention' : 'settled';
}

/** A finding says what comes of it, and no client is served the worse. */
function counts({ kind, purpose, result }: StepReport): boolean {
  const isSpare = kind === 'create-interface' && purpose === 'clean-up';
  return !(kind === 'assign-secondary-address' || (isSpare && failedFor('quota', result)));
}

function failedFor(kind: FailureKind, result: StepReport['result']): boolean {
  return result.kind === 'failed' && result.failure.kind === kind;
}

/**
 * What nobody puts right because the zone is paused. A command's answer has it from its own plan, which knows what the
 * command has just changed; and whoever gave the command needs no alarm.
 */
function leftPaused(diagnosis: Diagnosis, { trigger }: Pick<ReportInput, 'trigger'>): LeftAlone[] {
  const isPaused = diagnosis.view?.address?.pausedSince !== undefined;
  const left = isPaused && intentOf(trigger).course !== 'once' ? leftAlone(diagnosis) : undefined;
  return left === undefined ? [] : [left];
}

/** Planned, and not yet its turn. */
function isHeldBack({ code }: Finding): boolean {
  return code === 'another-zone-first' || code === 'all-zones-suspect';
}

function zoneReport(diagnosis: Diagnosis, input: ReportInput): ZoneReport {
  const { plans, run, outcome } = input;
  const zone = run.zones.get(diagnosis.zone.name);
  const own = plans.filter((plan) => plan.zone === diagnosis.zone.name);
  const planned = outcome === 'planned' ? own.flatMap((plan) => plannedSteps(plan)) : [];
  return {
    zone: diagnosis.zone.name,
    health: diagnosis.health,
    ...readingReports(diagnosis, run.lastLookAt),
    findings: [
      ...diagnosis.findings,
      ...own.flatMap(({ findings }) => findings),
      ...blockedBy(zone, input),
      ...failedBefore([...diagnosis.findings, ...own.flatMap(({ findings }) => findings)], zone),
      ...failingAgain(zone),
      ...readingFindings(diagnosis, run.lastLookAt),
      ...aboutSurroundings(diagnosis, run),
      ...(diagnosis === input.diagnoses[0] ? unwatchedFinding(input) : []),
    ],
    paused: diagnosis.view?.address?.pausedSince !== undefined,
    ...instanceReports(diagnosis, run.lastLookAt),
    ...standInReport(diagnosis, run.lastLookAt),
    ...(diagnosis.kind === 'diagnosed' ? { breaker: breakerReport(diagnosis, input) } : {}),
    ...addressReport(diagnosis.view),
    routes: routeReports(diagnosis.view),
    steps: [...(zone?.steps ?? []), ...planned],
    waitsFor: [
      ...own.flatMap(({ waits }) => waits.map((wait) => wait.detail)),
      ...leftPaused(diagnosis, input).map(({ detail }) => detail),
    ],
    ...(zone === undefined ? {} : outageReport(zone, run, diagnosis)),
  };
}

/** Worth knowing, and nothing that the zone waits for or fails by. */
function aboutSurroundings({ kind, view }: Diagnosis, { lastLookAt }: RunProgress): Finding[] {
  return view === undefined
    ? []
    : [
        ...oddTagFindings(view, lastLookAt),
        ...borrowedAddressFindings(view),
        ...(kind === 'diagnosed' ? servesOthersFindings(view) : []),
      ];
}

function unwatchedFinding({ unwatched }: ReportInput): Finding[] {
  return unwatched === undefined ? [] : [finding('not-watched', unwatched)];
}

function plannedSteps(plan: ZonePlan): StepReport[] {
  return plan.waves.flat().map((step) => ({
    step: describeStep(step),
    kind: step.kind,
    purpose: plan.purpose,
    result: { kind: 'planned' },
    afterMs: 0,
    tookMs: 0,
  }));
}

/** What came to nothing earlier in this run, unless it is told anyway. */
function failedBefore(told: readonly Finding[], zone: ZoneProgress | undefined): Finding[] {
  return [zone?.bootFailed, zone?.undone].flatMap((known) =>
    known === undefined || told.some(({ code }) => code === known.code) ? [] : [known],
  );
}

/** What a person asked for and was not done is told to that person, also where another try might do it. */
function blockedBy(zone: ZoneProgress | undefined, { trigger }: ReportInput): Finding[] {
  const last = zone?.steps.findLast(({ result }) => result.kind === 'failed');
  const isLast = last !== undefined && zone?.steps.at(-1) === last;
  const isAnswer = trigger.kind === 'manual' && isLast && counts(last);
  if (last?.result.kind !== 'failed' || (zone?.blocked !== true && !isAnswer)) {
    return [];
  }
  const { code, message, advice } = last.result.failure;
  return [{ code: 'step-failed', detail: `could not ${last.step}: ${code}: ${message} (${advice})` }];
}

function outageReport(
  zone: ZoneProgress,
  run: RunProgress,
  diagnosis: Diagnosis,
): Pick<ZoneReport, 'outage' | 'outageMs'> {
  const outage = outageOf(zone);
  if (outage === undefined) {
    return {};
  }
  const { trouble, restored } = outage;
  const primary = diagnosis.kind === 'diagnosed' ? diagnosis.primary : undefined;
  const isCounted = isOutageOfRun(zone, run, primary?.launchedAt);
  return {
    outage: {
      startedAt: iso(trouble.since),
      startKnownFrom: trouble.knownFrom,
      ...(restored === undefined ? {} : { endedAt: iso(restored.at), endKnownFrom: restored.knownFrom }),
    },
    ...(restored === undefined || !isCounted ? {} : { outageMs: restored.at - trouble.since }),
  };
}

/** A line of the log every minute: what is long dead need not be in it, and the breaker bounds what lives. */
const maxEnded = 3;

/** Also where nothing may be done: a person needs to see what there is. */
function instanceReports(diagnosis: Diagnosis, now: EpochMs): Pick<ZoneReport, 'primary' | 'others'> {
  const diagnosed: Partial<Diagnosed> = diagnosis.kind === 'diagnosed' ? diagnosis : {};
  const { primary, primaryReady, primaryAsConfigured } = diagnosed;
  const others = otherReports(diagnosis, primary);
  const repairs = carrierHealth(diagnosis, now)?.repairs;
  return {
    ...(primary === undefined
      ? {}
      : {
          primary: {
            ...instanceReport(primary),
            ready: primaryReady === true,
            asConfigured: primaryAsConfigured === true,
            ...(repairs === undefined ? {} : { repairs }),
          },
        }),
    ...(others.length === 0 ? {} : { others }),
  };
}

function otherReports(diagnosis: Diagnosis, primary: NatInstance | undefined): OtherInstance[] {
  const others = (diagnosis.view?.instances ?? [])
    .filter(({ id }) => id !== primary?.id)
    .toSorted((one, other) => other.launchedAt - one.launchedAt)
    .map((instance) => ({ ...instanceReport(instance), role: roleOf(instance, diagnosis) }));
  const of = (...roles: OtherInstance['role'][]) => others.filter(({ role }) => roles.includes(role));
  return [...of('candidate'), ...of('surplus', 'unjudged'), ...of('ended').slice(0, maxEnded)];
}

function roleOf(instance: NatInstance, diagnosis: Diagnosis): OtherInstance['role'] {
  if (!isAlive(instance)) {
    return 'ended';
  }
  if (diagnosis.kind === 'undiagnosed') {
    return 'unjudged';
  }
  return instance.id === diagnosis.candidate?.id ? 'candidate' : 'surplus';
}

function instanceReport(instance: NatInstance): InstanceReport {
  const { id, state, instanceType, spot, imageId, launchedAt, interfaceId } = instance;
  return {
    instanceId: id,
    state,
    instanceType,
    market: spot === true ? 'spot' : 'on-demand',
    imageId,
    launchedAt: iso(launchedAt),
    ...(interfaceId === undefined ? {} : { interfaceId }),
  };
}

function breakerReport(
  { view }: Diagnosed,
  { run, maxLaunchesPerHour }: ReportInput,
): ZoneReport['breaker'] & {} {
  const { launches, maxPerHour, isOpen } = breakerOf(view, run.lastLookAt, maxLaunchesPerHour);
  return { launchesInLastHour: launches.length, mostPerHour: maxPerHour, open: isOpen };
}

function addressReport(view: ZoneView | undefined): Pick<ZoneReport, 'address'> {
  const address = view?.address;
  return address === undefined
    ? {}
    : {
        address: {
          allocationId: address.allocationId,
          publicIp: address.publicIp,
          ...(address.interfaceId === undefined ? {} : { on: address.interfaceId }),
        },
      };
}

function routeReports(view: ZoneView | undefined): ZoneReport['routes'] {
  return (view?.privateTables ?? []).map(({ table }) => ({
    routeTableId: table.id,
    target: table.defaultRoute?.target.id ?? 'none',
    state: table.defaultRoute?.state ?? 'missing',
  }));
}

function times({ run, endedAt }: ReportInput, outcome: Report['outcome']): Times {
  const zones = [...run.zones.values()];
  const firsts = zones.flatMap(({ firstCutoverAt }) => firstCutoverAt ?? []);
  const lasts = zones.flatMap(({ lastCutoverAt }) => lastCutoverAt ?? []);
  return {
    event: iso(run.eventAt),
    started: iso(run.startedAt),
    ended: iso(endedAt),
    ...(firsts.length === 0 ? {} : { toFirstCutoverCallMs: Math.min(...firsts) - run.eventAt }),
    ...(lasts.length === 0 ? {} : { toLastCutoverAnswerMs: Math.max(...lasts) - run.eventAt }),
    ...(outcome === 'settled' ? { toSettledMs: endedAt - run.eventAt } : {}),
  };
}

function iso(time: EpochMs): string {
  return new Date(time).toISOString();
}
