import type { Section } from '../lab/report.ts';
import type { Stage } from './stage.ts';

/** One story of machines that boot. */
export type Case = {
  readonly name: string;
  readonly about: string;
  readonly play: (stage: Stage, section: Section) => Promise<void>;
};
