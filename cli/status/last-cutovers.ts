import { dayMs, type EpochMs } from '../../shared/core/time.ts';
import { cutovers, readLog } from '../log-events.ts';
import type { Session } from '../session.ts';
import type { PhoenatStack } from '../stack.ts';

/** When each zone's address was last moved, as far as the log tells. */
export type LastCutovers =
  | { readonly kind: 'read'; readonly byZone: ReadonlyMap<string, EpochMs>; readonly sinceDays: number }
  | { readonly kind: 'unread'; readonly why: string };

const sinceDays = 7;

/** The log is beside the point of a status: where it cannot be read, the status says so and goes on. */
export async function readLastCutovers(
  session: Session,
  { logGroupName }: PhoenatStack,
): Promise<LastCutovers> {
  const since = session.clock.now() - sinceDays * dayMs;
  try {
    const { entries } = await readLog(session, logGroupName, { since, pattern: cutovers });
    const byZone = new Map(
      entries.flatMap((entry) => (entry.kind === 'step' ? [[entry.zone, entry.at]] : [])),
    );
    return { kind: 'read', byZone, sinceDays };
  } catch (error) {
    return { kind: 'unread', why: error instanceof Error ? error.message : String(error) };
  }
}
