import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { archive } from './archive.ts';
import type { Made } from './made.ts';
import { packedLinks } from './packed-links.ts';

/** What a test or Terraform itself leaves in the module's folder. */
const notPacked =
  /^(?:tests|artifacts|\.terraform)(?:[\\/]|$)|[\\/]\.terraform[\\/]|\.tfstate|\.terraform\.lock\.hcl$/;

/** The Terraform module, with the template and the archives that it deploys. */
export function terraformModule(root: string, version: string, deployables: readonly Made[]): Made {
  const folder = join(root, 'deploy/terraform');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !notPacked.test(name) && statSync(join(folder, name)).isFile())
    .map((name) => ({ name: name.replaceAll('\\', '/'), content: readFileSync(join(folder, name)) }));
  const files = [
    ...sources,
    { name: 'LICENSE', content: readFileSync(join(root, 'LICENSE')) },
    ...deployables.map(({ name, content }) => ({ name: `artifacts/${name}`, content: Buffer.from(content) })),
  ];
  const names = files.map(({ name }) => name);
  const packed = files.map((file) =>
    file.name === 'README.md'
      ? { ...file, content: Buffer.from(packedLinks(String(file.content), 'deploy/terraform', names)) }
      : file,
  );
  return { name: `phoenat-terraform-${version}.zip`, content: archive(packed) };
}
