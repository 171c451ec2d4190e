import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type FunctionName, functionBuild, projectVersion } from '../build.ts';
import { archive, sha256 } from './archive.ts';
import { commandPackage } from './command-package.ts';
import { byName, type Made } from './made.ts';
import { npmPack } from './npm-pack.ts';
import { packagedTemplate } from './packaged-template.ts';

const root = join(import.meta.dirname, '../..');

/** All files of a release, made from the sources. */
export async function makeRelease(): Promise<readonly Made[]> {
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  const version = projectVersion();
  const [controller, lifecycle, probe, command] = await Promise.all([
    packFunction('controller', version),
    packFunction('lifecycle', version),
    packFunction('probe', version),
    commandPackage(root).then(npmPack),
  ]);
  const keys = { controller: controller.name, lifecycle: lifecycle.name, probe: probe.name };
  const template = {
    name: 'phoenat.template.yaml',
    content: packagedTemplate(read('template.yaml'), keys),
  };
  return withSums([template, controller, lifecycle, probe, command]);
}

/** The function's archive. Its name tells its content: a stack whose key is the same has the same code. */
async function packFunction(name: FunctionName, version: string): Promise<Made> {
  const { outputFiles = [] } = await build({
    ...functionBuild(name, `dist/${name}`),
    absWorkingDir: root,
    write: false,
  });
  const content = archive(
    outputFiles.map(({ path, contents }) => ({
      name: path.split(/[\\/]/).at(-1) ?? path,
      content: contents,
    })),
  );
  return { name: `phoenat-${version}-${name}-${sha256(content).slice(0, 12)}.zip`, content };
}

/** With SHA256SUMS, in the order of the names, as `sha256sum -c` reads it. */
function withSums(made: readonly Made[]): readonly Made[] {
  const lines = made.toSorted(byName).map(({ name, content }) => `${sha256(content)}  ${name}\n`);
  return [...made, { name: 'SHA256SUMS', content: lines.join('') }];
}
