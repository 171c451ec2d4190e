import { type BuildResult, build } from 'esbuild';
import { type FunctionName, functionBuild } from '../../../scripts/build.ts';

export type Built = BuildResult<{ write: false; metafile: true }>;

const builds = new Map<FunctionName, Promise<Built>>();

/** A function's bundle, built once for all test files of a process: each build takes most of a second. */
export function builtFunction(name: FunctionName): Promise<Built> {
  const built = builds.get(name) ?? buildFunction(name);
  builds.set(name, built);
  return built;
}

export async function buildFunction(name: FunctionName): Promise<Built> {
  return await build({ ...functionBuild(name, `dist/${name}`), write: false, metafile: true });
}
