import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { artefactOf, type FunctionName, projectVersion } from '../build.ts';
import { archive, sha256 } from './archive.ts';
import { cdkPackage } from './cdk-package.ts';
import { checkChangelog } from './changelog.ts';
import { commandPackage } from './command-package.ts';
import { codeKeys } from './how-to-deploy.ts';
import { byName, type Made } from './made.ts';
import { npmPack } from './npm-pack.ts';
import { packagedTemplate } from './packaged-template.ts';
import { terraformModule } from './terraform-module.ts';

const root = join(import.meta.dirname, '../..');

/** What a deployment takes: the packaged template, the archives that it names, and their keys for a command line. */
export async function makeDeployables(): Promise<readonly Made[]> {
  const version = projectVersion();
  const [controller, lifecycle, probe] = await Promise.all([
    packFunction('controller', version),
    packFunction('lifecycle', version),
    packFunction('probe', version),
  ]);
  const keys = { controller: controller.name, lifecycle: lifecycle.name, probe: probe.name };
  const template = {
    name: 'phoenat.template.yaml',
    content: packagedTemplate(readFileSync(join(root, 'template.yaml'), 'utf8'), keys),
  };
  return [template, controller, lifecycle, probe, { name: 'code-keys.txt', content: codeKeys(keys) }];
}

export type ReleaseOptions = {
  /** The CDK package is compiled with packages that are not this project's. */
  readonly withCdk: boolean;
  readonly say: (line: string) => void;
};

/** The names of a release's files, of any version: what may go without a question where the next one is made. */
export const releaseFiles =
  /^(?:phoenat\.template\.yaml|phoenat-.+\.(?:zip|tgz)|code-keys\.txt|SHA256SUMS|CHANGELOG\.md)$/;

/** All files of a release, made from the sources. */
export async function makeRelease({ withCdk, say }: ReleaseOptions): Promise<readonly Made[]> {
  const changelog = { name: 'CHANGELOG.md', content: readFileSync(join(root, 'CHANGELOG.md'), 'utf8') };
  checkChangelog(changelog.content, projectVersion());
  const deployables = await makeDeployables();
  const command = await npmPack(await commandPackage(root));
  const terraform = terraformModule(root, projectVersion(), deployables);
  const cdk = withCdk ? [await cdkPackage(root, deployables, say)] : [];
  return withSums([...deployables, command, terraform, ...cdk, changelog]);
}

/** The function's archive. Its name tells its content: a stack whose key is the same has the same code. */
async function packFunction(name: FunctionName, version: string): Promise<Made> {
  const { files } = await artefactOf(name, `dist/${name}`);
  const content = archive(files);
  return { name: `phoenat-${version}-${name}-${sha256(content).slice(0, 12)}.zip`, content };
}

/** With SHA256SUMS, in the order of the names, as `sha256sum -c` reads it. */
function withSums(made: readonly Made[]): readonly Made[] {
  const lines = made.toSorted(byName).map(({ name, content }) => `${sha256(content)}  ${name}\n`);
  return [...made, { name: 'SHA256SUMS', content: lines.join('') }];
}
