/** A stack that is to go, as CloudFormation tells of it; nothing where there is none. */
export type StackThere = { readonly status: string; readonly isOfRun: boolean } | undefined;

/** `clear`: what keeps it from being deleted is removed first, and it is asked again. */
export type NextForStack = 'gone' | 'leave-alone' | 'wait' | 'ask' | 'clear';

/** What was asked for shows a moment later; what does not show after that has been forgotten, or has not been taken. */
const showsMs = 60_000;

/** `sinceMs`: since it was asked for last. */
export function nextForStack(stack: StackThere, asked: number, sinceMs: number): NextForStack {
  if (stack === undefined) return 'gone';
  if (!stack.isOfRun) return 'leave-alone';
  switch (stack.status) {
    case 'DELETE_IN_PROGRESS':
      return 'wait';
    case 'DELETE_FAILED':
      return 'clear';
    default:
      return asked === 0 || sinceMs >= showsMs ? 'ask' : 'wait';
  }
}
