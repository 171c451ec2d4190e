import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync('package.json', 'utf8'),
);

/** Those that run a program of ours; the others are other people's programs. */
const own = Object.entries(scripts).flatMap(([name, line]) =>
  line.startsWith('node ') ? [{ name, line }] : [],
);

type Ended = { readonly code: unknown; readonly out: string; readonly err: string };

function run(line: string, ...args: readonly string[]): Promise<Ended> {
  const [, ...words] = line.split(' ');
  // One that went on would deploy, boot or measure something.
  const options = { timeout: 30_000, env: { ...process.env, NO_COLOR: '1' } };
  return new Promise((resolve) => {
    execFile(process.execPath, [...words, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), out, err });
    });
  });
}

describe.concurrent.each(own)('npm run $name', { timeout: 60_000 }, ({ name, line }) => {
  it('refuses what it does not know in one line that names it, and the way on', async () => {
    const { code, out, err } = await run(line, '--no-such-option');

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^[\w:-]+: unknown option '--no-such-option'; see "npm run [^\n]+"\n$/);
    expect(err).toContain(`"npm run ${name} -- --help"`);
  });

  it('tells what it does, and how it is called', async () => {
    const { code, out, err } = await run(line, '--help');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`\\bnpm run ${name}(?![\\w:])`));
  });
});

describe.concurrent('a value that cannot be', { timeout: 60_000 }, () => {
  it.each([
    ['bench:start --runs 3', '--runs is "3": a whole number from 15 on'],
    ['bench:failover --delay fast', '--delay is "fast": a whole number from 20 to 1000'],
    ['bench:nat --seconds 0', '--seconds is "0": a whole number from 1 on'],
    ['bench:paging --outage', "option '--outage <value>' argument missing"],
    ['build router', 'there is no function "router": controller, lifecycle, probe'],
    ['demo --scenario nobody', "option '--scenario <name>' argument 'nobody' is invalid."],
    ['demo --force', "option '--force' needs '--html <file>'"],
    ['playground --force', '--force goes with --out'],
    ['release:upload', 'the bucket is missing'],
    ['release:upload --bucket b --prefix a//b', '--prefix "a//b" cannot begin a key'],
    ['test:aws --minutes 5', '--minutes "5": expected a whole number'],
    ['test:game-day --speed 0', '--speed is "0": a whole number from 1 to 60'],
    ['test:lab --connections many', '--connections is "many": a whole number'],
    ['test:systemd --case nobody', 'there is no case "nobody": '],
    ['test:vm --case nobody', 'there is no case "nobody": '],
    ['test:simulation --schedules x', "option '--schedules <number>' argument 'x' is invalid."],
    ['docs:site everything', "unexpected argument 'everything'"],
  ])('%s', async (typed, says) => {
    const [name = '', ...args] = typed.split(' ');
    const { code, out, err } = await run(scripts[name] ?? '', ...args);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`${name}: ${says}`);
    expect(err).toMatch(/^[^\n]+; see "npm run [^\n]+--help"\n$/);
  });
});

describe.concurrent('a file that is there', { timeout: 60_000 }, () => {
  it.each([
    ['demo --html package.json', 'package.json is there already; --force replaces it'],
    ['playground --out package.json', 'package.json is there already; --force replaces it'],
    ['playground --out docs --force', 'docs cannot be written: it is a folder'],
    ['release --out package.json', 'package.json cannot be written to: it is a file, not a folder'],
    ['release --out /', '/ has '],
    ['release --out docs', 'docs has '],
    ['build probe --out .', '. has '],
  ])('%s', async (typed, says) => {
    const before = readFileSync('package.json', 'utf8');
    const [name = '', ...args] = typed.split(' ');
    const { code, out, err } = await run(scripts[name] ?? '', ...args);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^[^\n]+\n$/);
    expect(err).toContain(`${name}: ${says}`);
    expect(readFileSync('package.json', 'utf8')).toBe(before);
  });
});
