import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type Artifacts = {
  readonly template: string;
  readonly controller: string;
  readonly lifecycle: string;
  readonly probe: string;
};

/** Beside the compiled package, where a release puts them. */
const ownDirectory = join(__dirname, '..', 'artifacts');

/** What `npm run release` has made: the packaged template, and one archive of each function. */
export function findArtifacts(directory: string = ownDirectory): Artifacts {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const one = (what: string, pattern: RegExp): string => {
    const [name, ...others] = names.filter((candidate) => pattern.test(candidate));
    if (name === undefined || others.length > 0) {
      throw new Error(
        `Phoenat: ${directory} must hold one ${what}, and holds ${name === undefined ? 'none' : [name, ...others].join(', ')}. Take the package from a release, or name dist/release of a checkout, which npm run release fills, as artifactsDirectory.`,
      );
    }
    return join(directory, name);
  };
  return {
    template: one('phoenat.template.yaml', /^phoenat\.template\.yaml$/),
    controller: one('archive of the controller', /^phoenat-.*-controller-.*\.zip$/),
    lifecycle: one('archive of the lifecycle function', /^phoenat-.*-lifecycle-.*\.zip$/),
    probe: one('archive of the probe', /^phoenat-.*-probe-.*\.zip$/),
  };
}
