import { dirname, extname, join, normalize, relative } from 'node:path';

/** A folder as the site sees it: the repository, or a few files in a test. */
export type Files = {
  readonly isFile: (path: string) => boolean;
  /** Undefined: it is no folder. */
  readonly list: (path: string) => readonly string[] | undefined;
  readonly read: (path: string) => string;
};

export type SiteSource = {
  /** By their paths, pages in the dialect of the site's generator. */
  readonly pages: ReadonlyMap<string, string>;
  /** Files that pages show or offer as they are. */
  readonly assets: ReadonlySet<string>;
};

const pictures = new Set(['.svg', '.png']);

/**
 * The pages that these begin with and all that they link to. Code that is linked becomes a page that shows it, and a
 * folder becomes its README, or a list of what is in it: a browser shows neither of itself.
 */
export function collectSite(begin: readonly string[], files: Files): SiteSource {
  const pages = new Map<string, string>();
  const assets = new Set<string>();
  const wanted = [...begin];
  for (const path of wanted) {
    if (pages.has(path)) continue;
    const linked = withLinksOfSite(path, files);
    pages.set(path, toSiteMarkdown(linked.text));
    wanted.push(...linked.pages);
    for (const asset of linked.assets) assets.add(asset);
    for (const [page, shown] of linked.shown) pages.set(page, showing(shown, files));
  }
  return { pages, assets };
}

type Linked = {
  readonly text: string;
  readonly pages: readonly string[];
  readonly assets: readonly string[];
  /** Pages to be made, and what each is to show. */
  readonly shown: ReadonlyMap<string, string>;
};

function withLinksOfSite(page: string, files: Files): Linked {
  const pages: string[] = [];
  const assets: string[] = [];
  const shown = new Map<string, string>();
  const toPage = (path: string): string => {
    const readme = join(path, 'README.md');
    const own = path.endsWith('.md') ? path : files.isFile(readme) ? readme : undefined;
    if (own === undefined) {
      const made = pathOfShown(path);
      shown.set(made, path);
      return made;
    }
    pages.push(own);
    return own;
  };
  const onSite = (link: string): string => {
    const [path = '', anchor] = link.split('#');
    if (path === '' || /^[a-z]+:/.test(link)) return link;
    const target = normalize(join(dirname(page), path)).replace(/\/$/, '');
    if (pictures.has(extname(target))) {
      assets.push(target);
      return link;
    }
    return `${relative(dirname(page), toPage(target))}${anchor === undefined ? '' : `#${anchor}`}`;
  };
  const text = outsideCode(files.read(page), (prose) =>
    prose
      .replaceAll(/\]\(([^)\s]+)\)/g, (_, link: string) => `](${onSite(link)})`)
      .replaceAll(/(\ssrc(?:set)?=")([^"]+)"/g, (_, name: string, link: string) => `${name}${onSite(link)}"`),
  );
  return { text, pages, assets, shown };
}

/** The generator passes over names that begin with a dot. */
function pathOfShown(path: string): string {
  return `sources/${path.replaceAll(/(^|\/)\./g, '$1dot-')}.md`;
}

const languages: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.json': 'json',
  '.yaml': 'yaml',
  '.py': 'python',
  '.sh': 'sh',
};

function showing(path: string, files: Files): string {
  const names = files.list(path);
  const body =
    names === undefined
      ? `\`\`\`\`\`${languages[extname(path)] ?? 'text'}\n${files.read(path).trimEnd()}\n\`\`\`\`\``
      : names.map((name) => `- \`${name}\``).join('\n');
  // What people look for is in the pages.
  return `---\nsearch:\n  exclude: true\n---\n\n# ${path}\n\n${body}\n`;
}

/** Applies `change` to all but fenced code. */
function outsideCode(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^ *```[\s\S]*?^ *```$)/gm)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('');
}

/**
 * GitHub has what belongs to an item of a list begin where the item's text does, two or three characters in; the
 * generator wants four. It also takes an item for text of the one before if that has several paragraphs and no blank
 * line follows them.
 */
export function toSiteMarkdown(text: string): string {
  let indent = 0;
  let hasParagraphs = false;
  return text
    .split('\n')
    .flatMap((line, index, lines) => {
      const [marker] = /^(?:\d+\.|[-*]) +(?=\S)/.exec(line) ?? [];
      if (marker !== undefined) {
        const isApart = indent === 0 || !hasParagraphs || lines[index - 1] === '';
        indent = marker.length;
        hasParagraphs = false;
        return isApart ? [line] : ['', line];
      }
      if (line === '' || indent === 0) {
        return [line];
      }
      if (line.startsWith(' '.repeat(indent))) {
        hasParagraphs ||= lines[index - 1] === '';
        return [`    ${line.slice(indent)}`];
      }
      indent = 0;
      return [line];
    })
    .join('\n');
}
