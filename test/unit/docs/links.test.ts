import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** Code is no Markdown: what looks like a heading or a link in it is none. */
function proseOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(/^\s*```[\s\S]*?^\s*```/gm, '');
}

/** The anchors that GitHub makes: lower case, no punctuation, hyphens for spaces, numbered where they repeat. */
function anchorsOf(file: string): string[] {
  const slugs = [...proseOf(file).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return slugs.map((slug, index) => {
    const before = slugs.slice(0, index).filter((other) => other === slug).length;
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) {
    return false;
  }
  return (
    anchor === undefined || (statSync(join(root, target)).isFile() && anchorsOf(target).includes(anchor))
  );
}

describe('the links of', () => {
  it.each(pages)('%s lead somewhere', (page) => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const inside = links.filter((link) => !/^[a-z]+:/.test(link));

    expect(inside.filter((link) => !isThere(page, link))).toEqual([]);
  });

  it.each([
    ['docs/operations.md', 'nowhere.md'],
    ['docs/operations.md', '#no-such-heading'],
    ['docs/operations.md', '../README.md#no-such-heading'],
  ])('%s would be seen to lead nowhere by %s', (page, link) => {
    expect(isThere(page, link)).toBe(false);
  });
});
