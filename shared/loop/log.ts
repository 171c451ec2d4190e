/** The log of a run, line by line. Ids and codes go into `fields`; the message stays constant. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Record<string, unknown>,
) => void;
