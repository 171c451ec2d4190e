import type { InstanceId } from './ids.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** What one call of a zone's probe came to. A reading is observed like everything else: it ages, and it can be unknown. */
export type Reading = {
  /** When the probe was asked: nothing that happened later need be in it. */
  readonly askedAt: EpochMs;
  readonly answeredAt: EpochMs;
  readonly outcome: ProbeOutcome;
};

export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly answer: ProbeAnswer }
  /** Throttled, timed out, denied, not deployed, or an answer that cannot be understood. Never the same as "down". */
  | { readonly kind: 'unknown'; readonly why: string };

/** Sent from a private subnet of the zone, so through whatever the zone's default route leads to. */
export type ProbeAnswer = {
  readonly targets: readonly TargetAnswer[];
  /** The public address that the outside saw, where a target that echoes it answered. */
  readonly publicIp?: string;
  /** Of the zone's instances, and of whatever else has carried its traffic, as far as the probe was given their addresses. */
  readonly instances: readonly InstanceAnswer[];
  /** Of other zones': asked in the same breath where one instance is suspected. */
  readonly beside?: readonly InstanceAnswer[];
};

/** An HTTPS request. Any answer with an HTTP status proves that packets pass. */
export type TargetAnswer = {
  readonly target: string;
  readonly tookMs: DurationMs;
  readonly result:
    | { readonly kind: 'answered'; readonly status: number }
    | { readonly kind: 'failed'; readonly why: string };
};

/** Any answer proves that packets pass. */
export function hasPassedIn({ targets }: ProbeAnswer): boolean {
  return targets.some(({ result }) => result.kind === 'answered');
}

/** The first request that failed, and why. */
export function firstFailure({ targets }: ProbeAnswer): string {
  return targets
    .flatMap(({ target, result }) => (result.kind === 'failed' ? [`${target}: ${result.why}`] : []))
    .slice(0, 1)
    .join();
}

/** How the probe words that a name had no address by the end (functions/probe/one-request.ts; the first is Node.js's). */
export const unresolvedWords = ['getaddrinfo ', 'its name has not been resolved'] as const;

/** The request did not get as far as to be sent: nothing of it went through the NAT. */
export function isUnresolved({ result }: TargetAnswer): boolean {
  return result.kind === 'failed' && unresolvedWords.some((words) => result.why.includes(words));
}

export type InstanceAnswer = {
  readonly instanceId: InstanceId;
  readonly tookMs: DurationMs;
  readonly result:
    | { readonly kind: 'answered'; readonly health: NatHealth }
    /** Nothing came back: refused, timed out, reset. */
    | { readonly kind: 'no-answer'; readonly why: string }
    /** Something came back that is not a health answer. */
    | { readonly kind: 'odd'; readonly why: string };
};

/** What a NAT instance says of itself (infra/nat-instance/health.sh). */
export type NatHealth = {
  /** The boot is done and it can forward; its own way to the internet is `egress`. */
  readonly ready: boolean;
  readonly forwarding: boolean;
  readonly masquerade: boolean;
  readonly filter: boolean;
  /** Absent: no names are filtered. */
  readonly nameFilter?: boolean;
  /** Whether the instance itself gets out. Absent: not asked yet. */
  readonly egress?: boolean;
  readonly problems: readonly NatProblem[];
  readonly specHash?: string;
  readonly uptimeMs: DurationMs;
  readonly load?: NatLoad;
  /** How often its guard has put something right since the boot. Absent: it does not say, or the guard does not run. */
  readonly repairs?: number;
  /** The secondary private address that other zones' packets leave as. Absent: its rules know none, or it does not say. */
  readonly standInIp?: string;
  /** Whether it holds a shutdown, so that its traffic can move first. Absent: it does not, or does not say. */
  readonly handOver?: HandOver;
  /** Since the kernel started, by name, as far as each was reached. */
  readonly milestones: Readonly<Partial<Record<Milestone, DurationMs>>>;
  /** `loaded`: its rules were in force before it had nft; otherwise why not. Absent: it had nft, or does not say. */
  readonly early?: string;
  /** Whether known connections take the kernel's flow table. Absent: nobody asked for it, or it does not say. */
  readonly flowTable?: boolean;
  /** Why it cannot ask clients whose a packet of an unknown connection is. Absent: it can, is not to, or does not say. */
  readonly cannotAsk?: string;
  /** It asks clients at the moment, and has not been told which addresses are in use. Absent: it has, or does not say. */
  readonly lacksInUse?: true;
  /** Whether it says anything of that. Absent: it is older than the word. */
  readonly tellsOfAsking?: boolean;
};

