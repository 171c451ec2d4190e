import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectSite, type Files, toSiteMarkdown } from '../../../site/site-source.ts';

const root = resolve(import.meta.dirname, '../../..');

function filesOf(texts: Readonly<Record<string, string>>): Files {
  const names = Object.keys(texts);
  return {
    isFile: (path) => names.includes(path),
    list: (path) => {
      const inside = names.filter((name) => name.startsWith(`${path}/`));
      return inside.length === 0 ? undefined : inside.map((name) => name.slice(path.length + 1));
    },
    read: (path) => {
      const text = texts[path];
      if (text === undefined) throw new Error(`no ${path}`);
      return text;
    },
  };
}

const files = filesOf({
  'README.md':
    '[a](docs/a.md#x) [code](src/a.ts#L3) [rig](test/rig) [all](src) ![p](docs/p.svg) [w](https://w.example)',
  'docs/a.md': '<img src="p.svg"> [.nvmrc](../.nvmrc)\n\n```\n[no](link.md)\n```\n',
  'docs/p.svg': '<svg/>',
  'src/a.ts': 'const a = 1;\n',
  'test/rig/README.md': '# Rig',
  '.nvmrc': '24\n',
});

describe('the docs site', () => {
  const { pages, assets } = collectSite(['README.md'], files);

  it('has the pages that are linked, code and folders among them', () => {
    expect([...pages.keys()].toSorted()).toEqual([
      'README.md',
      'docs/a.md',
      'sources/dot-nvmrc.md',
      'sources/src.md',
      'sources/src/a.ts.md',
      'test/rig/README.md',
    ]);
  });

  it('leads to them, and leaves other links and code alone', () => {
    expect(pages.get('README.md')).toBe(
      '[a](docs/a.md#x) [code](sources/src/a.ts.md#L3) [rig](test/rig/README.md) [all](sources/src.md) ![p](docs/p.svg) [w](https://w.example)',
    );
    expect(pages.get('docs/a.md')).toContain('[no](link.md)');
    expect(pages.get('docs/a.md')).toContain('[.nvmrc](../sources/dot-nvmrc.md)');
  });

  it('shows code, and takes pictures as they are', () => {
    expect(pages.get('sources/src/a.ts.md')).toContain('`````ts\nconst a = 1;\n`````');
    expect(pages.get('sources/src.md')).toContain('- `a.ts`');
    expect([...assets]).toEqual(['docs/p.svg']);
  });

  it('indents what belongs to an item as far as the generator wants it', () => {
    expect(
      toSiteMarkdown(
        '1. one\n   goes on\n\n   ```sh\n     ls\n   ```\n2. two\n- dash\n  on\nend\n  not in it',
      ),
    ).toBe('1. one\n    goes on\n\n    ```sh\n      ls\n    ```\n\n2. two\n- dash\n    on\nend\n  not in it');
  });

  it('has every page of docs/ in its navigation', () => {
    const navigation = readFileSync(join(root, 'site/site.yml'), 'utf8');
    const names = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

    expect(names.filter((name) => !navigation.includes(`: docs/${name}\n`))).toEqual([]);
  });
});
