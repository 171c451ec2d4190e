import { setTimeout as sleep } from 'node:timers/promises';
import type { GameEvent } from '../core/game-day.ts';
import type { MeasuredEvent, Outcome } from '../core/measured.ts';
import type { Client } from './client.ts';
import { inject, isUndone } from './inject.ts';
import { healths } from './phoenat.ts';
import { type Rig, waitFor } from './rig.ts';
import { waitUntilManaged } from './run-command.ts';
import { instanceOfZoneA, natInstances, zoneOf } from './zone-a.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
/** What a guard repairs within seconds is over before anybody looks; what is not has to show first. */
const leastMs = 20 * secondMs;

export type GameDay = {
  readonly events: readonly GameEvent[];
  readonly client: Client;
  readonly controller: string;
  /** After each event, so that connections which retry less and less often are heard again. */
  readonly settleMs: number;
  /** Where each event is written down as it is over, or as the run is broken off amid it. */
  readonly measured: MeasuredEvent[];
};

/** One event after the other. One that fails is told of, and the next is played where the zones are healthy again. */
export async function playGameDay(rig: Rig, gameDay: GameDay): Promise<void> {
  for (const event of gameDay.events) {
    const { name, what } = event;
    let outcome: Outcome = { kind: 'broken-off' };
    try {
      outcome = await playEvent(rig, event, gameDay);
      rig.say(`${name}: ${tell(outcome)}`);
    } finally {
      gameDay.measured.push({ name, what, outcome });
    }
  }
}

async function playEvent(rig: Rig, event: GameEvent, gameDay: GameDay): Promise<Outcome> {
  const { name, what } = event;
  let instanceId: string;
  try {
    await waitFor(rig, 'both zones to be healthy', 5 * minuteMs, () => bothHealthy(rig));
    ({ InstanceId: instanceId } = await instanceOfZoneA(rig));
    if (name === 'hang' || name === 'forwarding') await waitUntilManaged(rig, instanceId, 3 * minuteMs);
    await gameDay.client.mark(name);
    rig.say(`${name}: ${what}: ${instanceId}`);
  } catch (error) {
    return { kind: 'not-done', why: reason(rig, error) };
  }
  const beganMs = Date.now();
  try {
    await inject(rig, event, instanceId, gameDay.controller);
  } catch (error) {
    return { kind: name === 'rebuild' ? 'not-healed' : 'not-done', why: reason(rig, error) };
  }
  try {
    const healedMs = await waitFor(rig, `zone a to be healthy after ${name}`, event.limitMs, () =>
      healed(rig, event, instanceId, beganMs),
    );
    rig.say(`${name}: healthy again; ${gameDay.settleMs / secondMs} s for connections to be heard`);
    await sleep(gameDay.settleMs, undefined, { signal: rig.signal });
    await gameDay.client.readLog();
    return { kind: 'healed', afterMs: healedMs - beganMs };
  } catch (error) {
    return { kind: 'not-healed', why: reason(rig, error) };
  }
}

/** The run's end is no event's failure. */
function reason({ signal }: Rig, error: unknown): string {
  signal.throwIfAborted();
  return error instanceof Error ? error.message : String(error);
}

export async function bothHealthy(rig: Rig): Promise<true | undefined> {
  const found = await healths(rig);
  return found.size > 1 && [...found.values()].every((health) => health === 'healthy') ? true : undefined;
}

async function healed(
  rig: Rig,
  { name, replaces }: GameEvent,
  old: string,
  beganMs: number,
): Promise<number | undefined> {
  const ofZoneA = (await natInstances(rig)).filter((instance) => zoneOf(instance) === 'a');
  const nowMs = Date.now();
  const isThere = ofZoneA.length === 1 && (ofZoneA[0]?.InstanceId !== old) === replaces;
  if (!isThere || (!replaces && nowMs - beganMs < leastMs)) return undefined;
  if (!(await isUndone(rig, name, old))) return undefined;
  return (await bothHealthy(rig)) === true ? nowMs : undefined;
}

function tell(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'healed':
      return `done; healthy after ${Math.round(outcome.afterMs / secondMs)} s`;
    case 'not-healed':
      return `NOT HEALED: ${outcome.why}`;
    case 'not-done':
      return `NOT DONE: ${outcome.why}`;
    case 'broken-off':
      return 'broken off';
  }
}
