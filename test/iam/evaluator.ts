import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { SetUpError } from '../python/set-up-error.ts';
import type { InspectedStatement, PolicySet, Role } from './policies.ts';
import type { Authorization } from './recorded-call.ts';

const execute = promisify(execFile);
const recipe = join(import.meta.dirname, 'evaluator');
const files = ['package.json', 'package-lock.json', 'evaluate.mjs'];

/** May this role do that, by the policies of that set? */
export type Question = Omit<Authorization, 'isThere'> & {
  readonly id: number;
  readonly policySet: string;
  readonly role: Role;
};

export type Verdict = {
  readonly id: number;
  readonly allowed: boolean;
  /** The statements that allow it, each with its policy: `serve/Look`. */
  readonly by: readonly string[];
  /** Of the statements about this action and resource: why they do not allow it. */
  readonly reasons: readonly string[];
};

export type Asked = {
  readonly policySets: Readonly<Record<string, PolicySet>>;
  readonly requests: readonly Question[];
  readonly statements: readonly InspectedStatement[];
};

export type Answered = {
  readonly verdicts: readonly Verdict[];
  /** Conditions on keys that a call does not have, actions that do not act on the statement's resources. */
  readonly statementProblems: readonly string[];
  /** By action, the types of resource that AWS always judges it for. */
  readonly requiredTypes: Readonly<Record<string, readonly string[]>>;
};

/** Installs the evaluator in that directory, or takes the one that is there. @throws SetUpError */
export async function installEvaluator(directory: string, say: (line: string) => void): Promise<string> {
  const program = join(directory, 'evaluate.mjs');
  const contents = await Promise.all(files.map((name) => readFile(join(recipe, name), 'utf8')));
  const hash = createHash('sha256').update(contents.join('\n')).digest('hex');
  const stamp = join(directory, 'made-from.sha256');
  if ((await readFile(stamp, 'utf8').catch(() => undefined)) === hash) return program;
  say(`the evaluator of policies: installing it into ${directory}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const name of files) await copyFile(join(recipe, name), join(directory, name));
  try {
    await execute('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: directory });
  } catch (error) {
    const why =
      error instanceof Error ? error.message.trim().split('\n').slice(-5).join(' | ') : String(error);
    throw new SetUpError(`the evaluator could not be installed in ${directory}: ${why}`, { cause: error });
  }
  // Written last: an installation that was broken off is not taken for a whole one.
  await writeFile(stamp, hash);
  return program;
}

export async function evaluate(program: string, asked: Asked): Promise<Answered> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(JSON.stringify(asked));
  const [answer, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`the evaluator ended with exit code ${code}`);
  const answered: Answered = JSON.parse(answer);
  return answered;
}
