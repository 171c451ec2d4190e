import type { Environment } from '../../shared/config/environment.ts';
import type { Section } from '../lab/report.ts';
import type { SeedFile } from '../systemd/machine.ts';
import type { Machine } from './machine.ts';
import type { Network } from './network/network.ts';

/** One instance in its network. */
export type Stage = {
  readonly network: Network;
  readonly machine: Machine;
  /** What the repositories have, for whoever opens them. */
  readonly packages: string;
};

/** The story of one instance, as the launch would make it. */
export type Case = {
  readonly name: string;
  readonly about: string;
  /** It is begun before the others, which it outlasts. */
  readonly isLong?: true;
  /** What of the controller's environment is not by default. */
  readonly environment?: Environment;
  /** In a container: on its disk before its first boot. */
  readonly seed?: readonly SeedFile[];
  /** In a machine: on its kernel's command line. */
  readonly parameters?: string;
  /** The repositories are there unless the story says otherwise. */
  readonly hasRepositories?: false;
  readonly play: (stage: Stage, section: Section) => Promise<void>;
};
