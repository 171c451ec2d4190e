import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function filesUnder(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
}

/** Words that files were once named with, and what is said instead. */
const retiredInNames: Readonly<Record<string, string>> = {
  actuator: 'ec2-context',
  aim: 'drift',
  cast: 'handles',
  catch: 'checker',
  cloud: 'region, harness',
  crew: 'worker-pool',
  damping: 'breaker, back-off',
  judge: 'diagnose',
  launches: 'breaker',
  measures: 'metrics',
  moments: 'timeline',
  opening: 'command',
  restrain: 'skip-recent-steps',
  scene: 'introduction',
  stage: 'harness',
  staged: 'harness',
  stillness: 'quiescent',
  story: 'scenario-result, timeline',
  strike: 'fault injection',
  struck: 'hit',
  ticker: 'progress, spinner',
  trouble: 'transient-error, fault',
  turn: 'zone-order, stack',
  world: 'topology',
};

function retiredIn(file: string): string[] {
  return basename(file, '.ts')
    .split(/[-.]/)
    .flatMap((word) => (Object.hasOwn(retiredInNames, word) ? [`${word}: ${retiredInNames[word]}`] : []));
}

/**
 * The same for names in the functions' and the command's code. What others read keeps its names: the report's `mostPerHour`
 * and its role `unjudged`, a log line's `mostBytes`.
 */
const retiredInCode =
  /\b(?:[Aa]ctuator|aim|damping|openingPlan|restrain|turnOf|[Jj]udge[A-Z]?\w*|[Uu]njudged(?!')|Judged|Served|Turn|most(?!PerHour|Bytes)[A-Z]\w*)\b/g;

/** The same for what plays under faults: faults are injected into a harness, over a topology, and checked. */
const retiredInSimulation =
  /\b(?:[Ss]tage|Staged[A-Z]\w*|settledStage|ZoneWorld|[Ss]tillness|[Ss]truck|strike\w*|suffer|Catch|isCaught|caughtBy|[Cc]loud(?!-))\b/g;

function codeOf(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

/** The same for what the demo's code names, in which a theatre once played. */
const retiredInDemo =
  /\b(?:cast|scene|Scene|story|stories|[Ss]tory[A-Z]\w*|Story|Moment|moments?|teller|play|playing)\b/g;

/** Code without what it prints, and without the names of the simulator's random streams. */
function withoutTexts(code: string): string {
  return code.replaceAll(/'[^'\n]*'/g, "''");
}

describe('a file', () => {
  const folders = ['functions', 'shared', 'infra', 'cli', 'simulator', 'demo', 'scripts'];

  it('is not named with a word that the project no longer uses', () => {
    const files = filesUnder(...folders, 'test/unit', 'test/simulation');
    const retired = files.flatMap((file) => retiredIn(file).map((instead) => `${file}: ${instead}`));

    expect(retired).toEqual([]);
  });

  it.each([
    ['shared/core/plan/turn.ts', ['turn: zone-order, stack']],
    ['shared/core/lifecycle/judge-build.test.ts', ['judge: diagnose']],
    ['shared/core/plan/return-route.ts', []],
  ])('such as %s is known by %j', (file, retired) => {
    expect(retiredIn(file)).toEqual(retired);
  });

  it.each(filesUnder('shared', 'functions', 'infra', 'cli'))('%s has no such word in its code', (file) => {
    expect(codeOf(readFileSync(join(root, file), 'utf8')).match(retiredInCode) ?? []).toEqual([]);
  });

  it.each(filesUnder('simulator', 'test/simulation'))('%s injects faults into a harness', (file) => {
    expect(codeOf(readFileSync(join(root, file), 'utf8')).match(retiredInSimulation) ?? []).toEqual([]);
  });

  it.each(filesUnder('demo'))('%s is about a recording', (file) => {
    const code = withoutTexts(codeOf(readFileSync(join(root, file), 'utf8')));

    expect(code.match(retiredInDemo) ?? []).toEqual([]);
  });

  it.each([
    'const judged: Judged = judge(view);',
    'turnOf(a)',
    'restrain(plan)',
    'const mostNoted = 3;',
    'aim(view)',
  ])('that says %s has one', (code) => {
    expect(code).toMatch(retiredInCode);
  });
});
