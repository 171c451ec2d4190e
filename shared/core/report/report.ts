import type { Health } from '../diagnose/diagnose.ts';
import type { Egress } from '../diagnose/verdict.ts';
import type { AwsFailure } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { Allowance, Milestone } from '../model/reading.ts';
import type { DurationMs } from '../model/time.ts';
import type { PlanPurpose } from '../plan/zone-plan.ts';

/** What one invocation saw and did: the answer of a manual invoke, and the log line of every run. */
export type Report = {
  /**
   * `settled`: nothing is left to do. `waiting`: the next run carries on. `attention`: a person is needed.
   * `ignored`: the event was about an instance that is not ours. `planned`: a dry run. `refused`: an operator's command
   * was not carried out, and changed nothing.
   */
  readonly outcome: Outcome;
  /** The fault of an invalid command, and the valid ones. */
  readonly refusal?: string;
  readonly trigger: TriggerReport;
  readonly zones: readonly ZoneReport[];
  readonly times: Times;
  /** Of the function that reports, from its package.json. */
  readonly version?: string;
  readonly calls: { readonly describe: number; readonly mutating: number; readonly failed: number };
};

export const outcomes = ['settled', 'waiting', 'attention', 'ignored', 'planned', 'refused'] as const;
export type Outcome = (typeof outcomes)[number];

export type TriggerReport = { readonly kind: string; readonly detail: string; readonly at: string };

export type ZoneReport = {
  readonly zone: ZoneName;
  readonly health: Health;
  /**
   * Whether requests from inside the zone pass, whatever leads them. Absent where no probe can tell: then `health` is as
   * far as EC2 can tell.
   */
  readonly egress?: Egress;
  /** What its probe has said last in this run; absent where the zone has none. */
  readonly probe?: ProbeReport;
  /** How the instance is loaded that carries the zone's traffic, as it says itself; absent where it did not. */
  readonly load?: LoadReport;
  /** Of a primary that was launched within the last quarter of an hour, as it says itself; absent where it did not. */
  readonly boot?: BootReport;
  readonly findings: readonly Finding[];
  readonly paused: boolean;
  readonly primary?: InstanceReport & {
    /** Known to forward: a request passed, it says so itself, or, as far as EC2 can tell, its status checks pass. */
    readonly ready: boolean;
    /** Launched with the present settings. */
    readonly asConfigured: boolean;
    /** How often its guard has put something right since its boot; absent where it did not say. */
    readonly repairs?: number;
  };
  /** Another zone's instance that carries this one's traffic, at its own Elastic IP; ISO time, where it was noted. */
  readonly standIn?: { readonly instanceId: string; readonly zone?: ZoneName; readonly since?: string };
  /** Its instance stands by for this zone, and it has no clients of its own. */
  readonly standbyFor?: ZoneName;
  /** The zones whose traffic its primary carries beside its own. */
  readonly standsInFor?: readonly ZoneName[];
  /** What else EC2 lists for the zone: the candidate, what else lives, then the youngest ended; absent where nothing is. */
  readonly others?: readonly OtherInstance[];
  /** The breaker, counted from the instances that EC2 lists. Absent where the zone could not be diagnosed. */
  readonly breaker?: {
    readonly launchesInLastHour: number;
    readonly mostPerHour: number;
    readonly open: boolean;
  };
  readonly address?: { readonly allocationId: string; readonly publicIp: string; readonly on?: string };
  readonly routes: readonly {
    readonly routeTableId: string;
    readonly target: string;
    readonly state: string;
  }[];
  readonly steps: readonly StepReport[];
  readonly waitsFor: readonly string[];
  /**
   * From when the trouble began, as well as it can be known, to the first request that passed. ISO times; without
   * `endedAt` it goes on. `startKnownFrom`: the event, what EC2 shows (when an instance ended, since when a check fails),
   * the instance by its own clock, the first request that failed, or only the look that found it; with the last two it may
   * have begun earlier. `endKnownFrom` is `ec2` where no probe could tell: the instance runs and all leads to it, which is
   * before the boot is done.
   */
  readonly outage?: {
    readonly startedAt: string;
    readonly startKnownFrom: StartKnownFrom;
    readonly endedAt?: string;
    readonly endKnownFrom?: EndKnownFrom;
  };
  /** From the same two times, in the one run that counts the outage. */
  readonly outageMs?: DurationMs;
};

