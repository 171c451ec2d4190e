import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const speaking = ['cli', 'functions', 'shared', 'infra/nat-instance'];
const files = speaking
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((file) => /\.(?:sh|ts|py)$/.test(file))
  .concat('template.yaml');

/** As it is said: without comments, with the parts of a text that goes over several lines put together. */
function saidIn(file: string): string {
  const text = readFileSync(join(root, file), 'utf8');
  const code = file.endsWith('.ts') ? text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '') : text;
  return code
    .replaceAll(/['`]\s*\+\s*['`]/g, '')
    .replaceAll("\\'", "'")
    .replaceAll(/\s+/g, ' ');
}

const sources = files.map(saidIn);

/** The texts of the first column, with … for what differs. */
function quotedIn(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)` \|/gm)].map(([, text = '']) => text);
}

/** A sentence and what it is put together from lie close together. */
const farthest = 1500;

/** What stands between the parts that differ follows one another in one file. */
function isSaid(text: string): boolean {
  const [first, ...others] = text
    .split('…')
    .map((part) => part.trim())
    .filter((part) => /\p{L}{2}/u.test(part));
  return (
    first !== undefined &&
    sources.some((source) =>
      placesOf(first, source).some((place) => follow(source.slice(place, place + farthest), others)),
    )
  );
}

function placesOf(part: string, source: string): number[] {
  const places: number[] = [];
  for (let at = source.indexOf(part); at >= 0; at = source.indexOf(part, at + 1)) places.push(at);
  return places;
}

function follow(text: string, parts: readonly string[]): boolean {
  let at = 0;
  return parts.every((part) => {
    at = text.indexOf(part, at);
    return at >= 0;
  });
}

describe('the page of errors', () => {
  it('quotes what is said', () => {
    const quoted = quotedIn(page);

    expect(quoted.length).toBeGreaterThan(100);
    expect(quoted.filter((text) => !isSaid(text))).toEqual([]);
  });

  it('says of each text one thing', () => {
    const quoted = quotedIn(page);

    expect(quoted.filter((text, index) => quoted.indexOf(text) !== index)).toEqual([]);
  });

  it.each([
    ['Phoenat has run out of bananas in …', false],
    ['… does not exist; correct the subnets of zone …', true],
    ['…', false],
  ])('would notice: %s is said: %s', (text, said) => {
    expect(isSaid(text)).toBe(said);
  });
});
