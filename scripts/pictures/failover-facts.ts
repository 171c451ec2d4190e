import type { ScenarioResult, TimelineEntry } from '../../demo/scenario-result.ts';

/** When what happened in the recording of a zone whose neighbour carries it, in milliseconds since the trouble. */
export type FailoverFacts = {
  readonly noticedMs: number;
  readonly noticedBy: string;
  readonly backMs: number;
  readonly launchedMs: number;
  readonly forwardsMs: number;
  readonly homeMs: number;
  readonly homeOutageMs: number;
};

function found<Kind extends TimelineEntry['kind']>(
  { scenario, timeline }: ScenarioResult,
  kind: Kind,
  holds: (entry: Extract<TimelineEntry, { readonly kind: Kind }>) => boolean = () => true,
): Extract<TimelineEntry, { readonly kind: Kind }> {
  const ofKind = (entry: TimelineEntry): entry is Extract<TimelineEntry, { readonly kind: Kind }> =>
    entry.kind === kind;
  const entry = timeline.filter(ofKind).find(holds);
  if (entry === undefined) throw new Error(`the recording of ${scenario} has no such ${kind}`);
  return entry;
}

export function failoverFacts(result: ScenarioResult): FailoverFacts {
  const isHome = (atMs: number) => atMs > forwards.atMs;
  const event = found(result, 'event');
  const forwards = found(result, 'instance', ({ became }) => became === 'forwarding');
  const backs = result.timeline.flatMap((entry) =>
    entry.kind === 'egress' && entry.change.to === 'back'
      ? [{ atMs: entry.atMs, afterMs: entry.change.afterMs }]
      : [],
  );
  const first = backs.filter(({ atMs }) => !isHome(atMs));
  const home = backs.filter(({ atMs }) => isHome(atMs));
  return {
    noticedMs: event.atMs,
    noticedBy: event.detail,
    backMs: Math.max(...first.map(({ atMs }) => atMs)),
    launchedMs: found(result, 'wave', ({ calls }) => calls.some(({ effect }) => effect === 'launch')).atMs,
    forwardsMs: forwards.atMs,
    homeMs: Math.max(...home.map(({ atMs }) => atMs)),
    homeOutageMs: Math.max(...home.map(({ afterMs }) => afterMs)),
  };
}
