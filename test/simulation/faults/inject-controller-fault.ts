import { assertNever } from '../../../shared/core/model/assert.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import type { Play } from '../play/play.ts';
import type { FaultOf } from '../schedule/schedule.ts';

type Trouble = FaultOf<
  'events-lost' | 'events-doubled' | 'events-late' | 'controllers-at-once' | 'runs-cut-short' | 'redeployed'
>;

/** What happens to the controller itself: how it is woken, how long it may run, what it is configured to do. */
export function injectControllerFault(fault: Trouble, play: Play): boolean {
  play.note(JSON.stringify(fault));
  const { harness } = play;
  const { lostEventProbability, duplicateEventProbability, eventDelay, alarmDelay } =
    harness.sim.region.behaviour;
  switch (fault.kind) {
    case 'events-lost':
      harness.sim.changeEvents({ lostEventProbability: 1 });
      play.lasting(fault.forMs, () => harness.sim.changeEvents({ lostEventProbability }));
      return true;
    case 'events-doubled':
      harness.sim.changeEvents({ duplicateEventProbability: 1 });
      play.lasting(fault.forMs, () => harness.sim.changeEvents({ duplicateEventProbability }));
      return true;
    case 'events-late': {
      const late = { minMs: 0, maxMs: fault.byMs };
      harness.sim.changeEvents({ eventDelay: late, alarmDelay: late });
      play.lasting(fault.forMs, () => {
        harness.sim.changeEvents({ eventDelay, alarmDelay });
        // What was told just now is still to arrive, a warning among it: until then this fault is not over.
        play.troubledUntil = Math.max(play.troubledUntil, play.now + fault.byMs);
      });
      return true;
    }
    case 'controllers-at-once':
      for (let index = 0; index < fault.count; index += 1) {
        harness.clock.at(play.now + index * fault.apartMs, () => wake(harness.scheduledEvent(), play));
      }
      return true;
    case 'runs-cut-short':
      harness.timeoutMs = Math.min(harness.timeoutMs, fault.timeoutMs);
      play.lasting(fault.forMs, () => {
        harness.timeoutMs = minuteMs;
      });
      return true;
    case 'redeployed': {
      const before = JSON.stringify(harness.settings);
      harness.settings = { ...harness.settings, ...changed(fault.change, play) };
      return JSON.stringify(harness.settings) !== before;
    }
    default:
      return assertNever(fault);
  }
}

function wake(event: object, play: Play): void {
  // What becomes of it is in the harness's record.
  play.harness.start(event).catch(() => undefined);
}

function changed(
  change: FaultOf<'redeployed'>['change'],
  { harness, firstSettings }: Play,
): Partial<Settings> {
  const { settings } = harness;
  switch (change) {
    case 'instance-types':
      return { instanceTypes: settings.instanceTypes.toReversed() };
    case 'volume':
      return { volumeGiB: settings.volumeGiB + 1 };
    case 'image':
      return {
        image: {
          kind: 'preset',
          preset:
            settings.image.kind === 'preset' && settings.image.preset === 'al2023' ? 'fck-nat' : 'al2023',
        },
      };
    case 'egress':
      return {
        egress: { ...settings.egress, traffic: settings.egress.traffic === 'web' ? 'https' : 'web' },
      };
    case 'ready-timeout':
      return { readyTimeoutMs: settings.readyTimeoutMs === 10 * minuteMs ? 5 * minuteMs : 10 * minuteMs };
    case 'first-settings':
      return firstSettings;
    default:
      return assertNever(change);
  }
}

/** An operator, by hand, in one zone. False where the zone is so already. */
export function command(fault: FaultOf<'rebuild' | 'pause' | 'resume' | 'restore'>, play: Play): boolean {
  const zone = play.letter(fault.zone);
  const immediate = fault.kind === 'rebuild' && fault.immediate;
  const isPaused = play.isPaused(fault.zone);
  const event = { action: fault.kind, zone, ...(fault.kind === 'rebuild' ? { immediate } : {}) };
  play.note(`command ${JSON.stringify(event)}`);
  play.commands.push({ at: play.now, action: fault.kind, zone, immediate });
  wake(event, play);
  return fault.kind === 'resume' ? isPaused : !isPaused;
}
