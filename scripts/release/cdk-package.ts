import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Made } from './made.ts';
import { npm, npmPack, runNode } from './npm-pack.ts';
import { packedLinks } from './packed-links.ts';

/** The tarball of the CDK package: compiled, with the template and the archives that it deploys. */
export async function cdkPackage(
  root: string,
  deployables: readonly Made[],
  say: (line: string) => void,
): Promise<Made> {
  const folder = join(root, 'deploy/cdk');
  if (!existsSync(join(folder, 'node_modules/aws-cdk-lib'))) {
    say('installing what the CDK package is compiled with (220 MB), into deploy/cdk');
    await npm(['ci', '--no-audit', '--no-fund', '--ignore-scripts'], folder);
  }
  const compiled = await mkdtemp(join(tmpdir(), 'phoenat-cdk-'));
  try {
    const compiler = join(folder, 'node_modules/typescript/bin/tsc');
    await runNode([compiler, '-p', folder, '--outDir', compiled], folder);
    const files: readonly Made[] = [
      { name: 'package.json', content: readFileSync(join(folder, 'package.json')) },
      { name: 'LICENSE', content: readFileSync(join(root, 'LICENSE')) },
      ...readdirSync(compiled).map((name) => ({
        name: `dist/${name}`,
        content: readFileSync(join(compiled, name)),
      })),
      ...deployables.map(({ name, content }) => ({ name: `artifacts/${name}`, content })),
    ];
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const names = files.map(({ name }) => name);
    return await npmPack([
      ...files,
      { name: 'README.md', content: packedLinks(readme, 'deploy/cdk', names) },
    ]);
  } finally {
    await rm(compiled, { recursive: true, force: true });
  }
}
