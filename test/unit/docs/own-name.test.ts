import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// The name `phoenat` is not ours on npm's registry, and neither is the scope. What a page, a message or a script tells people to type must
// therefore never fetch it from there: it could be anybody's.

const root = resolve(import.meta.dirname, '../../..');
const places = [
  'cli',
  'demo',
  'deploy',
  'docs',
  'functions',
  'infra',
  'scripts',
  'shared',
  'simulator',
  'site',
];
const written = /\.(?:conf|html|js|json|md|mjs|sh|tf|toml|ts|yaml|yml)$/;

const files = readdirSync(root, { withFileTypes: true })
  .filter(({ name }) => name !== 'package-lock.json')
  .flatMap((entry) =>
    places.includes(entry.name)
      ? readdirSync(join(root, entry.name), { recursive: true, encoding: 'utf8' })
          .filter((file) => !/node_modules|cdk\.out|\.terraform|^cdk\/dist\//.test(file))
          .map((file) => join(entry.name, file))
      : [entry.name],
  )
  .filter((file) => written.test(file));

/** Commands that fetch a package which is not there, as far as they name ours; a line may break between the words. */
const fetching =
  /\b(?:npx|npm (?:exec|x|install|i|add)|pnpm (?:dlx|add)|yarn (?:dlx|add)|bunx)((?:\s+-[\w-]+)*)\s+(?:@phoenat\/[a-z-]+|phoenat(?:-[a-z]+)*)(?![\w./-])/g;

function strangers(text: string): string[] {
  return [...text.matchAll(fetching)]
    .filter(([command, options = '']) => !(command.startsWith('npx') && /(^|\s)--no-install\b/.test(options)))
    .map(([command]) => command);
}

describe('the home of the project', () => {
  it('is named in package.json alone, once', () => {
    const { homepage }: { homepage: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const home = homepage.replace(/^https:\/\//, '');
    // The changelog's links are written by its tool, which is told there.
    const naming = files
      .filter((file) => file !== 'CHANGELOG.md')
      .flatMap((file) => {
        const times = readFileSync(join(root, file), 'utf8').split(home).length - 1;
        return times === 0 ? [] : [`${file}: ${times}`];
      });

    expect(naming).toEqual(['package.json: 1']);
  });
});

describe('a command of ours that is to be typed', () => {
  it.each([
    ['npx phoenat status', 1],
    ['run `npx\nphoenat status`', 1],
    ['npx --yes phoenat status', 1],
    ['npm exec phoenat -- status', 1],
    ['npm install -g phoenat', 1],
    ['npm install @phoenat/cdk', 1],
    ['npm install --save-dev phoenat-cdk', 1],
    ['npm install phoenat@latest', 1],
    ['npm install ./phoenat-cdk-0.1.0.tgz', 0],
    ['npm install phoenat-cdk-0.1.0.tgz', 0],
    ['npx --no-install phoenat status', 0],
    ['npm install -g ./phoenat-0.1.0.tgz', 0],
    ['npm install -g phoenat-0.1.0.tgz', 0],
  ])('%j fetches a package of our name %i times', (text, times) => {
    expect(strangers(text)).toHaveLength(times);
  });

  it('is nowhere one that fetches a package of our name from a registry', () => {
    const found = files.flatMap((file) =>
      strangers(readFileSync(join(root, file), 'utf8')).map((command) => `${file}: ${command}`),
    );

    expect(files.length).toBeGreaterThan(200);
    expect(found).toEqual([]);
  });
});
