import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import type { Story } from '../../deploy/checklist.ts';
import type { MeasuredEvent } from '../core/measured.ts';

export type Local = {
  readonly root: string;
  readonly directory: string;
  /** Of this cloud and no other. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

type Ended = { readonly code: number; readonly out: string; readonly err: string; readonly run: string };

type RunOptions = {
  readonly name: string;
  readonly args: readonly string[];
  /** Once this is printed, the signal is sent, so many milliseconds later. */
  readonly when?: { readonly says: RegExp; readonly send: NodeJS.Signals; readonly afterMs?: number };
};

const usual = ['--yes', '--no-permissions'];

/** The command as a process of its own, without a terminal, in a folder of its own. */
export async function testAws(local: Local, { name, args, when }: RunOptions): Promise<Ended> {
  const { root, directory, env, signal } = local;
  const child = spawn(process.execPath, [join(root, 'test/aws/main.ts'), ...args, ...placesOf(local, name)], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  child.on('error', () => undefined);
  let out = '';
  let err = '';
  let isSent = false;
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part;
    if (isSent || when === undefined || !when.says.test(err)) return;
    isSent = true;
    setTimeout(() => child.kill(when.send), when.afterMs ?? 0);
  });
  const code = await new Promise<number>((resolve) => {
    child.once('close', (given) => resolve(given ?? -1));
  });
  await writeFile(join(directory, `${name}.log`), `${out}${err}`, { flag: 'a' });
  return { code, out, err, run: /phoenat-test-[a-z0-9]{6}/.exec(err)?.[0] ?? '' };
}

function placesOf({ directory }: Local, name: string): string[] {
  return ['--journals', join(directory, name), '--report', join(directory, `${name}.md`)];
}

export async function wholeRun(local: Local, story: Story): Promise<void> {
  const ended = await testAws(local, {
    name: 'whole',
    args: [...usual, '--json', '--only', 'terminate,stop'],
  });
  story.is('a whole run ends well', [ended.code, saysNothingLeft(ended)], [0, true]);
  const { events }: { events?: MeasuredEvent[] } = JSON.parse(ended.out || '{}');
  story.is(
    'both events healed, and the client saw the end of both outages',
    events?.map(({ name, outcome, seen }) => [name, outcome.kind, seen?.isOver]),
    [
      ['terminate', 'healed', true],
      ['stop', 'healed', true],
    ],
  );
  const [down, silent] = (events ?? []).map(({ seen }) => seen);
  story.is(
    'of the connections all end where the far end is down, and all survive where it is silent',
    [down?.connections, silent?.connections],
    [
      { open: 20, survived: 0, ended: 20, silent: 0 },
      { open: 20, survived: 20, ended: 0, silent: 0 },
    ],
  );
  // Four seconds down are eight requests; silent, those that it answers within two seconds of their sending are not lost.
  const lost = [down?.lost ?? 0, silent?.lost ?? 0];
  story.holds(
    'as many requests are lost as were sent in vain',
    between(lost[0], 7, 14) && between(lost[1], 3, 10),
    '7 to 14, and 3 to 10',
    JSON.stringify(lost),
  );
  const report = await readFile(join(local.directory, 'whole.md'), 'utf8');
  story.holds(
    'the report says that this was not AWS',
    report.includes('not on AWS') && report.includes('TerminateInstances'),
    'not on AWS',
    report,
  );
}

function between(value = 0, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function saysNothingLeft({ err }: Ended): boolean {
  return err.includes('nothing is left');
}

export const interruptions = [
  { name: 'after-vpc', what: 'after the VPC', says: /-vpc: created/, afterMs: 0 },
  { name: 'amid-stack', what: 'amid the stack', says: /phoenat-test-\w+: creating/, afterMs: 1_500 },
  { name: 'amid-events', what: 'amid the events', says: /terminate: the instance is/, afterMs: 500 },
] as const;

export async function interrupted(
  local: Local,
  story: Story,
  { name, what, says, afterMs }: (typeof interruptions)[number],
): Promise<void> {
  const args = [...usual, '--only', 'terminate,stop'];
  const ended = await testAws(local, { name, args, when: { says, send: 'SIGINT', afterMs } });
  story.is(`Ctrl-C ${what} removes everything`, [ended.code, saysNothingLeft(ended)], [130, true]);
}

export async function killed(local: Local, story: Story): Promise<void> {
  const args = [...usual, '--only', 'terminate'];
  const when = { says: /terminate: the instance is/, send: 'SIGKILL' } as const;
  const dead = await testAws(local, { name: 'killed', args, when });
  const refused = await testAws(
    { ...local, env: { ...local.env, AWS_ENDPOINT_URL: `${local.env['AWS_ENDPOINT_URL']}/` } },
    { name: 'killed', args: ['--clean-up'] },
  );
  story.is(
    'what is elsewhere is not cleaned up from here',
    [refused.code, refused.err.includes('and AWS_ENDPOINT_URL is')],
    [2, true],
  );
  const cleaned = await testAws(local, { name: 'killed', args: ['--clean-up'] });
  story.is(
    'a killed run is cleaned up by its journal',
    [dead.code, saysNothingLeft(dead), cleaned.code, cleaned.run === dead.run, saysNothingLeft(cleaned)],
    [-1, false, 0, true, true],
  );
  const again = await testAws(local, { name: 'killed', args: ['--clean-up'] });
  story.is(
    'and then there is nothing to clean up',
    [again.code, again.err.includes('nothing to clean up')],
    [0, true],
  );
}

export async function failedDeployment(local: Local, story: Story): Promise<void> {
  const args = [...usual, '--parameter', 'AmiSelector=ami-0123456789abcdef0'];
  const ended = await testAws(local, { name: 'failed', args });
  story.is(
    'a deployment that fails is told of, and removed',
    [
      ended.code,
      /broken off: phoenat-test-\w+ is ROLLBACK_COMPLETE: /.test(ended.err),
      saysNothingLeft(ended),
    ],
    [1, true, true],
  );
}

/** A stack that has the name of a run, and not its tag. */
export async function somebodyElses(local: Local, story: Story): Promise<void> {
  const StackName = 'phoenat-test-zzzzzz';
  const { env } = local;
  const cloudFormation = new CloudFormationClient({
    endpoint: env['AWS_ENDPOINT_URL'] ?? '',
    region: env['AWS_REGION'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  const ended = await testAws(local, { name: 'foreign', args: ['--clean-up', '--run', StackName] });
  story.is(
    'a stack without the run’s tag is left alone, and named',
    [ended.code, ended.err.includes('is left alone'), /stack phoenat-test-zzzzzz/.test(ended.err)],
    [1, true, true],
  );
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
}

export async function unasked(local: Local, story: Story): Promise<void> {
  const ended = await testAws(local, { name: 'unasked', args: [] });
  story.is(
    'without a terminal and without --yes nothing is done',
    [ended.code, ended.err.includes('nothing was done'), ended.err.includes('at most, in USD')],
    [2, true, true],
  );
}
