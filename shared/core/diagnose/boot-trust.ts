import { assertNever } from '../model/assert.ts';
import { type Finding, finding } from '../model/finding.ts';
import { bakedImagePrefix, type ImageChoice, type Settings } from '../model/settings.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs, secondMs } from '../model/time.ts';
import { natHealthOf } from './verdict.ts';
import type { ZoneView } from './zone-view.ts';

/**
 * Whether an instance that has passed EC2's checks may be trusted to forward traffic: the checks do not tell. `findings`
 * say what a person should know about it.
 */
export type BootTrust = {
  readonly kind: 'trusted' | 'waiting' | 'failed';
  readonly findings: readonly Finding[];
};

type Context = { readonly settings: Settings; readonly now: EpochMs };

const trusted: BootTrust = { kind: 'trusted', findings: [] };

/**
 * A boot that cannot forward tries for eight to nine minutes, then says so and ends the instance. An instance that has
 * said nothing for longer, and still runs, is trusted on EC2's checks alone.
 */
export const heardWithinMs: DurationMs = 9 * minuteMs;

/** An instance that was not asked is trusted: the console is read wherever its word matters. What it says now is newer. */
export function bootTrust(view: ZoneView, instance: NatInstance, context: Context): BootTrust {
  const word = view.bootWordOf(instance.id);
  if (word === undefined || natHealthOf(view.readings, instance.id, context.now)?.ready === true) {
    return trusted;
  }
  const { id } = instance;
  switch (word.kind) {
    case 'forwards':
      return trusted;
    case 'cannot-forward':
      return { kind: 'failed', findings: [finding('boot-failed', `${id} cannot forward: ${word.why}`)] };
    case 'silent':
      return speaks(context.settings.image)
        ? unheard(id, 'its boot has not said that it forwards', 'it is given up if that stays so', 'waiting')
        : afterAWhile(
            instance,
            context,
            'its boot has not said that it forwards, and its image may have no way to',
          );
    case 'unknown':
      return afterAWhile(instance, context, `whether it forwards cannot be read: ${word.why}`);
    default:
      return assertNever(word);
  }
}

/**
 * These presets boot through our files, which write the outcome to the console, and so does what `phoenat bake` has made of
 * them. Other images need not.
 */
function speaks(image: ImageChoice): boolean {
  const isBaked =
    image.kind === 'custom' && image.owner === 'self' && image.namePattern.startsWith(bakedImagePrefix);
  return isBaked || (image.kind === 'preset' && image.preset !== 'amzn-ami-vpc-nat');
}

/** Waits no longer than the ready time-out, at which the instance is given up. */
function afterAWhile({ id, launchedAt }: NatInstance, { settings, now }: Context, what: string): BootTrust {
  const waitMs = Math.min(heardWithinMs, settings.readyTimeoutMs - 30 * secondMs);
  return now - launchedAt < waitMs
    ? unheard(id, what, `it is waited for until ${new Date(launchedAt + waitMs).toISOString()}`, 'waiting')
    : unheard(id, what, 'it is taken to, as EC2’s checks pass', 'trusted');
}

function unheard(id: string, what: string, so: string, kind: BootTrust['kind']): BootTrust {
  return { kind, findings: [finding('boot-unheard', `${id} has passed its status checks; ${what}; ${so}`)] };
}

/** Worth asking: an older instance's word has left its console, or its failure has shown by now. */
export function mayBeHeard({ state, launchedAt }: NatInstance, now: EpochMs): boolean {
  return state === 'running' && now - launchedAt < hourMs;
}
