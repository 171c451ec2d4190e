import { bundledBootstrapFiles } from '../../../infra/bundled-bootstrap-files.ts';
import type { BootstrapFiles } from '../../../infra/user-data.ts';

/** In place of `infra/read-bootstrap-files.ts`: the page carries them, as the functions do. */
export function readBootstrapFiles(): BootstrapFiles {
  return bundledBootstrapFiles;
}
