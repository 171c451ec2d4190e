/** Whether a fault met something to do harm to. Of one that waits for a call it is known only when the schedule is over. */
export type Hit = () => boolean;

export function known(hasHit: boolean): Hit {
  return () => hasHit;
}
