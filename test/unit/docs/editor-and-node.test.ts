import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const textOf = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const packages = JSON.parse(textOf('package.json'));

/** The section of .editorconfig for this glob, as pairs. */
function section(glob: string): Readonly<Record<string, string>> {
  const [, after = ''] = `\n${textOf('.editorconfig')}`.split(`\n[${glob}]\n`);
  const [lines = ''] = after.split(/^\[/m);
  const pairs = [...lines.matchAll(/^(\w+) = (\S+)$/gm)];
  return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value]));
}

it('.nvmrc names the Node.js that package.json brings, and that Lambda runs', () => {
  const version = textOf('.nvmrc').trim();
  const { Runtime } = parse(textOf('template.yaml'), { logLevel: 'silent' }).Globals.Function;

  expect(version).toBe(packages.devDependencies.node);
  expect(Runtime).toBe(`nodejs${version.split('.')[0]}.x`);
});

it('.editorconfig indents and breaks lines as Biome does', () => {
  const { indentStyle, indentWidth, lineWidth } = JSON.parse(textOf('biome.json')).formatter;

  expect(section('*')).toMatchObject({
    end_of_line: 'lf',
    indent_style: indentStyle,
    indent_size: String(indentWidth),
    max_line_length: String(lineWidth),
  });
});

it('CONTRIBUTING.md names every script that package.json has', () => {
  const page = textOf('CONTRIBUTING.md');
  const names = Object.keys(packages.scripts).map((name) =>
    name === 'test' ? 'npm test' : `npm run ${name}`,
  );

  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
