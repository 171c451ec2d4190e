import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { projectVersion, textFiles } from './build.ts';
import { instanceFiles } from './instance-files.ts';

const playground = new URL('../demo/playground/', import.meta.url);
const pathOf = (name: string) => fileURLToPath(new URL(name, playground));

/** What a browser has not, and what the page brings for it. */
const inTheBrowser: Readonly<Record<string, string>> = {
  'node:crypto': 'browser/crypto.ts',
  'node:fs': 'browser/fs.ts',
  'node:http': 'browser/no-network.ts',
  'node:https': 'browser/no-network.ts',
  'node:net': 'browser/no-network.ts',
  'node:zlib': 'browser/zlib.ts',
};

const repositoryFiles: Plugin = {
  name: 'repository-files',
  setup(building) {
    building.onResolve({ filter: /[\\/]read-bootstrap-files\.ts$/ }, () => ({
      path: pathOf('browser/bootstrap-files.ts'),
    }));
  },
};

/** The page's program: the real controller, the simulator and the view of them in one script, or the view alone. */
export function playgroundBuild(shows: 'live' | 'recorded'): BuildOptions & { write: false } {
  return {
    entryPoints: [pathOf(shows === 'live' ? 'page/main.ts' : 'page/recorded.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    // Where MessageChannel, Map.groupBy and nested CSS are: browsers from 2024 on.
    target: 'es2024',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    mainFields: ['module', 'browser', 'main'],
    define: {
      'import.meta.url': '"file:///phoenat/a/b/c.ts"',
      'import.meta.main': 'false',
      PHOENAT_VERSION: JSON.stringify(projectVersion()),
    },
    alias: Object.fromEntries(Object.entries(inTheBrowser).map(([name, file]) => [name, pathOf(file)])),
    inject: [pathOf('browser/globals.ts')],
    loader: { ...textFiles, '.yaml': 'text' },
    plugins: [repositoryFiles, instanceFiles],
    metafile: true,
    logLevel: 'warning',
  };
}

/**
 * The whole page: markup, style and program in one file that asks nobody for anything. With `recorded`, the JSON of a
 * recording, it shows that; otherwise it simulates.
 */
export async function playgroundPage(recorded?: string): Promise<string> {
  const [page, style, { outputFiles }] = await Promise.all([
    readFile(pathOf('page/page.html'), 'utf8'),
    readFile(pathOf('page/page.css'), 'utf8'),
    build(playgroundBuild(recorded === undefined ? 'live' : 'recorded')),
  ]);
  const program = (outputFiles ?? []).map(({ text }) => text).join('');
  // A function: in a replacement's text, `$&` and the like would mean something.
  return page
    .replace('/* style */', () => style.trim())
    .replace('<!-- recorded -->', () => (recorded === undefined ? '' : dataElement(recorded)))
    .replace('/* program */', () => inScript(program));
}

function dataElement(json: string): string {
  return `<script type="application/json" id="recorded">${json.replaceAll('<', '\\u003c')}</script>`;
}

/** `</script` would end the element wherever it stands (HTML Standard, "Restrictions for contents of script elements"). */
function inScript(program: string): string {
  return program.replaceAll(/<(?=\/script|!--)/gi, '\\x3C');
}