export type HandOver = {
  readonly atMostMs: DurationMs;
  /** How long it has held the shutdown that it is in. Absent: nobody shuts it down. */
  readonly heldForMs?: DurationMs;
};

/** What an instance says of itself, in a word; `none`: nothing that can be understood. */
export type Word = 'can-forward' | 'cannot-forward' | 'no-way-out' | 'none';

export function wordOf({ forwarding, masquerade, filter, nameFilter, egress }: NatHealth): Word {
  if (!forwarding || !masquerade || !filter || nameFilter === false) {
    return 'cannot-forward';
  }
  return egress === false ? 'no-way-out' : 'can-forward';
}

export type NatProblem = {
  readonly what: string;
  /** For how long it has been so, by the instance's own clock. */
  readonly forMs: DurationMs;
};

/** In the words of infra/nat-instance/health.sh: nobody keeps its rules. It forwards all the same. */
export const noGuard = 'the guard does not run';

/** What it has to say first of why no packet passes. */
export function complaintOf({ problems }: NatHealth): string | undefined {
  return problems.find(({ what }) => what !== noGuard)?.what;
}

export const milestones = ['address', 'rules', 'forwarding', 'health', 'egress'] as const;
export type Milestone = (typeof milestones)[number];

/** Counts are of the last whole minute, so that readings of different runs can be added up; absent: not known. */
export type NatLoad = {
  readonly bytes?: number;
  readonly packets?: number;
  readonly connections?: { readonly used: number; readonly most: number };
  /** Connections that the kernel could not note, and packets dropped for that. */
  readonly insertFailed?: number;
  readonly dropped?: number;
  /** Packets that the ENA driver reports as queued or dropped for an allowance of the instance type, by allowance. */
  readonly exceeded?: Readonly<Partial<Record<Allowance, number>>>;
  /** The share of its CPU that the hypervisor withheld: what a burstable type without credits shows. */
  readonly stealPercent?: number;
};

/** As the ENA driver names them (EC2 User Guide, "Monitor network performance for ENA settings"). */
export const allowances = ['bw_in', 'bw_out', 'pps', 'conntrack', 'linklocal'] as const;
export type Allowance = (typeof allowances)[number];

/** Whom the probe is to ask for its health. */
export type AskedInstance = { readonly instanceId: InstanceId; readonly privateIp: string };

/** The outcome with what these instances said kept apart: they are none of the zone's. */
export function keptApart(outcome: ProbeOutcome, others: readonly AskedInstance[]): ProbeOutcome {
  if (outcome.kind === 'unknown' || others.length === 0) {
    return outcome;
  }
  const isOther = ({ instanceId }: InstanceAnswer) => others.some((other) => other.instanceId === instanceId);
  const { instances } = outcome.answer;
  const beside = instances.filter(isOther);
  return {
    kind: 'answered',
    answer: { ...outcome.answer, instances: instances.filter((answer) => !isOther(answer)), beside },
  };
}

/** An instance has told how it is. */
export function hasAnsweredIn({ instances }: ProbeAnswer): boolean {
  return instances.some(({ result }) => result.kind === 'answered');
}

/** Questions leave the probe, and answers come back to it, whatever becomes of those to this instance. */
export function hasOtherAnsweredIn(
  { instances, beside = [] }: ProbeAnswer,
  id: InstanceId | undefined,
): boolean {
  return [...instances, ...beside].some(
    ({ instanceId, result }) => instanceId !== id && result.kind === 'answered',
  );
}

/** An instance has told that it forwards and gets out itself: the internet is there. */
export function hasWayOutIn({ instances }: ProbeAnswer): boolean {
  return instances.some(
    ({ result }) =>
      result.kind === 'answered' && result.health.egress === true && wordOf(result.health) === 'can-forward',
  );
}

/** Its probe has not said anything yet. */
export function isUnheard(readings: readonly Reading[] | undefined): boolean {
  return readings?.length === 0;
}

/** Its probe has not said what became of a request since the zone's traffic has moved. */
export function isUntold(readings: readonly Reading[] | undefined): boolean {
  return (
    readings?.every(({ outcome }) => outcome.kind === 'answered' && outcome.answer.targets.length === 0) ===
    true
  );
}

/** The latest request that is known of has failed, whatever it was to go through. */
export function hasJustFailed(readings: readonly Reading[] = []): boolean {
  const told = readings.flatMap(({ outcome }) =>
    outcome.kind === 'answered' ? [outcome.answer.targets] : [],
  );
  const latest = told.findLast((targets) => targets.length > 0);
  return latest?.every(({ result }) => result.kind === 'failed') === true;
}
