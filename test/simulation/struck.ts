/** Whether a fault met something to do harm to. Of one that waits for a call it is known only when the night is over. */
export type Struck = () => boolean;

export function known(hasStruck: boolean): Struck {
  return () => hasStruck;
}
