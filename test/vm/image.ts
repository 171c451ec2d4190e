import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type ImageKind = 'container' | 'machine';

export type Image = {
  readonly folder: string;
  /** What the stand-in for dnf installs. */
  readonly packages: string;
};

const recipe = join(import.meta.dirname, 'image');

/** Where images are kept: PHOENAT_CACHE, or where the XDG base directory specification says. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const { PHOENAT_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = env;
  if (own !== '') return own;
  return join(shared === '' ? join(env['HOME'] ?? homedir(), '.cache') : shared, 'phoenat');
}

/** The name of an image says what it was made from: another recipe is another image. */
export function imageName(kind: ImageKind, files: readonly { name: string; content: string }[]): string {
  const hash = createHash('sha256');
  for (const { name, content } of files) hash.update(`${name}\n${content.length}\n${content}`);
  return `${kind}-${hash.digest('hex').slice(0, 12)}`;
}

/**
 * The image of a kind, made where it is not there yet; what was made from an older recipe goes.
 * @throws Error where it cannot be made.
 */
export async function findImage(kind: ImageKind, say: (text: string) => void): Promise<Image> {
  const cache = join(cacheFolder(process.env), 'vm');
  const files = readdirSync(recipe).map((name) => ({
    name,
    content: readFileSync(join(recipe, name), 'utf8'),
  }));
  const name = imageName(kind, files);
  const folder = join(cache, name);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(folder)) {
    say(`the image ${folder} is being made, which takes a minute or two\n`);
    await make(kind, folder);
    for (const old of readdirSync(cache)) {
      const isOld = old.startsWith(`${kind}-`) && old !== name && !old.endsWith('.lock');
      if (isOld) rmSync(join(cache, old), { recursive: true, force: true });
    }
  }
  return { folder, packages: join(folder, 'packages') };
}

/** One at a time: who comes second finds it made. */
function make(kind: ImageKind, folder: string): Promise<void> {
  const script = `[ ! -e "$2" ] || exit 0
rm -rf "$2.partial" && mkdir "$2.partial" && bash "$3/build.sh" "$1" "$2.partial" && mv "$2.partial" "$2"`;
  const command = [`${folder}.lock`, 'bash', '-c', script, 'make-image', kind, folder, recipe];
  return new Promise((resolve, reject) => {
    const child = spawn('flock', command, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => {
      said = `${said}${data}`.slice(-2_000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`no image can be made (${code}): ${said.trim()}`));
    });
  });
}
