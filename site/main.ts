import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { parseOptions, readCommandLine } from '../scripts/command-line.ts';
import { preparePythonEnvironment } from '../test/python/python-environment.ts';
import { SetUpError } from '../test/python/set-up-error.ts';
import { collectSite, type Files } from './site-source.ts';

const usage = `Makes the docs site: npm run docs:site

  --help    this text

README.md, CONTRIBUTING.md, docs/ and what they link to become dist/site, with a search that works without a server:
open dist/site/index.html. A link or an anchor that leads nowhere ends it. The generator, Zensical, is installed into
.venv/site from PyPI, which takes Python 3.11.5 or newer.`;

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'dist/site-source');

const repository: Files = {
  isFile: (path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile(),
  list: (path) =>
    statSync(join(root, path)).isDirectory() ? readdirSync(join(root, path)).toSorted() : undefined,
  read: (path) => readFileSync(join(root, path), 'utf8'),
};

async function layOut(): Promise<number> {
  const docs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const { pages, assets } = collectSite(
    ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => join('docs', name))],
    repository,
  );
  await rm(source, { recursive: true, force: true });
  for (const [path, text] of pages) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), text);
  }
  for (const path of assets) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await cp(join(root, path), join(source, path));
  }
  const shim = createRequire(import.meta.url).resolve('iframe-worker/shim');
  await mkdir(join(source, 'assets'), { recursive: true });
  await cp(shim, join(source, 'assets/iframe-worker.js'));
  return pages.size;
}

/** It serves only what lies under its configuration. */
async function build(programs: string): Promise<void> {
  const config = join(root, 'dist/site.yml');
  await cp(join(import.meta.dirname, 'site.yml'), config);
  const args = ['build', '--strict', '--clean', '--config-file', config];
  await promisify(execFile)(join(programs, 'zensical'), args);
}

async function main(): Promise<void> {
  readCommandLine({ script: 'docs:site', usage }, (args) => parseOptions({ args }));
  const pages = await layOut();
  const programs = await preparePythonEnvironment({
    directory: join(root, '.venv/site'),
    requirementsFile: join(import.meta.dirname, 'requirements.txt'),
    tool: "the docs site's generator",
    oldestPython: '3.11.5',
    say: (line) => console.log(line),
  });
  await build(programs);
  console.log(`${pages} pages: open ${join(root, 'dist/site/index.html')}`);
}

/** What the generator says of the pages, without where in itself it noticed. */
function told(error: unknown): string | undefined {
  if (error instanceof SetUpError) return error.message;
  return error instanceof Error && 'stderr' in error && typeof error.stderr === 'string'
    ? stripVTControlCharacters(error.stderr.replace(/^Traceback[\s\S]*/m, '')).trim()
    : undefined;
}

try {
  await main();
} catch (error) {
  const text = told(error);
  if (text === undefined) throw error;
  console.error(text);
  process.exitCode = 1;
}
