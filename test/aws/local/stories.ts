import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import type { Story } from '../../deploy/checklist.ts';
import type { MeasuredEvent } from '../core/measured.ts';
import { type Ended, type Local, reportOf, testAws } from './test-aws.ts';

const usual = ['--yes', '--no-permissions'];

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
  const report = await readFile(reportOf(local, 'whole'), 'utf8');
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
  { name: 'after-vpc', what: 'after the VPC', says: /-vpc: created/, afterMs: 0, reports: false },
  {
    name: 'amid-stack',
    what: 'amid the stack',
    says: /phoenat-test-\w+: creating/,
    afterMs: 1_500,
    reports: false,
  },
  {
    name: 'amid-events',
    what: 'amid the events',
    says: /terminate: the instance is/,
    afterMs: 500,
    reports: true,
  },
] as const;

export async function interrupted(
  local: Local,
  story: Story,
  { name, what, says, afterMs, reports }: (typeof interruptions)[number],
): Promise<void> {
  const args = [...usual, '--only', 'terminate,stop'];
  const ended = await testAws(local, { name, args, when: { says, send: 'SIGINT', afterMs } });
  story.is(`Ctrl-C ${what} removes everything`, [ended.code, saysNothingLeft(ended)], [130, true]);
  const file = reportOf(local, name);
  if (!reports) {
    story.is(`and leaves no report, where there is nothing to report (${what})`, existsSync(file), false);
    return;
  }
  const report = existsSync(file) ? await readFile(file, 'utf8') : 'no report';
  const marks = ['**This run was broken off (somebody has ended it).**', 'not known: broken off before'];
  story.holds(
    'and leaves a report of what was measured, which says that it was broken off',
    marks.every((text) => report.includes(text)),
    marks.join(' … '),
    report,
  );
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
