import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
} from '@aws-sdk/client-cloudformation';
import { type Account, findStack, leftovers, openAccount } from '../deploy/account.ts';
import { Checklist, type Story } from '../deploy/checklist.ts';
import { type LocalCloud, region, startLocalCloud } from '../deploy/local-cloud.ts';
import { waitFor } from '../deploy/rig.ts';
import { checkServed } from '../deploy/zones.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { bootstrap, type Target, uploadAssets } from './assets.ts';

// The synthesised app in the cloud of test:deploy (../deploy/README.md): its VPC, and the nested stack in it.

const root = join(import.meta.dirname, '../..');
const directory = join(root, 'dist/cdk/cloud');
const stack = 'Network';
const patienceMs = 240_000;

export async function deployApp(outdir: string, say: (line: string) => void): Promise<number> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const [motoPrograms, ministackPrograms] = await Promise.all([
    python('moto', 'test/moto/requirements.txt', say),
    python('ministack', 'test/deploy/requirements.txt', say),
  ]);
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort(new Error('stopped; nothing is left running')));
  const { signal } = stopped;
  const functionLogs = join(directory, 'functions');
  const cloud = await startLocalCloud({ motoPrograms, ministackPrograms, directory, functionLogs, signal });
  const checklist = new Checklist(say);
  try {
    await tell(cloud, outdir, checklist.story('cdk'), signal);
  } finally {
    await cloud.stop();
  }
  say(`${checklist.checks.length - checklist.failed} of ${checklist.checks.length} checks passed`);
  return checklist.failed === 0 ? 0 : 1;
}

function python(name: string, requirements: string, say: (line: string) => void): Promise<string> {
  return preparePythonEnvironment({
    directory: join(root, '.venv', name),
    requirementsFile: join(root, requirements),
    tool: name,
    say,
  });
}

async function tell(cloud: LocalCloud, outdir: string, story: Story, signal: AbortSignal): Promise<void> {
  const account = openAccount(cloud.front.endpoint, cloud.moto);
  const target: Target = { endpoint: cloud.front.endpoint, account: '123456789012', region };
  await bootstrap(target);
  story.note(`${(await uploadAssets(outdir, stack, target)).length} assets uploaded`);
  await account.cloudFormation.send(
    new CreateStackCommand({
      StackName: stack,
      TemplateBody: await readFile(join(outdir, `${stack}.template.json`), 'utf8'),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  const outputs = await awaitCreated(account, story, signal);
  const zones = ['0', '1'].map((index) => ({
    letter: index === '0' ? 'a' : 'b',
    publicSubnetId: outputs.get(`Public${index}`) ?? '',
    privateSubnetId: outputs.get(`Private${index}`) ?? '',
  }));
  const nested = /stack\/([^/]+)\//.exec(outputs.get('Nat') ?? '')?.[1] ?? '';
  await checkServed({ account }, story, 'both zones have egress when the app is deployed', nested, zones);
  story.is(
    'the gateways that the provider names are the addresses of the zones',
    `${outputs.get('Gateway0')}, ${outputs.get('Gateway1')}`,
    outputs.get('Addresses'),
  );
  await account.cloudFormation.send(new DeleteStackCommand({ StackName: stack }));
  await waitFor({ signal }, 'the deletion', patienceMs, async () => {
    const view = await findStack(account, stack);
    return view === undefined || view.status === 'DELETE_FAILED' ? true : undefined;
  });
  story.is('the app is deleted', (await findStack(account, stack))?.status, undefined);
  story.is('nothing is left', await leftovers(account, nested, zones), []);
}

async function awaitCreated(
  account: Account,
  story: Story,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const view = await waitFor({ signal }, 'the deployment', patienceMs, async () => {
    const seen = await findStack(account, stack);
    return seen === undefined || seen.status.endsWith('_IN_PROGRESS') ? undefined : seen;
  });
  const made = story.holds(
    'the app is deployed',
    view.status === 'CREATE_COMPLETE',
    'CREATE_COMPLETE',
    `${view.status}: ${(await failures(account)).join('; ')}`,
  );
  if (!made) throw new Error('without the stack there is nothing to go on with');
  return view.outputs;
}

async function failures({ cloudFormation }: Account): Promise<readonly string[]> {
  const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: stack }));
  return (StackEvents ?? []).flatMap(({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
    ResourceStatus?.endsWith('FAILED') ? `${LogicalResourceId}: ${ResourceStatusReason}` : [],
  );
}
