import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

const importOfList = /^import \{([^}]*)\} from "(@(?:smithy|aws-sdk)\/core\/protocols)";$/gm;
const exportOfList = /^export \{([^}]*)\} from "([^"]+)";$/gm;

/**
 * Takes each of the SDK's protocols from its own file. The SDK imports them from lists of all protocols. Through these,
 * esbuild finds JSON, which only CloudWatch speaks, within reach of EC2's client, and puts it where a cold start reads it.
 */
export const directImports: Plugin = {
  name: 'direct-imports',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/]@(?:aws-sdk|smithy)[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const origins = new Map<string, Map<string, string>>();
      for (const [, , list = ''] of text.matchAll(importOfList)) {
        const found = await build.resolve(list, { resolveDir: dirname(path), kind: 'import-statement' });
        origins.set(list, originsIn(await readFile(found.path, 'utf8'), dirname(found.path)));
      }
      return origins.size === 0 ? undefined : { contents: withDirectImports(text, origins), loader: 'js' };
    });
  },
};

/** Throws where a list does not name what is imported: the SDK writes its lists in another way then. */
function withDirectImports(text: string, origins: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  return text.replaceAll(importOfList, (_whole, names: string, list: string) =>
    namesIn(names)
      .map((name) => {
        const origin = origins.get(list)?.get(name);
        if (origin === undefined) {
          throw new Error(`${list} does not list ${name}; adapt scripts/direct-imports.ts`);
        }
        return `import { ${name} } from ${JSON.stringify(origin)};`;
      })
      .join('\n'),
  );
}

/** The file, or the package, that each name of a list comes from. */
function originsIn(list: string, folder: string): Map<string, string> {
  return new Map(
    [...list.matchAll(exportOfList)].flatMap(([, names = '', from = '']) => {
      const origin = from.startsWith('.') ? `${join(folder, from)}.js` : from;
      return namesIn(names).map((name) => [name, origin] as const);
    }),
  );
}

function namesIn(names: string): string[] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
