import type { DivergenceId, Outcome } from './divergences.ts';
import type { Subject } from './subject.ts';

/** How the chapters of the contract put their checks down. */
export type Contract = {
  /** What every implementation does as AWS does. */
  check(name: string, body: (subject: Subject) => Promise<void>): void;
  /**
   * What an implementation does otherwise. The body observes and judges nothing: its outcome must be the one recorded
   * for this implementation, so that a departure that has gone, or changed, is noticed as well.
   */
  diverging(id: DivergenceId, body: (subject: Subject) => Promise<Outcome>): void;
};
