import { posix } from 'node:path';

/**
 * The text of a README as a package carries it: a link to a file that is not in the package becomes the name of that file
 * in the source. `folder` is where the README lies there; `packed` are the package's files.
 */
export function packedLinks(text: string, folder: string, packed: readonly string[]): string {
  return text.replaceAll(/\[([^\]]+)\]\(([^)\s]+)\)/g, (link, label: string, target: string) => {
    const [path = ''] = target.split('#');
    if (path === '' || /^[a-z]+:/.test(target) || packed.includes(posix.normalize(path))) return link;
    const source = posix.join(folder, path);
    const name = label.replaceAll('`', '');
    return source.endsWith(name) ? `\`${source}\` in the source` : `${label}, \`${source}\` in the source`;
  });
}
