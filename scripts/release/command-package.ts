import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { besideSource } from './beside-source.ts';
import type { Made } from './made.ts';
import { licencesOf } from './notices.ts';

/** The files that sources of the command read when it runs. */
const readAtRunTime: Readonly<Record<string, readonly string[]>> = {
  'cli/program.ts': ['package.json'],
  'cli/bake/builder-script.ts': [
    'infra/own-image/build.sh',
    'infra/own-image/first.sh',
    'infra/own-image/phoenat-first.service',
  ],
};

const bundle = 'dist/phoenat.js';

/** Of the CommonJS packages, some ask for modules of Node.js when they run; a module of ES has no `require` of its own. */
const banner = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`;

function commandBuild(root: string): BuildOptions & { metafile: true; write: false } {
  return {
    absWorkingDir: root,
    entryPoints: { phoenat: 'cli/main.ts' },
    outdir: 'dist',
    bundle: true,
    // The ways to credentials that nobody asks for stay unread.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    // What fails at somebody's place says where in words; names stay as they are.
    minifySyntax: true,
    banner: { js: banner },
    plugins: [besideSource(root, readAtRunTime)],
    metafile: true,
    write: false,
    logLevel: 'warning',
  };
}

type OwnPackage = {
  readonly version: string;
  readonly description: string;
  readonly homepage: string;
  readonly license: string;
};

/**
 * The package that carries the command: its code and that of its packages in one bundle, so that it installs without a
 * registry and is what has been tested. Private, and in a scope: nobody publishes it by mistake, and no name of a
 * registry stands for it.
 */
function manifest({ version, description, homepage, license }: OwnPackage): object {
  return {
    name: '@phoenat/cli',
    version,
    description,
    homepage,
    license,
    private: true,
    type: 'module',
    bin: { phoenat: bundle },
    files: ['dist', 'infra', 'NOTICES'],
    engines: { node: '>=22' },
  };
}

/** The files of the command's package, as they lie in its folder. */
export async function commandPackage(root: string): Promise<readonly Made[]> {
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  const { outputFiles, metafile } = await build(commandBuild(root));
  const own: OwnPackage = JSON.parse(read('package.json'));
  return [
    { name: 'package.json', content: `${JSON.stringify(manifest(own), undefined, 2)}\n` },
    { name: 'README.md', content: read('cli/README.md') },
    ...licencesOf('The command', root, metafile),
    ...outputFiles.map(({ path, contents }) => ({
      name: `dist/${path.split(/[\\/]/).at(-1)}`,
      content: contents,
    })),
    ...Object.values(readAtRunTime)
      .flat()
      .filter((name) => name !== 'package.json')
      .map((name) => ({ name, content: read(name) })),
  ];
}
