/** One call, as the proxy saw it; in milliseconds of its clock. */
export type Exchange = { readonly call: string; readonly askedAt: number; readonly answeredAt: number };

export type Phase = {
  /** Calls of which each was asked after the answer to the one before: as many as there can be. */
  readonly roundTrips: number;
  readonly ms: number;
};

export type Failover = {
  /** Until the answer to the last call that moves a route or the address before the launch. */
  readonly cutover: Phase;
  /** The launch is the last of these round trips; the time is until it is asked for. */
  readonly launch: Phase;
  readonly calls: number;
};

const cutoverCalls: readonly string[] = ['AssociateAddress', 'CreateRoute', 'ReplaceRoute'];

/** What came of an event at `eventAt`. Throws where it was not a failover. */
export function failoverOf(exchanges: readonly Exchange[], eventAt: number): Failover {
  const launch = exchanges.find(({ call }) => call === 'RunInstances');
  // Where a neighbour stands in, the traffic moves once more when the new instance is ready.
  const moves = exchanges.filter(
    ({ call, askedAt }) => cutoverCalls.includes(call) && askedAt <= (launch?.askedAt ?? askedAt),
  );
  if (moves.length === 0 || launch === undefined) {
    const seen = exchanges.map(({ call }) => call).join(', ');
    throw new Error(`nothing was moved or launched; the calls were: ${seen}`);
  }
  const movedAt = Math.max(...moves.map(({ answeredAt }) => answeredAt));
  return {
    cutover: { roundTrips: longestChain(exchanges, movedAt), ms: movedAt - eventAt },
    launch: { roundTrips: longestChain(exchanges, launch.askedAt) + 1, ms: launch.askedAt - eventAt },
    calls: exchanges.length,
  };
}

/** Among the calls that were answered by then. The one that ends first leaves most room for those after it. */
export function longestChain(exchanges: readonly Exchange[], until: number): number {
  const answered = exchanges
    .filter(({ answeredAt }) => answeredAt <= until)
    .toSorted((one, other) => one.answeredAt - other.answeredAt);
  let length = 0;
  let freeAt = Number.NEGATIVE_INFINITY;
  for (const { askedAt, answeredAt } of answered) {
    if (askedAt >= freeAt) {
      length += 1;
      freeAt = answeredAt;
    }
  }
  return length;
}
