import { setTimeout as sleep } from 'node:timers/promises';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import { LiveHarness, type Pace } from '../harness/live-harness.ts';
import type { Lab } from '../network/lab.ts';
import { type LabEvent, mustOfPlanned } from './events.ts';
import type { Setup } from './setups.ts';
import { Traffic, type TrafficResult } from './traffic.ts';

/** One event in one setup, or the way home from the neighbour after it. */
export type EventFigures = TrafficResult & {
  readonly setup: string;
  readonly event: string;
  readonly says: string;
  /** What is to be reached; absent: nothing is said of this setup. */
  readonly must?: string;
  /** The Elastic IP of zone a. */
  readonly publicIp: string;
  /** From the event until another instance, or the same after a reboot, had all of zone a's traffic. */
  readonly movedAfterMs: DurationMs;
};

export type PlayOptions = { readonly pace: Pace; readonly connections: number };

/** What the watches have heard of each other, and the guards of their way out. */
const warmUpMs = 6 * secondMs;
/** What comes after a move: old packets, the table's last round. */
const afterwardsMs = 4 * secondMs;

/** Plays it in a lab of its own. @throws Error where it does not end as it should. */
export async function playEvent(
  lab: Lab,
  event: LabEvent,
  setup: Setup,
  options: PlayOptions,
): Promise<readonly EventFigures[]> {
  const live = await LiveHarness.startAsDeployed(lab, options.pace, {
    ...setup.options,
    behaviour: event.behaviour,
  });
  try {
    return await playIn(lab, live, event, setup, options);
  } finally {
    await live.stop();
  }
}

async function playIn(
  lab: Lab,
  live: LiveHarness,
  event: LabEvent,
  setup: Setup,
  { connections }: PlayOptions,
): Promise<readonly EventFigures[]> {
  const { harness } = live;
  // A standby has no clients.
  const hasB = harness.settings.zones.some(({ name }) => name === 'b');
  const publicIp = harness.topology.zones[0]?.publicIp ?? '';
  const before = live.carrierOf(0);
  if (before === undefined) throw new Error('zone a is not served before the event');
  // The probes bring what the user data had no room for.
  live.wake(harness.scheduledEvent());
  await live.until('the first run is over', () => harness.isIdle(), minuteMs);
  const first = await Traffic.start(lab, { connections, hasB });
  await sleep(warmUpMs);
  const struckAt = performance.now();
  const bootedAt = bootOf(live, before);
  event.strike(live, before);
  const hasMoved = () => {
    const now = live.carrierOf(0);
    return now !== undefined && (now !== before || bootOf(live, now) !== bootedAt);
  };
  await live.until(`${event.says}: zone a is served by another`, hasMoved, 10 * minuteMs);
  const movedAt = performance.now();
  const isHome = () => zoneOf(live, live.carrierOf(0)) === 'a';
  const second = isHome() ? undefined : await startAgain(lab, { connections, hasB });
  await sleep(afterwardsMs);
  const about = { setup: setup.name, event: event.name, publicIp };
  const mustBe = (must: string) => (setup.isToReach ? { must } : {});
  const figures = [
    {
      ...about,
      ...mustBe(event.must),
      says: event.says,
      movedAfterMs: movedAt - struckAt,
      ...(await first.finish()),
    },
  ];
  if (second === undefined) return figures;
  await live.until('zone a returns home', isHome, 10 * minuteMs);
  const returnedAfterMs = performance.now() - movedAt;
  await sleep(afterwardsMs);
  const says = `return home after: ${event.says}`;
  return [
    ...figures,
    { ...about, ...mustBe(mustOfPlanned), says, movedAfterMs: returnedAfterMs, ...(await second.finish()) },
  ];
}

/** The traffic may have gone back for a moment: then connections cannot be opened. */
async function startAgain(lab: Lab, traffic: { connections: number; hasB: boolean }): Promise<Traffic> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await inTime(Traffic.start(lab, traffic));
    } catch (error) {
      if (tries === 5) throw error;
      await sleep(2 * secondMs);
    }
  }
}

/** One that is half open when the traffic moves may wait for its first byte for ever. */
async function inTime(starting: Promise<Traffic>): Promise<Traffic> {
  const late = sleep(20 * secondMs).then(() => {
    throw new Error('the connections cannot be opened');
  });
  return await Promise.race([starting, late]);
}

function recordOf({ harness }: LiveHarness, id = ''): InstanceRecord | undefined {
  return harness.sim.region.store.instances.current.get(id);
}

function zoneOf(live: LiveHarness, id: string | undefined): string | undefined {
  return recordOf(live, id)?.tags[tagKeys.zone];
}

/** Another one after a reboot. */
function bootOf(live: LiveHarness, id: string): number | undefined {
  return recordOf(live, id)?.bootedAt;
}
