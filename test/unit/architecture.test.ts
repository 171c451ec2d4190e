import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const longestFile = 320;

function filesUnder(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, name]) => name ?? []);
}

/** The code without its comments: they may speak of what the code must not do. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

/** From the bottom up. A room imports from itself and from the floors below, not from one beside it. */
const floors: readonly (readonly string[])[] = [
  ['model'],
  ['neighbours'],
  ['diagnose', 'memory'],
  ['launch'],
  ['plan'],
  ['report'],
  ['lifecycle'],
];
const maxInARoom = 20;

function roomOf(file: string): string {
  return basename(dirname(file));
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

/** `name`: as it is written in an import of a file in `room`. */
function isDownward(room: string, name: string): boolean {
  const [, other] = /^\.\.\/([a-z]+)\/[\w-]+\.ts$/.exec(name) ?? [];
  return other === undefined
    ? /^\.\/[\w-]+\.ts$/.test(name)
    : floorOf(other) >= 0 && floorOf(other) < floorOf(room);
}

describe('the core', () => {
  const core = filesUnder('shared/core');

  it.each(core)('%s imports only downward, and knows no clock, chance or I/O', (file) => {
    expect(importsOf(file).filter((name) => !isDownward(roomOf(file), name))).toEqual([]);
    expect(codeOf(file)).not.toMatch(
      /Date\.now|new Date\(\)|Math\.random|\bprocess\.|\basync\b|\bawait\b|\bfetch\(/,
    );
  });

  it.each(floors.flat())(`has no more than ${maxInARoom} files in the room %s`, (room) => {
    const files = core.filter((file) => dirname(file) === join('shared/core', room));

    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThanOrEqual(maxInARoom);
  });

  it('has no file outside its rooms', () => {
    const rooms = floors.flat().map((room) => join('shared/core', room));

    expect(core.filter((file) => !rooms.includes(dirname(file)))).toEqual([]);
  });

  it.each([
    ['plan', './steps.ts', true],
    ['plan', '../model/step.ts', true],
    ['plan', '../report/report.ts', false],
    ['diagnose', '../memory/memory.ts', false],
    ['model', '../../config/cidr.ts', false],
    ['model', '../elsewhere/step.ts', false],
    ['model', 'node:fs', false],
  ])('in the room %s may import %s: %s', (room, name, may) => {
    expect(isDownward(room, name)).toBe(may);
  });
});

/** The statements and functions that are left when types and imports are gone: esbuild prints one a line. */
function statementsOf(file: string): number {
  const { code } = transformSync(readFileSync(join(root, file), 'utf8'), { loader: 'ts' });
  const statement = /;$|^\s*(?:\} else )?(?:if|for|while|switch)\b|^(?:export )?(?:async )?function\b/;
  return code.split('\n').filter((line) => statement.test(line) && !line.startsWith('import')).length;
}

/** Sources of fewer statements than this may be tested by the tests of whoever uses them. */
const needsTestFrom = 16;

const mirroredFolders = ['core', 'config', 'events', 'aws'];

/** Without a test file of the same name, each with its reason. */
const testedElsewhere: Readonly<Record<string, string>> = {
  'shared/aws/launch.ts':
    'act.test.ts: a launch is one of the steps that it performs, and shares their set-up',
};

/** Test files that no source has the name of, each with its reason. */
const scenarios: Readonly<Record<string, string>> = {
  'test/unit/core/plan/takeovers-of-a-deployment.test.ts': 'takeovers of several zones, planned together',
  'test/unit/core/plan/a-carrier-that-goes-down.test.ts': 'diagnosis and plan together, of two zones',
  'test/unit/core/plan/every-small-snapshot.thorough.test.ts':
    'diagnosis and plan together, over all combinations',
};

describe('the tests', () => {
  const testOf = (source: string) => source.replace(/^shared/, 'test/unit').replace(/\.ts$/, '.test.ts');
  const sourceOf = (test: string) => test.replace(/^test\/unit/, 'shared').replace(/\.test\.ts$/, '.ts');
  const isThere = (file: string) => existsSync(join(root, file));
  const sources = mirroredFolders.flatMap((folder) => filesUnder(join('shared', folder)));
  const tests = mirroredFolders
    .flatMap((folder) => filesUnder(join('test/unit', folder)))
    .filter((file) => file.endsWith('.test.ts'));

  it.each(sources.filter((file) => statementsOf(file) >= needsTestFrom))(
    'of %s lie under its name',
    (file) => {
      expect(isThere(testOf(file)) || file in testedElsewhere, `${testOf(file)} is missing`).toBe(true);
    },
  );

  it.each(['cli', 'test/handler', 'test/lab', 'test/simulation'])('under %s lie in rooms', (folder) => {
    const files = filesUnder(folder);
    const crowded = [...new Set(files.map(dirname))].filter(
      (room) => files.filter((file) => dirname(file) === room).length > maxInARoom,
    );

    expect(files.length).toBeGreaterThan(0);
    expect(crowded).toEqual([]);
  });

  it.each(tests)('%s has the name of its source', (file) => {
    expect(isThere(sourceOf(file)) || file in scenarios, `${sourceOf(file)} is missing`).toBe(true);
  });

  it.each([...Object.keys(testedElsewhere), ...Object.keys(scenarios)])(
    '%s is still an exception',
    (file) => {
      const counterpart = file.startsWith('test/') ? sourceOf(file) : testOf(file);

      expect([isThere(file), isThere(counterpart)]).toEqual([true, false]);
    },
  );
});

/** The top folders of what a file imports, packages aside. */
function foldersImported(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name).split('/')[0] ?? '');
}

