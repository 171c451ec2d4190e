import { observeAround, observeInstances } from '../../shared/aws/observe.ts';
import { type Diagnosis, diagnose } from '../../shared/core/diagnose/diagnose.ts';
import { noteRoutesAsFound } from '../../shared/core/lifecycle/as-found.ts';
import { checkDeployment } from '../../shared/core/lifecycle/check-deployment.ts';
import { diagnoseBuild } from '../../shared/core/lifecycle/diagnose-build.ts';
import { ledToOthers, strangersIn } from '../../shared/core/lifecycle/led-to-others.ts';
import { assertNever } from '../../shared/core/model/assert.ts';
import type { FindingCode } from '../../shared/core/model/finding.ts';
import type { AllocationId, SubnetId } from '../../shared/core/model/ids.ts';
import type { Step } from '../../shared/core/model/step.ts';
import { type DurationMs, type EpochMs, secondMs } from '../../shared/core/model/time.ts';
import type { Report, ZoneReport } from '../../shared/core/report/report.ts';
import type { LoopDeps } from '../../shared/loop/context.ts';
import { runLoop } from '../../shared/loop/loop.ts';
import { observeOfferings } from './observe-offerings.ts';
import { observeOtherStacks } from './observe-other-stacks.ts';
import { describeFailedStep, type FailedStep, performSteps } from './perform-steps.ts';
import { runRemoval } from './removal.ts';

/** What CloudFormation wants of the zones. */
export type Change = { readonly kind: 'create' } | { readonly kind: 'update'; readonly former: Former };

/** What the settings named before the update. */
export type Former = {
  readonly allocationIds: readonly AllocationId[];
  readonly privateSubnetIds: readonly SubnetId[];
};

/** `unfinished`: this invocation ran out of time, and the next can continue. */
export type LifecycleResult =
  | {
      readonly kind: 'done';
      readonly publicAddresses: readonly string[];
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly problems: readonly string[];
      /** A creation that ended before its first call. */
      readonly nothingBuilt?: true;
      /** An update whose zones are as wanted; what they no longer need is not all removed. */
      readonly isBuilt?: true;
    }
  | { readonly kind: 'unfinished'; readonly open: readonly string[]; readonly isBuilt?: true };

const lookAgainMs: DurationMs = 5 * secondMs;
/**
 * A new policy or role takes a while to be known everywhere (IAM User Guide, "Changes that I make are not always
 * immediately visible"). A refusal that lasts longer than this is final.
 */
const permissionsSpreadMs: DurationMs = 90 * secondMs;
/** After a failure such as no capacity: of EC2's calls, RunInstances has the smallest token bucket. */
const afterTroubleMs: DurationMs = 20 * secondMs;

/**
 * Brings every zone to egress under the settings. First everything is checked, and nothing is changed unless all of it
 * is right; then the routes are noted as they were found; then the controller's own loop builds; last goes what the
 * settings no longer name. Each part finds what an earlier invocation has done, so all of it can be repeated.
 */
export async function runDeployment(wanted: Change, deps: LoopDeps): Promise<LifecycleResult> {
  const checked = await check(wanted, deps);
  if (checked.kind !== 'fits') {
    return checked;
  }
  const failures = await prepareZones(preparation(wanted, checked.diagnoses), deps);
  if (failures.length > 0) {
    return { kind: 'failed', problems: failures.map(describeFailedStep) };
  }
  const built = await build(wanted, deps);
  return built.kind === 'done' && wanted.kind === 'update' ? await dropUnnamed(wanted, built, deps) : built;
}

type Checked =
  | { readonly kind: 'fits'; readonly diagnoses: readonly Diagnosis[] }
  | Extract<LifecycleResult, { kind: 'failed' | 'unfinished' }>;

/** Looks until everything could be read: most reads fail for a moment only. */
async function check(wanted: Change, deps: LoopDeps): Promise<Checked> {
  const { ec2Context, clock, deadline, settings } = deps;
  const observation = { ec2: ec2Context.ec2, settings, clock };
  const served = wanted.kind === 'update' ? wanted.former.privateSubnetIds : [];
  for (;;) {
    const first = await observeInstances(observation);
    const [snapshot, offerings] = await Promise.all([
      observeAround(observation, first, { statuses: true, images: true }),
      observeOfferings(observation),
    ]);
    const context = { settings, specHash: ec2Context.specHash, now: snapshot.takenAt };
    const diagnoses = settings.zones.map((zone) => diagnose(snapshot, zone, context));
    const strangers = strangersIn(diagnoses, served);
    const others = await observeOtherStacks(observation, strangers);
    const checked = checkDeployment(snapshot, diagnoses, offerings, settings);
    const problems = [
      ...checked.problems,
      ...(others.known ? ledToOthers(strangers, others.value.items) : []),
    ];
    const unread = [...checked.unread, ...(others.known ? [] : [others.detail])];
    if (problems.length > 0) {
      return { kind: 'failed', problems };
    }
    if (unread.length === 0) {
      return { kind: 'fits', diagnoses };
    }
    if (clock.now() + lookAgainMs >= deadline) {
      return { kind: 'unfinished', open: unread.map((detail) => `could not be read: ${detail}`) };
    }
    await clock.sleep(lookAgainMs);
  }
}

