import type { Reckoning } from './reckon.ts';

/** What came of an event, as the runner saw it: the client's figures are apart, on its own clock. */
export type Outcome =
  | { readonly kind: 'healed'; readonly afterMs: number }
  | { readonly kind: 'not-healed'; readonly why: string }
  | { readonly kind: 'not-done'; readonly why: string }
  /** The run was broken off before it was over. */
  | { readonly kind: 'broken-off' };

export type MeasuredEvent = {
  readonly name: string;
  readonly what: string;
  readonly outcome: Outcome;
  /** Nothing where the client's log could not be fetched, or has no such mark. */
  readonly seen?: Reckoning;
};

export type PermissionsFound =
  | { readonly kind: 'asked'; readonly asked: number; readonly denied: readonly string[] }
  | { readonly kind: 'not-asked'; readonly why: string };

export type Measured = {
  readonly run: string;
  readonly date: string;
  /** Why the run was not played to its end; what is here was measured until then. */
  readonly brokenOff?: string;
  readonly region: string;
  /** Where it was not AWS that was asked. */
  readonly endpoint?: string;
  readonly version: string;
  readonly commit?: string;
  readonly zones: readonly {
    readonly zone: string;
    readonly availabilityZone: string;
    readonly type: string;
    readonly image: string;
  }[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly deployedAfterMs: number;
  readonly events: readonly MeasuredEvent[];
  readonly permissions: PermissionsFound;
  /** What the functions were refused, as their logs say; nothing where they were not looked through. */
  readonly refusedCalls?: readonly string[];
};

/** Each event with what the client saw of it: the last mark of that name, since a run makes one. */
export function joinSeen(
  events: readonly MeasuredEvent[],
  reckonings: readonly Reckoning[],
): readonly MeasuredEvent[] {
  return events.map((event) => {
    const seen = reckonings.findLast(({ name }) => name === event.name);
    return seen === undefined ? event : { ...event, seen };
  });
}

/** Whether everything healed that was done, nothing was refused, and each event was seen to its end. */
export function isWell({ brokenOff, events, permissions, refusedCalls }: Measured): boolean {
  return (
    brokenOff === undefined &&
    events.every(({ outcome, seen }) => outcome.kind === 'healed' && seen?.isOver === true) &&
    (permissions.kind === 'not-asked' || permissions.denied.length === 0) &&
    refusedCalls?.length === 0
  );
}