/** A handler, and all that it imports at once or later. */
function reachedFrom(handler: string): string[] {
  const files = [handler];
  for (const file of files) {
    const targets = importsOf(file).filter((name) => name.startsWith('.') && name.endsWith('.ts'));
    files.push(...targets.map((name) => join(dirname(file), name)).filter((path) => !files.includes(path)));
  }
  return files;
}

describe('what is deployed', () => {
  const deployed = ['functions', 'shared', 'infra'];

  it.each(filesUnder(...deployed))('%s imports nothing that is not deployed', (file) => {
    expect(foldersImported(file).filter((folder) => !deployed.includes(folder))).toEqual([]);
  });

  it.each([
    ['functions/controller/handler.ts', 50],
    ['functions/lifecycle/handler.ts', 50],
    ['functions/probe/handler.ts', 10],
  ])('%s reaches much, and no simulator', (handler, many) => {
    const reached = reachedFrom(handler);

    expect(reached.length).toBeGreaterThan(many);
    expect(reached.filter((file) => !deployed.includes(file.split('/')[0] ?? ''))).toEqual([]);
  });
});

describe('EC2', () => {
  const door = 'shared/aws/api.ts';
  const runtime = 'functions/runtime.ts';
  const runsTheSdk = (file: string) =>
    /import (?!type )[^;]*'@aws-sdk\/client-ec2'/.test(readFileSync(join(root, file), 'utf8'));

  it.each(filesUnder('functions', 'shared').filter((file) => file !== door && file !== runtime))(
    '%s calls by name, and takes no more than types from its SDK',
    (file) => {
      expect(runsTheSdk(file)).toBe(false);
    },
  );

  it.each([door, runtime])('%s has what is called, or with what', (file) => {
    expect(runsTheSdk(file)).toBe(true);
  });
});

describe('the products', () => {
  it.each(filesUnder('simulator', 'demo', 'cli', 'scripts'))('%s imports no test', (file) => {
    expect(foldersImported(file)).not.toContain('test');
  });

  it.each(filesUnder('cli'))('%s imports neither simulator nor demo', (file) => {
    expect(foldersImported(file).filter((folder) => folder === 'simulator' || folder === 'demo')).toEqual([]);
  });
});

describe('a command line', () => {
  it('is read by commander, or by scripts/command-line.ts, which says in one line what is wrong', () => {
    const programs = filesUnder('cli', 'demo', 'scripts', 'site', 'simulator', 'test');
    const byThemselves = programs.filter(
      (file) =>
        importsOf(file).includes('node:util') &&
        /\bparseArgs\b/.test(codeOf(file)) &&
        file !== 'scripts/command-line.ts',
    );

    expect(byThemselves).toEqual([]);
  });
});

describe('every file', () => {
  it.each(filesUnder('functions', 'shared', 'infra', 'simulator', 'demo', 'scripts'))(
    `%s is at most ${longestFile} lines`,
    (file) => {
      expect(readFileSync(join(root, file), 'utf8').split('\n').length).toBeLessThanOrEqual(longestFile);
    },
  );
});
