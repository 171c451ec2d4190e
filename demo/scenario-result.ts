import type { DurationMs } from '../shared/core/model/time.ts';
import type { EndKnownFrom, StartKnownFrom } from '../shared/core/report/report.ts';
import type { ZoneState } from './zone-state.ts';

export const demoImages = ['al2023', 'fck-nat'] as const;
/** The default, which installs nftables before it forwards, and one that brings everything. */
export type DemoImage = (typeof demoImages)[number];

/**
 * One scenario, run to its end: what `--json` prints and everything else is rendered from. Every time is in
 * milliseconds since the trouble began, on the simulated clock.
 */
export type ScenarioResult = {
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  /** The image preset of its instances. */
  readonly image: DemoImage;
  readonly prepared: string;
  readonly trouble: string;
  readonly expected: string;
  /** Over in time, and a packet from every private subnet reaches the internet and comes back. */
  readonly ok: boolean;
  /** Why not; empty when `ok`. */
  readonly problems: readonly string[];
  /** When nothing was left to do and every private subnet had egress. */
  readonly settledAtMs?: DurationMs;
  readonly before: readonly ZoneState[];
  readonly broken: readonly ZoneState[];
  readonly after: readonly ZoneState[];
  readonly timeline: readonly TimelineEntry[];
  readonly runs: readonly RecordedRun[];
  readonly calls: readonly RecordedCall[];
  readonly counts: CallCounts;
  /** How often probes were asked. Not among the calls: Lambda's Invoke goes to no EC2. */
  readonly probed: number;
  /** The alarms that rang, by name. */
  readonly alarms: readonly string[];
  readonly outages: readonly ZoneOutage[];
  readonly paths: readonly Path[];
};

/** One invocation of the controller or of the lifecycle function. */
export type RecordedRun = {
  readonly run: number;
  /** What woke it, in words. */
  readonly event: string;
  readonly startedAtMs: DurationMs;
  readonly endedAtMs?: DurationMs;
  /**
   * The report's outcome, `failed` where the handler rejected, `died` where its process was killed; SUCCESS or FAILED where
   * it answers CloudFormation.
   */
  readonly outcome?: string;
  readonly waitsFor: readonly string[];
  /** What it last found wrong, in words; empty where all was well. */
  readonly findings: readonly string[];
  readonly outages: readonly { readonly zone: string; readonly outage: ReportedOutage }[];
  /** The zones in which it knows that requests pass. */
  readonly passing: readonly string[];
  /** How often each zone's guard has repaired something, as the instance tells, since its boot. */
  readonly repairs: readonly { readonly zone: string; readonly instanceId: string; readonly count: number }[];
  /** How each zone's young instance booted, as it tells, in a sentence. */
  readonly boots: readonly { readonly zone: string; readonly instanceId: string; readonly text: string }[];
};

/** As a report has it, which knows of it by other means than the demo. */
export type ReportedOutage = {
  /** Before 0 where whoever tells of it gives whole seconds only. */
  readonly fromMs: DurationMs;
  readonly knownFrom: StartKnownFrom;
  /** Absent while it goes on; `unknown`: it ended between two runs, and nobody has seen when. */
  readonly over?: 'unknown' | { readonly atMs: DurationMs; readonly knownFrom: EndKnownFrom };
};

export type RecordedCall = {
  readonly run: number;
  readonly call: string;
  /** Absent where the call is about no zone in particular. */
  readonly zone?: string;
  readonly effect: CallEffect;
  /** What the call asks for, in words. */
  readonly detail: string;
  readonly sentAtMs: DurationMs;
  readonly answeredAtMs?: DurationMs;
  /** `ok`, the error's code, `lost` or `crashed`. */
  readonly outcome: string;
};

/** What a call is for: `cutover` moves traffic, `prepare` makes that possible, `remove` takes away what is left. */
export type CallEffect = 'look' | 'prepare' | 'cutover' | 'launch' | 'remove' | 'note';

export type CallCounts = {
  readonly describe: number;
  readonly mutating: number;
  readonly failed: number;
};

