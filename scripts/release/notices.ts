import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { Made } from './made.ts';

/** Our licence and those of the packages of which a bundle has something, as they lie beside its code. */
export function licencesOf(what: string, root: string, metafile: Metafile): readonly Made[] {
  const own = { name: 'LICENSE', content: readFileSync(join(root, 'LICENSE')) };
  const folders = packagesIn(metafile);
  return folders.length === 0 ? [own] : [own, { name: 'NOTICES', content: noticesOf(what, root, folders) }];
}

/** The folders of the packages of which a bundle has something, in the order of their names. */
function packagesIn({ inputs, outputs }: Pick<Metafile, 'inputs' | 'outputs'>): readonly string[] {
  const bundled = new Set(Object.values(outputs).flatMap((output) => Object.keys(output.inputs)));
  const folders = Object.keys(inputs)
    .filter((input) => bundled.has(input))
    .flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []);
  return [...new Set(folders)].toSorted();
}

/**
 * Their licences, as these ask of whoever passes the code on, in what is named; a text that several share is there once.
 * @throws where there is no text of a licence that is not ours too.
 */
function noticesOf(what: string, root: string, folders: readonly string[]): string {
  const byText = Map.groupBy(
    folders.map((folder) => join(root, folder)),
    (folder) => licenceText(folder, packageAt(folder)),
  );
  const notices = [...byText].map(([text, sharing]) => {
    const names = sharing
      .map(packageAt)
      .map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${names.join('\n')}\n\n${text}\n`;
  });
  const line = `\n${'-'.repeat(100)}\n\n`;
  return `${what} contains these packages.\n${line}${notices.join(line)}`;
}

type Package = { readonly name: string; readonly version: string; readonly license: string };

function packageAt(folder: string): Package {
  const read: Package = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return read;
}

function licenceText(folder: string, { name, license }: Package): string {
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying|notice)(?:[-.]|$)/i.test(file));
  if (files.length === 0) {
    if (license === 'Apache-2.0') return 'Its text is in LICENSE.';
    if (license === 'MIT-0') return 'MIT No Attribution, which asks for no notice and no copy of its text.';
    throw new Error(`${name} has no text of its licence (${license}) beside its code`);
  }
  return files
    .toSorted()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim())
    .join('\n\n');
}
