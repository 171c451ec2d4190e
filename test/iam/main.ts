import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Table from 'cli-table3';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { bakePolicy, bakeQuestions, judgeBake } from './bake-policy.ts';
import { evaluate, installEvaluator } from './evaluator.ts';
import { exampleStack } from './example-stack.ts';
import { hostileCalls, knownPowers } from './hostile-calls.ts';
import { type Cases, gatherCases, type Judgement, judge, type StatementUse } from './judge.ts';
import { policiesOf, roles } from './policies.ts';
import { type Recording, readRecordedCalls } from './read-recorded-calls.ts';
import { volumeKeyArn } from './stack-names.ts';

const usage = `May the functions do what they do, and nothing else? What they ask AWS for in the tests of the whole controller and in the
scenarios is recorded, and judged by the policies of the translated template as IAM would judge it: npm run test:iam -- [--recorded]

  --recorded   for work on the policies: what the last run has recorded is judged, and nothing played
  --help       this text`;

const root = join(import.meta.dirname, '../..');
const here = import.meta.dirname;
const work = join(root, 'dist/iam');
const say = (line: string) => {
  console.log(`test:iam  ${line}`);
};

type Run = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end. @throws Error where it cannot be started. */
async function run(
  program: string,
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Run> {
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env } });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(input);
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

/** Plays what there is to play; gives what went wrong. */
async function record(): Promise<readonly string[]> {
  const calls = join(work, 'calls');
  await rm(calls, { recursive: true, force: true });
  await mkdir(calls, { recursive: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = await run(
    process.execPath,
    [vitest, 'run', '--mode', 'thorough', '--project', 'iam', '--reporter=dot'],
    { env: { PHOENAT_RECORDED_CALLS: calls, NO_COLOR: '1' } },
  );
  return status === 0 ? [] : [`the calls could not be recorded: ${stdout}${stderr}`];
}

async function translate(python: string): Promise<unknown> {
  const script = join(root, 'test/template/translate.py');
  const { status, stdout, stderr } = await run(python, [script, 'template.yaml']);
  if (status !== 0) throw new SetUpError(`the template could not be translated: ${stderr}`);
  const template: unknown = JSON.parse(stdout);
  return template;
}

/** The lines that a script of Python prints: what is wrong. */
async function linesOf(python: string, script: string, input: string): Promise<readonly string[]> {
  const { status, stdout, stderr } = await run(python, [join(here, script)], { input });
  if (status !== 0) return [`${script} failed: ${stderr}`];
  return stdout.split('\n').filter((line) => line !== '');
}

function policiesByName(template: unknown): Record<string, unknown> {
  const set = policiesOf(template, { ...exampleStack, VolumeKeyArn: volumeKeyArn });
  const policies = roles.flatMap((role) => set.roles[role]);
  return Object.fromEntries(policies.map(({ name, document }) => [name, document]));
}

function tableOf(uses: readonly StatementUse[]): string {
  const table = new Table({
    head: ['statement', 'needed by', 'for'],
    colWidths: [32, 14, 40],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { statement, roles: by, calls } of uses) {
    table.push([statement, by.map((role) => role.replace('Role', '')).join('\n'), calls.join('\n')]);
  }
  return table.toString();
}

function show(judgement: Judgement, { aboutNothing }: Cases, { calls, total }: Recording): void {
  const kinds = new Set(calls.map(({ kind }) => kind)).size;
  console.log(tableOf(judgement.uses));
  say(`${total} calls recorded, of ${kinds} kinds that policies can tell apart`);
  say(`${judgement.decisions} decisions on them and on what AWS does in the roles' names`);
  say(`${aboutNothing} about something that was gone by then, which are not judged`);
  say(`${hostileCalls.length} hostile calls, ${judgement.denied} decisions on them denied`);
  say(`${knownPowers.length} things that AWS gives no way to forbid, as docs/security.md has them`);
}

async function main(): Promise<boolean> {
  const { values } = readCommandLine({ script: 'test:iam', usage }, (args) =>
    parseOptions({ args, options: { recorded: { type: 'boolean', default: false } } }),
  );
  const [programs, evaluator, recording] = await Promise.all([
    preparePythonEnvironment({
      directory: join(root, '.venv/iam'),
      requirementsFile: join(here, 'requirements.txt'),
      tool: 'parliament and botocore',
      say,
    }),
    installEvaluator(join(root, '.venv/iam-evaluator'), say),
    values.recorded ? [] : record(),
  ]);
  if (recording.length > 0) {
    for (const problem of recording) console.log(problem);
    return false;
  }
  const python = join(programs, 'python');
  const recorded = await readRecordedCalls(join(work, 'calls'));
  const { calls } = recorded;
  const template = await translate(python);
  const gathered = gatherCases(template, calls);
  const requests = calls.map(({ service, name, input, test }) =>
    JSON.stringify({ service, name, input, test }),
  );
  const ofBake = bakeQuestions();
  const [answered, answeredOfBake, misunderstood, doubts] = await Promise.all([
    evaluate(evaluator, gathered.asked),
    evaluate(evaluator, ofBake),
    linesOf(python, 'validate_requests.py', requests.join('\n')),
    linesOf(python, 'second_opinion.py', JSON.stringify({ ...policiesByName(template), bake: bakePolicy() })),
  ]);
  const judgement = judge(gathered, answered);
  show(judgement, gathered, recorded);
  const results: readonly [string, readonly string[]][] = [
    ['every own call is allowed, no hostile one, no statement is too many', judgement.problems],
    ['the policy of docs/bake-policy.json is what "phoenat bake" needs', judgeBake(ofBake, answeredOfBake)],
    ['every request is one that AWS understands (botocore)', misunderstood],
    ['a second opinion on the policies (parliament)', doubts],
  ];
  for (const [name, problems] of results) {
    say(`${problems.length === 0 ? 'pass' : 'FAIL'}  ${name}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
  return results.every(([, problems]) => problems.length === 0);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
