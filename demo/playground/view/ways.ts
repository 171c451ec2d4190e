import type { VpcInstance, VpcState, VpcSubnet, VpcZone } from '../vpc-state.ts';

/** Where a private subnet's packets go, as far as they get. */
export type Way = {
  readonly zone: number;
  readonly subnet: number;
  /** Which instance's interface the route leads to; absent where it leads to none that is there. */
  readonly through?: { readonly zone: number; readonly instance: number };
  /** The zone whose Elastic IP packets leave by; `own`: the instance's own address. Absent where none leaves. */
  readonly out?: { readonly zone: number } | 'own';
  /** They leave, and are lost on their way to the internet. */
  readonly isLost?: true;
  readonly why?: string;
};

export function waysOf({ zones }: VpcState): Way[] {
  return zones.flatMap((zone, index) =>
    zone.subnets.map((subnet, place) => ({ zone: index, subnet: place, ...wayOf(zones, subnet) })),
  );
}

function wayOf(
  zones: readonly VpcZone[],
  { target, seenAs, lostFrom, why }: VpcSubnet,
): Omit<Way, 'zone' | 'subnet'> {
  const through = placeOf(zones, target);
  const address = seenAs ?? lostFrom;
  const owner = zones.findIndex(({ publicIp }) => publicIp === address);
  return {
    ...(through === undefined ? {} : { through }),
    ...(address === undefined ? {} : { out: owner < 0 ? ('own' as const) : { zone: owner } }),
    ...(lostFrom === undefined ? {} : { isLost: true }),
    ...(why === undefined ? {} : { why }),
  };
}

function placeOf(zones: readonly VpcZone[], target: string | undefined): Way['through'] {
  for (const [zone, { instances }] of zones.entries()) {
    const instance = instances.findIndex(({ interfaceId }) => target !== undefined && interfaceId === target);
    if (instance >= 0) return { zone, instance };
  }
  return undefined;
}

/** What an instance is doing, in the words that stand in its box. */
export function conditionOf({ phase, why, sourceDestCheck }: VpcInstance): {
  readonly mark: '✔' | '✘' | '…';
  readonly text: string;
} {
  switch (phase) {
    case 'starts':
      return { mark: '…', text: 'starts' };
    case 'ends':
      return why === undefined ? { mark: '✔', text: 'ends, still forwards' } : { mark: '✘', text: 'ends' };
    case 'runs':
      if (why !== undefined)
        return { mark: '✘', text: why.replace(/^\S+ (?=hangs|does)|^the host of \S+ /, '') };
      return sourceDestCheck ? { mark: '✘', text: 'source/dest. check' } : { mark: '✔', text: 'forwards' };
  }
}
