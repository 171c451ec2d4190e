import type { Section } from '../lab/report.ts';
import type { Stage } from './stage.ts';

/** One story of machines that boot. */
export type Case = {
  readonly name: string;
  readonly about: string;
  /** It is begun before the others, which it outlasts. */
  readonly isLong?: true;
  readonly play: (stage: Stage, section: Section) => Promise<void>;
};
