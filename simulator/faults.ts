import type { Ec2CallName, Ec2Input, Ec2Output } from '../shared/aws/api.ts';
import type { DurationMs } from '../shared/core/model/time.ts';

/** What can go wrong with one call. */
export type Fault =
  /** AWS refuses: nothing happened. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly httpStatus?: number }
  /** RequestLimitExceeded: nothing happened. */
  | { readonly kind: 'throttle' }
  /** The call happened; the caller sees a time-out this long after sending. */
  | { readonly kind: 'lost-answer'; readonly afterMs: DurationMs }
  /** The call never arrived; the caller sees the same time-out. */
  | { readonly kind: 'lost-request'; readonly afterMs: DurationMs }
  /** EC2 accepts the connection and never answers, and the call happened or did not: only the caller's patience ends it. */
  | { readonly kind: 'silence'; readonly happens: boolean }
  /** The answer takes this much longer; what it does happens when it would have. */
  | { readonly kind: 'slow'; readonly ms: DurationMs }
  /** A Describe call is answered by a replica that is this far behind; at most a minute. */
  | { readonly kind: 'stale'; readonly byMs: DurationMs }
  /** A Describe call is answered, and however often the rest is asked for, there is a next page. */
  | { readonly kind: 'endless' }
  /** The caller's process dies: before the call was sent, or after it took effect. Later calls have no effect. */
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' };

/** The answer came, with something missing. */
export type PartialAnswer<N extends Ec2CallName> = {
  readonly kind: 'partial';
  readonly strip: (output: Ec2Output<N>) => Ec2Output<N>;
};

export type Injection<N extends Ec2CallName> = {
  readonly call: N;
  readonly when?: (input: Ec2Input<N>) => boolean;
  /** Only calls of the client of this name. */
  readonly client?: string;
  /** How many calls it hits; absent: all, until it is removed. */
  readonly times?: number;
  readonly fault: Fault | PartialAnswer<N>;
};

/** A fault for any call at all, for random schedules. */
export type BlanketInjection = {
  readonly call: '*';
  readonly when?: (name: Ec2CallName, input: object) => boolean;
  readonly client?: string;
  readonly times?: number;
  readonly fault: Fault;
};

export type InjectionHandle = {
  remove(): void;
  /** How many calls it has hit. */
  hits(): number;
};

/** A rule with its call's types taken off, for the one place that looks rules up by name. */
type Rule = {
  readonly hitsCall: (client: string, name: Ec2CallName, input: object) => boolean;
  readonly times: number;
  readonly hit: AppliedFault;
  hits: number;
};
export type AppliedFault = Fault | { readonly kind: 'partial'; readonly strip: (output: object) => object };

/** The faults in force, in the order in which they were injected: the first that fits a call hits it. */
export class Faults {
  #rules: Rule[] = [];

  inject<N extends Ec2CallName>(injection: Injection<N>): InjectionHandle {
    const { call, client, when, fault } = injection;
    return this.#add({
      hitsCall: (clientName, name, input) =>
        name === call &&
        (client === undefined || client === clientName) &&
        // The name was just compared, so the input is of that call.
        (when === undefined || when(input as Ec2Input<N>)),
      times: injection.times ?? Number.POSITIVE_INFINITY,
      hit:
        fault.kind === 'partial'
          ? { kind: 'partial', strip: (output) => fault.strip(output as Ec2Output<N>) }
          : fault,
      hits: 0,
    });
  }

  injectEverywhere(injection: BlanketInjection): InjectionHandle {
    const { client, when } = injection;
    return this.#add({
      hitsCall: (clientName, name, input) =>
        (client === undefined || client === clientName) && (when === undefined || when(name, input)),
      times: injection.times ?? Number.POSITIVE_INFINITY,
      hit: injection.fault,
      hits: 0,
    });
  }

  /** The fault that hits this call, which then counts as hit. */
  take(client: string, name: Ec2CallName, input: object): AppliedFault | undefined {
    const rule = this.#rules.find(
      (candidate) => candidate.hits < candidate.times && candidate.hitsCall(client, name, input),
    );
    if (rule === undefined) return undefined;
    rule.hits++;
    return rule.hit;
  }

  removeAll(): void {
    this.#rules = [];
  }

  #add(rule: Rule): InjectionHandle {
    this.#rules.push(rule);
    return {
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== rule);
      },
      hits: () => rule.hits,
    };
  }
}