export type StartKnownFrom = 'event' | 'ec2' | 'instance' | 'probe' | 'look';
export type EndKnownFrom = 'request' | 'ec2';

/** Without `at` it has not answered. */
export type ProbeReport = {
  /** ISO time of the answer. */
  readonly at?: string;
  /** Of the target that answered first. Absent: none did. */
  readonly latencyMs?: DurationMs;
  /** The public address that the outside saw. */
  readonly seenAs?: string;
  /** An HTTP status of any kind proves that packets pass. */
  readonly targets?: readonly {
    readonly target: string;
    readonly tookMs: DurationMs;
    readonly status?: number;
    readonly failed?: string;
  }[];
  /** Why it was not to be had when it was asked last. */
  readonly unknown?: string;
};

/** Counts are of the last whole minute; what is not known is absent. */
export type LoadReport = {
  readonly instanceId: string;
  readonly bytesPerSecond?: number;
  readonly packetsPerSecond?: number;
  readonly connections?: { readonly used: number; readonly most: number; readonly usedPercent: number };
  /** Packets that a larger type would not have held up or dropped: of the three fields below, without `linklocal`. */
  readonly heldUp?: number;
  readonly exceeded?: Readonly<Partial<Record<Allowance, number>>>;
  readonly insertFailed?: number;
  readonly dropped?: number;
  readonly stealPercent?: number;
};

/** Seconds since its kernel started. What it has not reached, or not told, is absent. */
export type BootReport = Readonly<Partial<Record<Milestone, number>>> & { readonly instanceId: string };

export type InstanceReport = {
  readonly instanceId: string;
  readonly state: string;
  readonly instanceType: string;
  /** Absent in reports of versions that knew no other than on demand. */
  readonly market?: 'on-demand' | 'spot';
  readonly imageId: string;
  readonly launchedAt: string;
  /** Where its traffic arrives; an instance that is terminated has none. */
  readonly interfaceId?: string;
};

/**
 * `candidate`: launched to become the primary. `surplus`: lives, and is about to be ended. `unjudged`: lives, in a zone
 * in which nothing may be done. `ended`: neither starts nor runs.
 */
export type OtherInstance = InstanceReport & {
  readonly role: 'candidate' | 'surplus' | 'unjudged' | 'ended';
};

export function candidateOf({ others = [] }: Pick<ZoneReport, 'others'>): OtherInstance | undefined {
  return others.find(({ role }) => role === 'candidate');
}

/** The instances that live beside the primary. */
export function alsoAlive({ others = [] }: Pick<ZoneReport, 'others'>): readonly OtherInstance[] {
  return others.filter(({ role }) => role !== 'ended');
}

export type StepReport = {
  readonly step: string;
  readonly kind: string;
  readonly purpose: PlanPurpose;
  readonly result: StepResult;
  /** Milliseconds since the event. */
  readonly afterMs: DurationMs;
  readonly tookMs: DurationMs;
};

export type StepResult =
  | { readonly kind: 'done'; readonly made?: string }
  | { readonly kind: 'planned' }
  | { readonly kind: 'failed'; readonly failure: AwsFailure };

/** ISO times, and durations since the event in milliseconds. */
export type Times = {
  readonly event: string;
  readonly started: string;
  readonly ended: string;
  readonly toFirstCutoverCallMs?: DurationMs;
  readonly toLastCutoverAnswerMs?: DurationMs;
  readonly toSettledMs?: DurationMs;
};