/** How long a zone's private subnets had no egress, measured in the simulated data plane. */
export type ZoneOutage = {
  readonly zone: string;
  /** Of the subnet that had it longest. */
  readonly outageMs: DurationMs;
  readonly subnets: readonly { readonly subnetId: string; readonly outageMs: DurationMs }[];
};

/** The way to a zone's cutover: from the event, or from the look that found it due, to the last cutover answer. */
export type Path = {
  readonly zone: string;
  readonly run: number;
  readonly from: 'event' | 'look';
  readonly fromMs: DurationMs;
  readonly firstCutoverCallMs: DurationMs;
  readonly lastCutoverAnswerMs: DurationMs;
  readonly movesRoutes: boolean;
  /** Calls that are under way together are one round trip. */
  readonly roundTrips: readonly RoundTrip[];
};

export type RoundTrip = {
  readonly sentAtMs: DurationMs;
  readonly answeredAtMs: DurationMs;
  readonly calls: readonly string[];
};

/** One entry of the timeline. */
export type TimelineEntry =
  | { readonly kind: 'trouble'; readonly atMs: DurationMs; readonly detail: string }
  /** What happens later by itself. */
  | { readonly kind: 'later'; readonly atMs: DurationMs; readonly detail: string }
  | {
      readonly kind: 'egress';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly subnetIds: readonly string[];
      readonly change:
        | { readonly to: 'lost'; readonly why: string }
        | { readonly to: 'back'; readonly afterMs: DurationMs };
    }
  | {
      readonly kind: 'instance';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly instanceId: string;
      readonly became: 'running' | 'forwarding' | 'broken' | 'repaired' | 'stopped' | 'terminated';
    }
  /** A zone's probe answers otherwise than it did before. */
  | {
      readonly kind: 'probe';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly said: 'passed' | 'failed';
    }
  | {
      readonly kind: 'event';
      /** When the run begins to matter: at once, or when it acts after all. */
      readonly atMs: DurationMs;
      readonly receivedAtMs: DurationMs;
      readonly run: number;
      readonly detail: string;
    }
  /** One round of the look that a run begins with. */
  | {
      readonly kind: 'snapshot';
      readonly atMs: DurationMs;
      readonly run: number;
      readonly calls: readonly RecordedCall[];
    }
  /** Mutating calls that left together. */
  | {
      readonly kind: 'wave';
      readonly atMs: DurationMs;
      readonly run: number;
      readonly zone?: string;
      readonly calls: readonly RecordedCall[];
    }
  | {
      readonly kind: 'cutover-answered';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly from: Path['from'];
      readonly afterMs: DurationMs;
      readonly roundTrips: number;
    }
  /** Everything that was looked at meanwhile, folded into one entry. */
  | {
      readonly kind: 'looks';
      readonly atMs: DurationMs;
      readonly untilMs: DurationMs;
      readonly looks: number;
      readonly calls: number;
      readonly meanwhile?: string;
    }
  | {
      readonly kind: 'run-ended';
      readonly atMs: DurationMs;
      readonly run: number;
      readonly outcome: string;
      readonly why: readonly string[];
    }
  /** What a run's report says of a zone's outage, where that is news. */
  | {
      readonly kind: 'reported';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly run: number;
      readonly outage: ReportedOutage;
    }
  /** An alarm of the template goes into ALARM, or back to OK. */
  | {
      readonly kind: 'alarm';
      readonly atMs: DurationMs;
      readonly alarm: string;
      /** Whether it goes to the urgent topic or to that of the morning. */
      readonly isUrgent: boolean;
      readonly to: 'ALARM' | 'OK';
    }
  /** A report counts more repairs by a guard than the one before. */
  | {
      readonly kind: 'guarded';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly run: number;
      readonly instanceId: string;
      readonly count: number;
    }
  /** The first report that tells how an instance booted. */
  | {
      readonly kind: 'boot-told';
      readonly atMs: DurationMs;
      readonly zone: string;
      readonly run: number;
      readonly text: string;
    }
  | { readonly kind: 'settled'; readonly atMs: DurationMs }
  /** Runs that found nothing to do. */
  | { readonly kind: 'idle-runs'; readonly atMs: DurationMs; readonly events: readonly string[] };
