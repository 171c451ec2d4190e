import type { AskedInstance, ProbeAnswer } from '../../shared/core/model/reading.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';
import { askInstance, type Extras, type InstanceLimits, type RawInstanceAnswer } from './ask-instance.ts';
import { type AskedTarget, askTarget, type TargetLimits } from './ask-target.ts';
import type { RequestOptions } from './one-request.ts';

/** As it goes over the wire: `shared/aws/parse-probe-answer.ts` makes the model's answer of it. */
export type RawProbeAnswer = Omit<ProbeAnswer, 'instances'> & {
  readonly instances: readonly RawInstanceAnswer[];
};

export type ProbeLimits = {
  readonly target: TargetLimits;
  readonly instance: InstanceLimits;
  /** Once one target has answered, the others get no longer than this. */
  readonly graceMs: DurationMs;
};

/** The whole answer takes no longer than some 1.6 s where nothing passes, and 2.1 s where a body does not end. */
export const probeLimits: ProbeLimits = {
  target: { timeoutMs: 1_500, bodyMs: 500 },
  instance: { timeoutMs: 1_000, bodyMs: 500 },
  graceMs: 1_000,
};

/**
 * Where an instance is suspected of having fallen silent: several are asked for at once then, and each is one of the tries
 * that prove it. A first packet that is lost is not sent again within that time.
 */
export const hurriedLimits: ProbeLimits = {
  target: { timeoutMs: 1_000, bodyMs: 500 },
  instance: { timeoutMs: 1_000, bodyMs: 500 },
  graceMs: 500,
};

export type ProbeDeps = {
  readonly targets: readonly string[];
  readonly limits: ProbeLimits;
  /** For instances that want them. */
  readonly extras?: Extras;
  /** Clients' addresses, for instances that lack them. */
  readonly inUse?: readonly string[];
  /** Milliseconds that only ever grow. */
  readonly now: () => DurationMs;
} & Pick<RequestOptions, 'counts' | 'lookup' | 'ca'>;

/**
 * Asks all targets and all instances at once. Where one target answers, packets pass: a target that is itself in trouble
 * keeps nobody waiting for its whole time-out.
 */
export async function probe(asked: readonly AskedInstance[], deps: ProbeDeps): Promise<RawProbeAnswer> {
  const { targets, limits, now, counts, lookup, ca, extras, inUse = [] } = deps;
  const enough = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const request = {
    now,
    signal: enough.signal,
    ...(counts === undefined ? {} : { counts }),
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
  };
  const askOne = async (target: string): Promise<AskedTarget> => {
    const asking = await askTarget(target, limits.target, request);
    if (asking.answer.result.kind === 'answered') {
      grace ??= setTimeout(() => enough.abort(), limits.graceMs);
    }
    return asking;
  };
  const [ofTargets, instances] = await Promise.all([
    Promise.all(targets.map(askOne)),
    Promise.all(
      asked.map((instance) =>
        askInstance(instance, limits.instance, now, { inUse, ...(extras && { extras }) }),
      ),
    ),
  ]);
  clearTimeout(grace);
  const publicIp = ofTargets.find((one) => one.publicIp !== undefined)?.publicIp;
  return {
    targets: ofTargets.map(({ answer }) => answer),
    ...(publicIp === undefined ? {} : { publicIp }),
    instances,
  };
}
