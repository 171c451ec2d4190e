import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findStack, leftovers, lookAtZone, notesLeft } from './account.ts';
import type { Story } from './checklist.ts';
import { type Ec2Call, isOfStack } from './ec2-call.ts';
import type { ExampleVpc } from './example-vpc.ts';
import { linesOf, phoenat, type Rig, sam, shell, toolOf, waitFor } from './rig.ts';
import { checkServed, instanceOf, type Serving } from './zones.ts';

const stack = 'phoenat';
/** For what comes within a minute or so where this machine is not busy. */
const patienceMs = 180_000;

/** A stack from its first deployment to its deletion, as the README tells it. */
export async function wholeLife(rig: Rig, story: Story, vpc: ExampleVpc): Promise<void> {
  await lookBefore(rig, story, vpc);
  await deployGuided(rig, story, vpc);
  const built = await checkServed(rig, story, 'the deployment has given both zones egress', stack, vpc.zones);
  const probes = [...rig.cloud.front.probesAsked.keys()].filter((name) => name.startsWith(`${stack}-Probe`));
  story.is(
    'it has asked the probe of each zone',
    probes.map((name) => name.slice(stack.length + 1, stack.length + 7)).toSorted(),
    ['ProbeA', 'ProbeB'],
  );
  await lookAfter(rig, story, vpc);
  const healed = await healBySchedule(rig, story, vpc, await healByEvent(rig, story, vpc, built));
  await rebuild(rig, story, vpc, healed);
  await tellWhatWasDone(rig, story, healed);
  await updateOthers(rig, story, vpc);
  await remove(rig, story, vpc);
}

async function lookBefore(rig: Rig, story: Story, { vpcId, deployPhoenat }: ExampleVpc): Promise<void> {
  const { code, out, err } = await phoenat(rig, 'doctor', '--vpc', vpcId);
  const parameters = (text: string) => text.match(/\b(VpcId|ClientCidrs|Zone\w+)=[^\s\\]+/g)?.sort() ?? [];
  story.holds(
    'doctor finds nothing in the way',
    code === 0,
    'exit code 0',
    `exit code ${code}\n${out}${err}`,
  );
  story.is(
    'doctor and the VPC’s output name the same parameters',
    parameters(out),
    parameters(deployPhoenat),
  );
}

/** The README's way: questions at a keyboard, here with the answers that the VPC's output gives. */
async function deployGuided(rig: Rig, story: Story, { deployPhoenat }: ExampleVpc): Promise<void> {
  const parameters = deployPhoenat.match(/\b(VpcId|ClientCidrs|Zone\w+)=\S+/g) ?? [];
  const answers = Object.fromEntries(
    parameters.map((text) => {
      const [name = '', value = ''] = text.split('=');
      return [`Parameter ${name} `, value];
    }),
  );
  const script = `${rig.root}/test/deploy/guided.py`;
  const line = `python3 '${script}' '${JSON.stringify({ ...answers, 'Deploy this changeset?': 'y' })}' sam deploy --guided`;
  const { code, out, err } = await shell(line, rig.project, toolOf(rig));
  const view = await findStack(rig.account, stack);
  story.holds(
    'sam deploy --guided, answered at a keyboard, creates the stack',
    code === 0 && view?.status === 'CREATE_COMPLETE',
    'CREATE_COMPLETE',
    `${view?.status ?? 'no stack'}, exit code ${code}\n${out}${err}`,
  );
  if (view === undefined) throw new Error('without the stack there is nothing to go on with');
}

async function lookAfter(rig: Rig, story: Story, { vpcId }: ExampleVpc): Promise<void> {
  const [status, doctor] = await Promise.all([
    phoenat(rig, '--json', 'status'),
    phoenat(rig, 'doctor', '--vpc', vpcId),
  ]);
  story.is(
    'status says that both zones are healthy, exit code 0',
    [status.code, ...healths(status.out)],
    [0, 'a healthy', 'b healthy'],
  );
  story.holds(
    'doctor sees the stack, exit code 0',
    doctor.code === 0 && doctor.out.includes(stack),
    stack,
    doctor.out,
  );
}