/** Nobody asked for a pause that an earlier stack left on an Elastic IP: a new stack is meant to have egress. */
function preparation(wanted: Change, diagnoses: readonly Diagnosis[]): Step[] {
  const isNew = wanted.kind === 'create';
  return diagnoses.flatMap((diagnosis): Step[] => {
    if (diagnosis.kind === 'undiagnosed') {
      return [];
    }
    const { allocationId } = diagnosis.zone;
    const isPaused = diagnosis.pausedSince !== undefined;
    return [
      ...(isNew && isPaused ? [{ kind: 'resume', allocationId } as const] : []),
      ...noteRoutesAsFound(diagnosis.view, isNew),
    ];
  });
}

/** Retries failed steps for as long as a new permission may take to propagate. */
async function prepareZones(steps: readonly Step[], deps: LoopDeps): Promise<FailedStep[]> {
  const until = Math.min(deps.clock.now() + permissionsSpreadMs, deps.deadline - lookAgainMs);
  for (let left = steps; ; ) {
    const failures = await performSteps(left, deps);
    if (failures.length === 0 || deps.clock.now() >= until) {
      return failures;
    }
    left = failures.map(({ step }) => step);
    await deps.clock.sleep(lookAgainMs);
  }
}

async function build(wanted: Change, deps: LoopDeps): Promise<LifecycleResult> {
  const { clock, deadline } = deps;
  let trouble: readonly string[] | undefined;
  let hopelessSince: EpochMs | undefined;
  for (;;) {
    const report = await runLoop({ kind: 'look', source: 'lifecycle', at: clock.now() }, deps);
    deps.log('info', 'report', { report });
    const state = diagnoseBuild(report, wanted.kind === 'update');
    switch (state.kind) {
      case 'done':
        return {
          kind: 'done',
          warnings: report.zones.flatMap(({ findings }) =>
            findings.filter(({ code }) => worthKnowing.has(code)).map(({ detail }) => detail),
          ),
          publicAddresses: report.zones.flatMap(publicAddressOf),
        };
      case 'failed':
        return { kind: 'failed', problems: state.zones };
      case 'hopeless':
        hopelessSince ??= clock.now();
        if (clock.now() - hopelessSince >= permissionsSpreadMs || clock.now() + afterTroubleMs >= deadline) {
          return { kind: 'failed', problems: state.zones };
        }
        await clock.sleep(afterTroubleMs);
        break;
      case 'open': {
        hopelessSince = undefined;
        // The last look before the end may not have tried again, and then has nothing to say of what keeps failing.
        trouble = latestTrouble(report, state.zones, trouble);
        const pauseMs = report.outcome === 'attention' ? afterTroubleMs : lookAgainMs;
        if (clock.now() + pauseMs >= deadline) {
          return { kind: 'unfinished', open: [...state.zones, ...earlier(trouble, state.zones)] };
        }
        await clock.sleep(pauseMs);
        break;
      }
      default:
        assertNever(state);
    }
  }
}

/** What clients are seen as: nobody is as a standby's own. */
function publicAddressOf({ address, standbyFor }: ZoneReport): string[] {
  return address === undefined || standbyFor !== undefined ? [] : [address.publicIp];
}

/** The deployment succeeds all the same, and its answer says so. */
const worthKnowing: ReadonlySet<FindingCode> = new Set([
  'boot-unheard',
  'serves-others',
  'address-of-another-stack',
]);

function latestTrouble(
  { outcome }: Report,
  zones: readonly string[],
  before: readonly string[] | undefined,
): readonly string[] | undefined {
  return outcome === 'attention' ? zones : outcome === 'settled' ? undefined : before;
}

/** A former state is not reported as the present one. */
function earlier(trouble: readonly string[] | undefined, now: readonly string[]): string[] {
  return (trouble ?? []).filter((said) => !now.includes(said)).map((said) => `earlier: ${said}`);
}

/** Only when the settings' zones have egress: a dropped zone may have carried traffic until a moment ago. */
async function dropUnnamed(
  { former }: Extract<Change, { kind: 'update' }>,
  built: Extract<LifecycleResult, { kind: 'done' }>,
  deps: LoopDeps,
): Promise<LifecycleResult> {
  const scope = {
    kind: 'unnamed',
    formerPrivateSubnetIds: former.privateSubnetIds,
    formerAllocationIds: former.allocationIds,
  } as const;
  const removed = await runRemoval(scope, deps);
  if (removed.kind !== 'done') {
    return { ...removed, isBuilt: true };
  }
  const isNamed = (id: AllocationId) => deps.settings.zones.some(({ allocationId }) => allocationId === id);
  const dropped = former.allocationIds.filter((id) => !isNamed(id));
  const failures = await performSteps(
    dropped.map((allocationId) => ({ kind: 'forget-address', allocationId })),
    deps,
  );
  return {
    ...built,
    warnings: [...built.warnings, ...removed.warnings, ...failures.map(describeFailedStep)],
  };
}
