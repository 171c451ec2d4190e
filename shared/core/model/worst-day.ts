/**
 * What one run of the controller may use at most, whatever AWS answers. The time-out and the memory are the template's,
 * the rest is held by the controller: a call beyond is not sent, a probe beyond is not asked, and a line beyond is not
 * written.
 */
export const runLimits = {
  seconds: 60,
  memoryGb: 0.5,
  calls: 400,
  /** To the probe of each zone, but for what it brings (tell-in-use.ts); what one takes at most is the template's, too. */
  questions: 40,
  /**
   * Of those, under way at a time, but for the seconds after a move. A new account may run ten functions at once (Lambda
   * quotas, "Concurrent executions"): four zones take eight of them, where requests fail and each answer takes its time-out.
   */
  questionsAtATime: 2,
  secondsPerQuestion: 4,
  probeMemoryGb: 0.25,
  logBytes: 128 * 1024,
} as const;

const runsADay = 24 * 60;

/** The most that runs can come to. */
export type Bound = {
  readonly runs: number;
  readonly lambdaSeconds: number;
  readonly calls: number;
  /** To the probe of each zone. */
  readonly questions: number;
  readonly logBytes: number;
};

/**
 * A day on which every run of the schedule is as bad as a run can be, and so is each of `events`: every change of an
 * instance of the account and Region starts a run too. Neither is repeated when it fails. Pure.
 */
export function worstDay(events: number): Bound {
  return boundOf(runsADay + events);
}

export function boundOf(runs: number): Bound {
  return {
    runs,
    lambdaSeconds: runs * runLimits.seconds,
    calls: runs * runLimits.calls,
    questions: runs * runLimits.questions,
    logBytes: runs * runLimits.logBytes,
  };
}