/** The answer of `phoenat --json status`; what it does not hold is nothing to compare. */
function healths(json: string): string[] {
  const { report }: { report?: { zones?: { zone: string; health: string }[] } } = JSON.parse(json || '{}');
  return (report?.zones ?? []).map(({ zone, health }) => `${zone} ${health}`);
}

/** Its event gets lost, so that the schedule has to find it. */
const quietMs = 7_000;

/** A run that is still looking would heal it at once. While it does, it asks EC2 every few seconds. */
async function waitForNoRun(rig: Rig): Promise<void> {
  const calls = () => rig.cloud.front.ec2Calls.filter((call) => isOfStack(call, stack)).length;
  let last = { calls: calls(), at: Date.now() };
  await waitFor(rig, 'a pause between two runs', patienceMs, async () => {
    if (calls() !== last.calls) last = { calls: calls(), at: Date.now() };
    return Date.now() - last.at >= quietMs ? true : undefined;
  });
}

async function healBySchedule(rig: Rig, story: Story, vpc: ExampleVpc, serving: Serving): Promise<Serving> {
  const old = instanceOf(serving, 'a');
  await waitForNoRun(rig);
  await rig.account.terminateUnheard(old);
  const { code, out } = await phoenat(rig, '--json', 'status');
  story.is(
    'status says that zone a is down, exit code 1',
    [code, ...healths(out)],
    [1, 'a down', 'b healthy'],
  );
  await waitForOther(rig, vpc, 'a', old);
  const healed = await checkServed(rig, story, 'the schedule has healed zone a', stack, vpc.zones);
  return healed;
}

async function healByEvent(rig: Rig, story: Story, vpc: ExampleVpc, serving: Serving): Promise<Serving> {
  const old = instanceOf(serving, 'b');
  await rig.account.terminate(old);
  await waitForOther(rig, vpc, 'b', old);
  const healed = await checkServed(rig, story, 'EC2’s event has healed zone b', stack, vpc.zones);
  // Its run has ended then, too: it would heal the next zone as well.
  story.is('it was the event that did', await triggerOfLaunch(rig, instanceOf(healed, 'b')), 'state-change');
  return healed;
}

/** Until another instance has the zone's traffic. */
async function waitForOther(rig: Rig, vpc: ExampleVpc, letter: string, old: string): Promise<void> {
  const zone = vpc.zones.find((entry) => entry.letter === letter);
  if (zone === undefined) throw new Error(`there is no zone ${letter}`);
  await waitFor(rig, `another instance in zone ${letter}`, patienceMs, async () => {
    const { instances, routeTo, addressOn, sourceDestCheck } = await lookAtZone(rig.account, stack, zone);
    const id = instances[0]?.InstanceId;
    const isServing = routeTo === id && addressOn === id && sourceDestCheck === false;
    return id !== undefined && id !== old && isServing ? id : undefined;
  });
}

/** The controller writes its log at a run's end. */
async function triggerOfLaunch(rig: Rig, instanceId: string): Promise<string> {
  return await waitFor(rig, `the report of the run that launched ${instanceId}`, patienceMs, async () => {
    const lines = await linesOf(rig, `${stack}-Controller`);
    const report = lines.find((line) => line['message'] === 'report' && launched(line['report'], instanceId));
    return report === undefined ? undefined : kindOfTrigger(report['report']);
  });
}

function launched(report: unknown, instanceId: string): boolean {
  return JSON.stringify(report).includes(`"made":"${instanceId}"`);
}

function kindOfTrigger(report: unknown): string {
  if (typeof report !== 'object' || report === null || !('trigger' in report)) return 'nothing';
  const { trigger } = report;
  return typeof trigger === 'object' && trigger !== null && 'kind' in trigger
    ? String(trigger.kind)
    : 'nothing';
}

async function tellWhatWasDone(rig: Rig, story: Story, healed: Serving): Promise<void> {
  const trigger = await triggerOfLaunch(rig, instanceOf(healed, 'a'));
  story.is('it was the schedule that healed zone a', trigger, 'schedule');
  const { code, out, err } = await phoenat(rig, 'logs', '--since', '10m');
  const tells = ['zone a', 'zone b', 'launch'].every((word) => out.includes(word));
  story.holds(
    'logs tells of both failovers, exit code 0',
    code === 0 && tells,
    'launches in zones a and b',
    `exit code ${code}\n${out}${err}`,
  );
}

