import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { shakeSchemas, withLiteralKeys } from '../../../scripts/shake-schemas.ts';
import { everyCase } from '../../every-case.ts';

const require = createRequire(import.meta.url);
const clientFolder = (client: string) => dirname(require.resolve(`${client}/package.json`));

/** All schema tables of a client as text, functions by their source: what the SDK would serialise by. */
async function tables(client: string, plugins: Plugin[]): Promise<Record<string, string>> {
  const path = join(clientFolder(client), 'dist-es/schemas/schemas_0.js');
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(path)};`, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    plugins,
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const module: Record<string, unknown> = await import(`data:text/javascript;base64,${code}`);
  const asText = (_key: string, value: unknown) => (typeof value === 'function' ? String(value) : value);
  return Object.fromEntries(
    Object.entries(module)
      .filter(([name]) => name.endsWith('$'))
      .map(([name, table]) => [name, JSON.stringify(table, asText)]),
  );
}

describe('shakeSchemas', () => {
  it('finds the tables of EC2 as it expects them, and drops no line', () => {
    const path = join(clientFolder('@aws-sdk/client-ec2'), 'dist-es/schemas/schemas_0.js');
    const source = readFileSync(path, 'utf8');
    const literal = withLiteralKeys(source, path);

    expect(literal.split('\n')).toHaveLength(source.split('\n').length);
    expect(literal).toContain('{ "xmlName": ');
  });

  it.each(everyCase([], ['@aws-sdk/client-ec2', '@aws-sdk/client-cloudwatch']))(
    'leaves every schema of %s as it is',
    async (client) => {
      const before = await tables(client, []);
      const after = await tables(client, [shakeSchemas]);

      expect(Object.keys(before).length).toBeGreaterThan(100);
      expect(after).toEqual(before);
    },
  );

  it('writes computed keys as the strings that they are', () => {
    const source = 'const _xN = "xmlName";\nexport var A$ = [3, { [_xN]: 1, b: 2 }];\n';

    expect(withLiteralKeys(source, 'schemas_0.js')).toContain('{ "xmlName": 1, b: 2 }');
  });

  it.each([
    ['a key whose constant is not there', 'const _a = "a";\nexport var A$ = [{ [_zz]: 1 }];\n'],
    ['a file without constants', 'export var A$ = [1];\n'],
  ])('fails loudly on %s', (_case, source) => {
    expect(() => withLiteralKeys(source, 'schemas_0.js')).toThrow(/schemas_0\.js: .* adapt scripts/);
  });
});
