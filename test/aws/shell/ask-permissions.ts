import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContextEntry, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { runProgram } from '../../deploy/programs.ts';
import { readRecordedCalls } from '../../iam/read-recorded-calls.ts';
import type { RecordedCall } from '../../iam/recorded-call.ts';
import type { PermissionsFound } from '../core/measured.ts';
import { type DeployedStack, type Question, questionsOf } from '../core/recorded-permissions.ts';
import { plainEnvironment } from './release.ts';
import type { Rig } from './rig.ts';

const minuteMs = 60_000;
/** IAM is one for the whole account, and throttles. */
const atOnce = 3;

/** What the functions ask for in the tests, as `npm run test:iam` records it. Takes a minute or two of CPU. */
export async function recordCalls(
  { root, journal }: Pick<Rig, 'root' | 'journal'>,
  signal: AbortSignal,
): Promise<readonly RecordedCall[]> {
  const directory = join(root, 'dist/aws-calls');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { code, out, err } = await runProgram(
    process.execPath,
    [vitest, 'run', '--mode', 'thorough', '--project', 'iam', '--reporter=dot'],
    {
      cwd: root,
      env: { ...plainEnvironment(), PHOENAT_RECORDED_CALLS: directory, NO_COLOR: '1' },
      logFile: journal.file.replace(/\.jsonl$/, '.commands.log'),
      timeoutMs: 20 * minuteMs,
      signal,
    },
  );
  if (code !== 0) throw new Error(`the tests’ calls could not be recorded: ${(err || out).slice(-300)}`);
  return (await readRecordedCalls(directory)).calls;
}

/** The roles that were deployed, asked by IAM itself: no call is made, and nothing changes. */
export async function askPermissions(
  rig: Rig,
  calls: readonly RecordedCall[],
  deployed: DeployedStack,
  roleArns: Readonly<Record<RecordedCall['role'], string>>,
): Promise<PermissionsFound> {
  const { questions, ofOtherStacks } = questionsOf(calls, deployed);
  rig.say(
    `IAM: ${questions.length} decisions to ask for; ${ofOtherStacks} calls are of stacks of another shape`,
  );
  const waiting = [...questions];
  const denied: string[] = [];
  const work = async () => {
    for (let question = waiting.shift(); question !== undefined; question = waiting.shift()) {
      rig.signal.throwIfAborted();
      const decision = await ask(rig, roleArns[question.role], question);
      if (decision !== 'allowed') {
        denied.push(`${question.role} ${question.action} on ${question.resource}: ${decision}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { kind: 'asked', asked: questions.length, denied: denied.toSorted() };
}

async function ask({ aws }: Rig, roleArn: string, { action, resource, context }: Question): Promise<string> {
  const { EvaluationResults } = await aws.iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: roleArn,
      ActionNames: [action],
      ResourceArns: [resource],
      ContextEntries: Object.entries(context).map(entryOf),
    }),
  );
  return EvaluationResults?.[0]?.EvalDecision ?? 'no answer';
}

function entryOf([ContextKeyName, value]: readonly [string, string | readonly string[]]): ContextEntry {
  const isList = typeof value !== 'string' && (value.length !== 1 || ContextKeyName === 'aws:TagKeys');
  return {
    ContextKeyName,
    ContextKeyValues: [value].flat(),
    ContextKeyType: isList
      ? 'stringList'
      : value[0] === 'true' || value[0] === 'false'
        ? 'boolean'
        : 'string',
  };
}
