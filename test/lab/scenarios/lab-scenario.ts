import type { Lab } from '../network/lab.ts';
import type { LabOptions } from '../options.ts';
import type { Section } from '../report.ts';

/** One experiment in a lab of its own. It throws only where the lab itself is broken. */
export type LabScenario = {
  readonly name: string;
  readonly about: string;
  /** With `--quick` it is played only where it is named. */
  readonly isLong?: true;
  readonly play: (lab: Lab, section: Section, options: LabOptions) => Promise<void>;
};
