import { type DurationMs, hourMs, minuteMs, secondMs } from '../shared/core/model/time.ts';
import type { BootOutcome } from './ec2/records.ts';
import type { Range } from './random.ts';
import { type Bucket, documentedBuckets } from './throttle.ts';

/** The behaviour of this EC2: everything that AWS leaves open, or that differs from day to day. */
export type Behaviour = {
  /** From sending a call to its answer. */
  readonly latency: { readonly describe: Range; readonly mutate: Range; readonly launch: Range };
  /** At which share of the latency a call reads or changes the account; the rest is the way back. */
  readonly effectShare: number;
  readonly pendingToRunning: Range;
  /** Whether launches may use the key that encrypts their volumes; if not, the StateReason that they end with. */
  readonly volumeKey: 'usable' | { readonly refusal: string };
  /** From `running` until the operating system is up, NAT is set up and packets are forwarded. */
  readonly runningToForwarding: Range;
  /** From `running` until somebody who asks for the instance's health is answered. */
  readonly runningToHealth: Range;
  readonly boot: BootOutcome;
  readonly bootGivesUpAfter: Range;
  /** From the moment forwarding is broken by hand until the guard on the instance has put it right. */
  readonly guardRepairs: Range;
  /** The same until it has tried in vain often enough, and the instance powers itself off. */
  readonly guardGivesUpAfter: Range;
  /** How far a console is behind; EC2 promises nothing. `empty`: EC2 has no output to give. */
  readonly consoleDelay: Range | 'empty';
  /** On top of it where the image lacks packages that an image of one's own has. */
  readonly installingPackages: Range;
  /** Whether such an instance waits for its packages before it forwards: where it can load no recorded rules. */
  readonly packagesFirst: boolean;
  /** How long status checks say `initializing` after `running`. */
  readonly statusInitializingMs: DurationMs;
  /** A status check's answer changes only at these intervals. */
  readonly statusCadenceMs: DurationMs;
  /** From a reboot until packets are forwarded again. */
  readonly reboot: Range;
  /** How long an operating system that holds its shutdown goes on before EC2 switches the instance off. */
  readonly shutdownGrace: Range;
  readonly stopping: Range;
  readonly terminating: Range;
  /** How long Describe calls may go on showing what was before a change. */
  readonly describeLag: Range;
  /** How long after its creation a resource is unknown to other mutating calls. */
  readonly referenceLag: Range;
  readonly eventDelay: Range;
  /** Of what an instance itself puts on the bus: EventBridge's own part, without that of the service whose event it is. */
  readonly alarmDelay: Range;
  readonly duplicateEventProbability: number;
  /** EventBridge promises at least once *after acceptance*; EC2 hands events over on a best-effort basis. */
  readonly lostEventProbability: number;
  /**
   * A probe: one way of Lambda's Invoke and of its answer; a process that has to be made, in a VPC; a request and an
   * instance's health that are answered.
   */
  readonly probe: {
    readonly invoke: Range;
    readonly coldStart: Range;
    readonly request: Range;
    readonly health: Range;
  };
  readonly terminatedListedMs: DurationMs;
  /** A terminated instance loses its tags before it leaves the list. */
  readonly terminatedTagsMs: DurationMs;
  /** What a launch with the token of a terminated instance gets: that instance, or IdempotentInstanceTerminated. */
  readonly tokenOfTerminated: 'answer' | 'error';
  /** Whether a pre-created interface keeps its Elastic IP when its instance is terminated. */
  readonly addressSurvivesTermination: boolean;
  /** What one answer holds at most where the caller set no MaxResults. */
  readonly pageSize: number;
  /** Token buckets by name; absent: no throttling. */
  readonly buckets?: Readonly<Record<string, Bucket>>;
};

/**
 * An ordinary day. None of the timings is documented by AWS: they are what public measurements of 2021 to 2026 report
 * for small instances; the rate limits are those of the EC2 developer guide, "Request throttling".
 */
export const defaultBehaviour: Behaviour = {
  latency: {
    describe: { minMs: 40, maxMs: 90 },
    mutate: { minMs: 80, maxMs: 200 },
    launch: { minMs: 1_500, maxMs: 2_500 },
  },
  effectShare: 0.7,
  pendingToRunning: { minMs: 13 * secondMs, maxMs: 17 * secondMs },
  volumeKey: 'usable',
  runningToForwarding: { minMs: 8 * secondMs, maxMs: 10 * secondMs },
  // Under a real systemd it is there before the rules are.
  runningToHealth: { minMs: 5 * secondMs, maxMs: 8 * secondMs },
  boot: 'forwards',
  bootGivesUpAfter: { minMs: 8 * minuteMs, maxMs: 9 * minuteMs },
  // It looks once a second, and loads a ruleset in well under another.
  guardRepairs: { minMs: 100, maxMs: 2 * secondMs },
  // Ten seconds of tries, five for its last word, and what a shutdown takes.
  guardGivesUpAfter: { minMs: 15 * secondMs, maxMs: 40 * secondMs },
  consoleDelay: { minMs: 2 * secondMs, maxMs: 60 * secondMs },
  // An emulated machine takes six of its seconds more from a stock image than from one of one's own, which have the same
  // rules loaded (npm run test:vm -- --boots): cloud-init, not packages. On EC2 nobody has measured it.
  installingPackages: { minMs: secondMs, maxMs: 7 * secondMs },
  packagesFirst: false,
  statusInitializingMs: 2 * minuteMs,
  statusCadenceMs: minuteMs,
  reboot: { minMs: 20 * secondMs, maxMs: 40 * secondMs },
  // AWS's documentation says "a few minutes" (EC2 User Guide, "Troubleshoot instance termination"), and promises none.
  shutdownGrace: { minMs: 0, maxMs: 0 },
  stopping: { minMs: 25 * secondMs, maxMs: 35 * secondMs },
  terminating: { minMs: 30 * secondMs, maxMs: 40 * secondMs },
  describeLag: { minMs: 0, maxMs: 800 },
  referenceLag: { minMs: 0, maxMs: 0 },
  eventDelay: { minMs: 500, maxMs: 3_000 },
  // Nobody promises it. One user of Amazon's own is told of with 80 ms for nine of ten, end to end (AWS Architecture Blog,
  // February 2026, on the Amazon Key Suite); the rest of the range is a guess on the safe side.
  alarmDelay: { minMs: 50, maxMs: 1_000 },
  duplicateEventProbability: 0.05,
  lostEventProbability: 0,
  probe: {
    invoke: { minMs: 5, maxMs: 40 },
    coldStart: { minMs: 300, maxMs: 2_000 },
    request: { minMs: 15, maxMs: 500 },
    health: { minMs: 15, maxMs: 300 },
  },
  terminatedListedMs: hourMs,
  terminatedTagsMs: 30 * minuteMs,
  tokenOfTerminated: 'answer',
  addressSurvivesTermination: false,
  pageSize: 1_000,
  buckets: documentedBuckets,
};

/**
 * A boot that installs nftables before it forwards, as one does where Python is missing or the kernel refuses the recorded
 * rules. In a virtual machine, that took 30 s more than an image that has everything, with the package manager's own part left
 * out. What that costs on 512 MB nobody has published; it has been seen killed for want of memory there
 * (amazonlinux/amazon-linux-2023, issue 404).
 */
export const packagesFirst = {
  installingPackages: { minMs: 30 * secondMs, maxMs: 90 * secondMs },
  packagesFirst: true,
} as const satisfies Partial<Behaviour>;