async function rebuild(rig: Rig, story: Story, vpc: ExampleVpc, serving: Serving): Promise<void> {
  const { code, out, err } = await phoenat(rig, 'rebuild', '--zone', 'b', '--yes');
  story.holds(
    'rebuild says that zone b is rebuilt, exit code 0',
    code === 0 && out.includes('zone b is rebuilt'),
    'zone b is rebuilt',
    `exit code ${code}\n${out}${err}`,
  );
  const rebuilt = await checkServed(rig, story, 'both zones are served after the rebuild', stack, vpc.zones);
  story.holds(
    'another instance serves zone b, and zone a’s is the same',
    rebuilt.get('b') !== serving.get('b') && rebuilt.get('a') === serving.get('a'),
    `zone b not by ${serving.get('b')}, zone a by ${serving.get('a')}`,
    JSON.stringify([...rebuilt]),
  );
}

function launches({ cloud }: Rig): Ec2Call[] {
  return cloud.front.ec2Calls.filter((call) => call.action === 'RunInstances' && isOfStack(call, stack));
}

async function updateOthers(rig: Rig, story: Story, vpc: ExampleVpc): Promise<void> {
  const before = await checkServed(rig, story, 'both zones have one instance each', stack, vpc.zones);
  const launchesBefore = launches(rig).length;
  const paused = await phoenat(rig, 'pause');
  story.holds(
    'pause succeeds',
    paused.code === 0,
    'exit code 0',
    `exit code ${paused.code}\n${paused.out}${paused.err}`,
  );
  await update(rig, story, 'an update of the log’s retention, and without probes, with the zones paused,', {
    LogRetentionDays: '60',
    Probe: 'off',
  });
  const view = await findStack(rig.account, stack);
  story.is('no probe is left', view?.outputs.has('ProbeLogGroupName'), false);
  const again = await sam(rig, 'deploy --no-confirm-changeset --no-fail-on-empty-changeset');
  story.holds(
    'the same deployment once more finds nothing to change',
    again.code === 0 && /No changes to deploy/.test(again.out + again.err),
    'No changes to deploy',
    `exit code ${again.code}\n${again.out}${again.err}`,
  );
  const after = await checkServed(rig, story, 'both zones are served as before', stack, vpc.zones);
  story.is('no instance was replaced', [...after], [...before]);
  story.is('and none was launched', launches(rig).length, launchesBefore);
}

/** As the README has it: the value is changed in samconfig.toml, where `--guided` has left it. */
async function update(
  rig: Rig,
  story: Story,
  what: string,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const file = join(rig.project, 'samconfig.toml');
  let text = await readFile(file, 'utf8');
  for (const [name, value] of Object.entries(changes)) {
    text = text.replace(new RegExp(`${name}=\\\\"[^"]*\\\\"`), `${name}=\\"${value}\\"`);
  }
  await writeFile(file, text);
  const { code, out, err } = await sam(rig, 'deploy --no-confirm-changeset');
  const view = await findStack(rig.account, stack);
  story.holds(
    `${what} succeeds`,
    code === 0 && view?.status === 'UPDATE_COMPLETE',
    'UPDATE_COMPLETE',
    `${view?.status}, exit code ${code}\n${out}${err}`,
  );
}

async function remove(rig: Rig, story: Story, { zones }: ExampleVpc): Promise<void> {
  const { code, out, err } = await sam(rig, `delete --stack-name ${stack} --no-prompts`);
  story.holds('sam delete succeeds', code === 0, 'exit code 0', `exit code ${code}\n${out}${err}`);
  story.is('the stack is gone', (await findStack(rig.account, stack))?.status, undefined);
  story.is(
    'no instance, interface, route or address is left',
    await leftovers(rig.account, stack, zones),
    [],
  );
  story.is('no tag of ours is left on the route tables', await notesLeft(rig.account, zones), []);
}
