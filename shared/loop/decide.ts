import { observeImages } from '../aws/observe.ts';
import { learnFromEffect } from '../core/memory/learn.ts';
import type { ZoneName } from '../core/model/ids.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Trigger } from '../core/model/trigger.ts';
import { ringIn } from '../core/neighbours/ring.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { commandPlan } from '../core/plan/command.ts';
import { leftOpen } from '../core/plan/left-open.ts';
import { held } from '../core/plan/pauses.ts';
import { plan } from '../core/plan/plan.ts';
import { skipRecentSteps } from '../core/plan/skip-recent-steps.ts';
import { stackOf } from '../core/plan/stack.ts';
import { type PlanContext, type ZonePlan, zonePlan } from '../core/plan/zone-plan.ts';
import type { RunContext } from './context.ts';
import { diagnoseAll, diagnoseContext, type Look, observation } from './look.ts';
import { failedBootOf, failuresOf, noteDenied, noteEndless } from './run.ts';

/** What the trigger asks for beyond looking: an operator's command, a warning to be written down. */
export function commandPlans(look: Look, context: RunContext): ZonePlan[] {
  const { trigger, run, settings, clock, ec2Context } = context;
  const now = clock.now();
  const { specHash } = ec2Context;
  return look.diagnoses.map((diagnosis) =>
    commandPlan(trigger, diagnosis, look.snapshot, { now, settings, specHash, memory: run.memory }),
  );
}

/** What a command had to say, without the steps that are done. */
export function withoutSteps({ zone, findings }: ZonePlan): ZonePlan {
  return zonePlan(zone, { findings });
}

/** A rebuild that every zone refuses that it is meant for: nothing was begun, and the zones are left to the next run. */
export function isRefused(trigger: Trigger, commands: readonly ZonePlan[]): boolean {
  if (trigger.kind !== 'manual') {
    return false;
  }
  const { zone } = trigger.command;
  return commands
    .filter((entry) => zone === undefined || entry.zone === zone)
    .every(({ findings }) => findings.some(({ code }) => code === 'rebuild-refused'));
}

/** The plan for a look; where it wants a launch and the images were not read, they are read and it is made again. */
export async function decide(look: Look, context: RunContext): Promise<ZonePlan[]> {
  const { run, clock } = context;
  const planFor = (images: Snapshot['images']) => plan(look.diagnoses, planContext(look, images, context));
  const first = planFor(look.snapshot.images);
  const images = first.some(({ needsImages }) => needsImages)
    ? (run.endless ?? run.deniedImages ?? (await observeImages(observation(context))))
    : look.snapshot.images;
  noteEndless([images], run);
  noteDenied(images, run);
  const plans = images === look.snapshot.images ? first : planFor(images);
  const now = clock.now();
  return plans.map((entry) => held(skipRecentSteps(entry, run.memory, now), run, now));
}

/** The zones that a neighbour can carry, or may prove to be able to within a moment. */
export function helpedZones(look: Look, context: RunContext): ReadonlySet<ZoneName> {
  if (!mayStandIn(context.settings)) return new Set();
  const { helpers } = stackOf(look.diagnoses, planContext(look, look.snapshot.images, context));
  return new Set(helpers.keys());
}

/** What the next run has left to do after a command, for the report. */
export async function leftOver(look: Look, context: RunContext): Promise<ZonePlan[]> {
  const plans = await decide(look, context);
  return look.diagnoses.flatMap((diagnosis) =>
    plans
      .filter(({ zone }) => zone === diagnosis.zone.name)
      .map((next) => leftOpen(context.trigger, diagnosis, next)),
  );
}

/** For a dry run: what would be done, with a rebuild's mark taken as written; nothing is performed. */
export async function foresee(look: Look, context: RunContext): Promise<ZonePlan[]> {
  const { run, clock, intent } = context;
  const commands = commandPlans(look, context);
  for (const { zone, waves } of commands) {
    for (const step of waves.flat()) {
      run.memory = learnFromEffect(run.memory, step, { kind: 'done' }, { zone, now: clock.now() });
    }
  }
  const then = intent.course === 'follow' ? await decide(diagnoseAll(look.snapshot, context), context) : [];
  return [...commands, ...then];
}

function planContext(look: Look, images: Snapshot['images'], context: RunContext): PlanContext {
  const { run } = context;
  const failed = failedBootOf(run);
  return {
    ...diagnoseContext(look.snapshot, context),
    ...failuresOf(run),
    lookBeganAt: look.snapshot.beganAt,
    ring: ringIn(context.settings.zones, look.snapshot.subnets),
    timeLeftMs: context.deadline - context.clock.now(),
    isDeployment: context.deployingSince !== undefined,
    images,
    memory: run.memory,
    digest: context.digest,
    ...(context.deployingSince === undefined ? {} : { deployingSince: context.deployingSince }),
    ...(failed === undefined ? {} : { failedBootOf: failed }),
  };
}
