import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { userDataLimitBytes } from '../infra/user-data.ts';
import { CommandLineError, parseOptions, readCommandLine, tellFailure } from './command-line.ts';
import { directImports } from './direct-imports.ts';
import { environmentCredentials } from './environment-credentials.ts';
import { clearFolder } from './folder.ts';
import { instanceFiles } from './instance-files.ts';
import { packageVersions } from './package-versions.ts';
import type { ArchivedFile } from './release/archive.ts';
import { licencesOf } from './release/notices.ts';
import { shakeSchemas } from './shake-schemas.ts';
import { userDataRoom } from './user-data-room.ts';

export const functionNames = ['controller', 'lifecycle', 'probe'] as const;
export type FunctionName = (typeof functionNames)[number];

const root = join(import.meta.dirname, '..');

const usage = `Builds the Lambda functions: npm run build -- [FUNCTION] [--out DIR]

  FUNCTION    ${functionNames.join(', ')} (default: all of them)
  --out DIR   where its artefact goes (default: dist/FUNCTION); goes with one function
  --help      this text`;

/** Files that a bundle carries as text. */
export const textFiles = {
  '.conf': 'text',
  '.nft': 'text',
  '.py': 'text',
  '.service': 'text',
  '.sh': 'text',
  '.socket': 'text',
} as const;

/** How a function's artefact is made. Every byte of it is read at a cold start, and a cold start delays a failover. */
export function functionBuild(name: FunctionName, outdir: string): BuildOptions & { metafile: true } {
  return {
    entryPoints: { handler: `functions/${name}/handler.ts` },
    outdir,
    bundle: true,
    // What is imported lazily stays in a file of its own, unread until it is needed.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    define: { PHOENAT_VERSION: JSON.stringify(projectVersion()) },
    // esbuild takes the SDK's CommonJS build otherwise, which cannot be shaken.
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    loader: textFiles,
    // Names browsers, for the SDK's user agent in one: nothing that runs in Lambda calls it, and what is left out is not
    // packed (34 kB).
    external: ['bowser'],
    plugins: [directImports, shakeSchemas, environmentCredentials, instanceFiles, packageVersions],
    metafile: true,
    logLevel: 'warning',
  };
}

export function projectVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}

function totalBytes({ outputs }: Metafile): number {
  return Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}

type Chosen = { readonly names: readonly FunctionName[]; readonly out: string | undefined };

function read(args: string[]): Chosen {
  const { values, positionals } = parseOptions({
    args,
    options: { out: { type: 'string' } },
    allowPositionals: true,
  });
  const unknown = positionals.find((given) => !functionNames.some((name) => name === given));
  if (unknown !== undefined) {
    throw new CommandLineError(`there is no function "${unknown}": ${functionNames.join(', ')}`);
  }
  const names = functionNames.filter((name) => positionals.length === 0 || positionals.includes(name));
  if (values.out !== undefined && names.length > 1) {
    throw new CommandLineError('--out goes with the name of one function');
  }
  return { names, out: values.out };
}

async function main(): Promise<void> {
  const { names, out } = readCommandLine({ script: 'build', usage }, read);
  for (const name of names) {
    await write(name, out ?? `dist/${name}`);
  }
  if (names.length === functionNames.length) {
    const left = userDataRoom().toLocaleString('en');
    const limit = userDataLimitBytes.toLocaleString('en');
    console.log(
      `an instance's user data with everything switched on leaves ${left} of ${limit} bytes for lists`,
    );
  }
}

/** All files of a function's artefact: its code, and the licences, which nothing reads when it runs. */
export async function artefactOf(
  name: FunctionName,
  outdir: string,
): Promise<{ readonly files: readonly ArchivedFile[]; readonly metafile: Metafile }> {
  const options = { ...functionBuild(name, outdir), absWorkingDir: root };
  const { outputFiles, metafile } = await build({ ...options, write: false });
  const code = outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents }));
  const licences = licencesOf(`The ${name} function`, root, metafile);
  return {
    files: [
      ...code,
      ...licences.map(({ name: file, content }) => ({ name: file, content: Buffer.from(content) })),
    ],
    metafile,
  };
}

/** Of an earlier build. */
const ours = /\.mjs$|^LICENSE$|^NOTICES$/;

async function write(name: FunctionName, out: string): Promise<void> {
  const { files, metafile } = await artefactOf(name, out);
  await clearFolder(out, ours);
  for (const file of files) await writeFile(join(out, file.name), file.content);
  await writeFile(`${resolve(out)}.meta.json`, JSON.stringify(metafile));
  console.log(`${out}: ${(totalBytes(metafile) / 1000).toFixed(0)} kB`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    tellFailure('build', error);
  }
}
