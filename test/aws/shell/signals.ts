/** Ctrl-C, a kill, a terminal that is closed, and the time's end. */
export type End = {
  /** Of what is measured: aborted by the first signal, or when its time is up. */
  readonly work: AbortSignal;
  /** From now on the time is the removal's, and a signal is taken for a mistake once. */
  beginRemoval(limitMs: number): AbortSignal;
  /** Whether somebody has ended it. */
  wasAsked(): boolean;
  close(): void;
};

const echoMs = 1_000;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function listenForEnd(say: (text: string) => void, limitMs: number): End {
  const work = new AbortController();
  const removal = new AbortController();
  let isRemoving = false;
  let asked = 0;
  let timer = setTimeout(
    () => work.abort(new Error(`not done after ${Math.round(limitMs / 60_000)} minutes`)),
    limitMs,
  );
  let inRemoval = 0;
  let heardMs = Number.NEGATIVE_INFINITY;
  const hear = () => {
    // A Ctrl-C comes twice: from the terminal, and from npm, which hands on its own.
    const nowMs = performance.now();
    const isEcho = nowMs - heardMs < echoMs;
    heardMs = nowMs;
    if (isEcho) return;
    asked += 1;
    if (!isRemoving) {
      work.abort(new Error('somebody has ended it'));
      return;
    }
    inRemoval += 1;
    if (inRemoval === 1) say('removing what was made: once more ends that too, and leaves what is there');
    else if (inRemoval === 2) removal.abort(new Error('somebody has ended it'));
    else process.exit(130);
  };
  for (const name of signals) process.on(name, hear);
  // A terminal that is gone takes no progress; the removal goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    work: work.signal,
    beginRemoval: (removalMs) => {
      isRemoving = true;
      clearTimeout(timer);
      timer = setTimeout(
        () => removal.abort(new Error(`not done after ${Math.round(removalMs / 60_000)} minutes`)),
        removalMs,
      );
      return removal.signal;
    },
    wasAsked: () => asked > 0,
    close: () => {
      clearTimeout(timer);
      for (const name of signals) process.off(name, hear);
    },
  };
}
