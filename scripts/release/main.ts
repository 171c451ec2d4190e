import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type FunctionName, functionBuild, functionNames } from '../build.ts';
import { archive, sha256 } from './archive.ts';
import { type CodeKeys, packagedTemplate } from './packaged-template.ts';

const usage = `Makes a release, the same bytes each time: npm run release -- [--out DIR]

  --out DIR   where it goes (default: dist/release); what is there is removed
  --help      this text

docs/releasing.md tells what is in it, and how it is deployed and checked.`;

const root = join(import.meta.dirname, '../..');

export type Made = { readonly name: string; readonly content: Uint8Array | string };

/** The function's archive, whose name tells its version and its content. */
async function packFunction(name: FunctionName, version: string): Promise<Made> {
  const { outputFiles } = await build({
    ...functionBuild(name, join(root, 'dist/release', name)),
    absWorkingDir: root,
    write: false,
  });
  const content = archive(
    outputFiles.map((file) => ({ name: file.path.split(/[\\/]/).at(-1) ?? '', content: file.contents })),
  );
  return { name: `phoenat-${version}-${name}-${sha256(content).slice(0, 12)}.zip`, content };
}

export async function makeRelease(): Promise<readonly Made[]> {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const archives: Made[] = [];
  for (const name of functionNames) archives.push(await packFunction(name, version));
  const [controller = '', lifecycle = '', probe = ''] = archives.map(({ name }) => name);
  const keys: CodeKeys = { controller, lifecycle, probe };
  const template = {
    name: 'phoenat.template.yaml',
    content: packagedTemplate(readFileSync(join(root, 'template.yaml'), 'utf8'), keys),
  };
  return withSums([template, ...archives]);
}

/** With SHA256SUMS, in the order of the names, as `sha256sum -c` reads it. */
function withSums(made: readonly Made[]): readonly Made[] {
  const lines = made
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, content }) => `${sha256(content)}  ${name}\n`);
  return [...made, { name: 'SHA256SUMS', content: lines.join('') }];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join(root, 'dist/release') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const made = await makeRelease();
  await rm(values.out, { recursive: true, force: true });
  await mkdir(values.out, { recursive: true });
  for (const { name, content } of made) {
    await writeFile(join(values.out, name), content);
    console.log(`${join(values.out, name)}: ${(Buffer.byteLength(content) / 1000).toFixed(0)} kB`);
  }
}

if (import.meta.main) {
  await main();
}
