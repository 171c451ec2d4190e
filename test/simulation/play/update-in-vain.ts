import { heardWithinMs } from '../../../shared/core/diagnose/boot-trust.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Behaviour } from '../../../simulator/behaviour.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { StackAnswer } from '../../../simulator/harness/stack-harness.ts';
import type { Checker } from '../checker/checker.ts';
import type { Play } from './play.ts';

const bootsThatFail = ['cannot', 'hangs'] as const;
/** Only requests through it show that one does not forward that says it does. */
const bootsThatAProbeSees = [...bootsThatFail, 'pretends'] as const;

/**
 * In some schedules, once all is settled, the settings are changed and nothing that is launched with them forwards, which no
 * status check tells. The update must fail, and the rollback that CloudFormation then asks for must succeed.
 */
export async function updateInVain(seed: number, play: Play, checker: Checker): Promise<void> {
  if (seed % 8 !== 5 || checker.violation !== undefined) return;
  const { stack, harness } = play;
  // An update leaves a paused zone as it is, launches nothing in it, and succeeds.
  if (harness.topology.zones.some((_zone, index) => play.isPaused(index))) return;
  const before = harness.settings;
  const behaviour = harness.sim.region.behaviour;
  if (!isHeardInTime(behaviour.consoleDelay, before.readyTimeoutMs)) return;
  const boots = play.hasProbes ? bootsThatAProbeSees : bootsThatFail;
  Object.assign(behaviour, { boot: boots[(seed >> 3) % boots.length] ?? 'cannot' });
  play.note('an update whose instances do not forward');
  const update = await stack.update({ volumeGiB: before.volumeGiB + 1 });
  checker.report('success-means-egress', successMeansEgress(update, play));
  if (update.Status === 'SUCCESS') {
    checker.report('success-means-egress', 'an update succeeded whose instances do not forward');
  }
  Object.assign(behaviour, { boot: 'forwards' });
  play.note('its rollback');
  const rollback = await stack.update(before);
  checker.report('success-means-egress', successMeansEgress(rollback, play));
  if (rollback.Status === 'FAILED') {
    checker.report('success-means-egress', `the rollback failed: ${rollback.Reason ?? ''}`);
  }
}

/**
 * Where a console says nothing before an instance would be given up as late, one whose checks pass is believed in the end:
 * nothing else can tell yet. The minute is for the instance to run.
 */
function isHeardInTime(consoleDelay: Behaviour['consoleDelay'], readyTimeoutMs: DurationMs): boolean {
  const believedAfterMs = Math.min(heardWithinMs, readyTimeoutMs - 30 * secondMs);
  return consoleDelay !== 'empty' && consoleDelay.maxMs + minuteMs < believedAfterMs;
}

/** A deployment is called done only where packets of every private subnet pass. */
export function successMeansEgress({ Status }: StackAnswer, { harness }: Play): string | undefined {
  if (Status !== 'SUCCESS') return undefined;
  for (const subnetId of harness.topology.privateSubnetIds) {
    const egress = hasEgress(harness.sim, subnetId);
    if (!egress.ok) return `a deployment succeeded, and ${subnetId} is offline: ${egress.why}`;
  }
  return undefined;
}
