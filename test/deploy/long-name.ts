import { findStack, reasonsOf } from './account.ts';
import type { Story } from './checklist.ts';
import { rulesWithoutQueue } from './dead-letters.ts';
import { isOfStack } from './ec2-call.ts';
import { deployExampleVpc, type ExampleVpc } from './example-vpc.ts';
import { goWide } from './go-wide.ts';
import type { Ended } from './programs.ts';
import { phoenat, type Rig, sam, shell, toolOf } from './rig.ts';
import { checkServed, type Serving } from './zones.ts';

/** A name that AWS cuts where it names rules, functions and roles after it (64 characters). */
const stack = 'phoenat-of-the-department-for-networks-in-the-first-region';

/** An update that EC2 refuses at first, and one that adds a zone beside another. The stack stays: its deletion would show what the other stories show. */
export async function longName(rig: Rig, story: Story): Promise<void> {
  const vpc = await deployExampleVpc(rig, story, 'example-vpc-2');
  await deployAsDoctorSays(rig, story, vpc);
  const built = await checkServed(rig, story, 'the deployment has given both zones egress', stack, vpc.zones);
  const { code, out } = await phoenat(rig, '--stack', stack, 'status');
  story.holds('status finds the stack by its name', code === 0, 'exit code 0', out);
  const { rules, refused } = await rulesWithoutQueue(rig.account, rig.cloud.front.endpoint, stack);
  story.holds('the stack has rules', rules.length > 0, 'rules', 'none');
  story.is('each rule may leave its undelivered events in the queue', refused, []);
  await updateRefused(rig, story, vpc, built);
  const serving = await updateAdmitted(rig, story, vpc, built);
  await goWide(rig, story, vpc, { stack, serving });
}

async function deployAsDoctorSays(rig: Rig, story: Story, { vpcId }: ExampleVpc): Promise<void> {
  const doctor = await phoenat(rig, '--stack', stack, 'doctor', '--vpc', vpcId);
  const command = doctor.out.match(/^sam deploy [\s\S]*?[^\\]$/m)?.[0] ?? 'false';
  const { code, out, err } = await shell(`${command} --no-confirm-changeset`, rig.project, toolOf(rig));
  const view = await findStack(rig.account, stack);
  story.holds(
    'the command that doctor prints creates the stack',
    code === 0 && view?.status === 'CREATE_COMPLETE',
    'CREATE_COMPLETE',
    `${view?.status ?? 'no stack'}, exit code ${code}\n${doctor.out}${out}${err}`,
  );
  if (view === undefined) throw new Error('without the stack there is nothing to go on with');
}

async function updateRefused(rig: Rig, story: Story, { zones }: ExampleVpc, serving: Serving): Promise<void> {
  const message = 'You have requested more vCPU capacity than your current vCPU limit of 8 allows.';
  const admit = rig.cloud.front.refuse({
    action: 'RunInstances',
    code: 'VcpuLimitExceeded',
    message,
    where: (call) => isOfStack(call, stack),
  });
  const { code, out, err } = await update(rig);
  admit();
  const view = await findStack(rig.account, stack);
  story.holds(
    'an update that EC2 refuses is rolled back',
    code !== 0 && view?.status === 'UPDATE_ROLLBACK_COMPLETE',
    'UPDATE_ROLLBACK_COMPLETE',
    `${view?.status}, exit code ${code}\n${out}${err}`,
  );
  const reasons = (await reasonsOf(rig.account, stack, 'Zones')).join('\n');
  story.holds('its reason is EC2’s', reasons.includes('VcpuLimitExceeded'), 'VcpuLimitExceeded', reasons);
  const after = await checkServed(rig, story, 'both zones are served all the same', stack, zones);
  story.is('by the instances from before', [...after], [...serving]);
}

/** The quota has been raised, and the same is deployed again. */
async function updateAdmitted(
  rig: Rig,
  story: Story,
  { zones }: ExampleVpc,
  serving: Serving,
): Promise<Serving> {
  const { code, out, err } = await update(rig);
  const view = await findStack(rig.account, stack);
  story.holds(
    'the same update succeeds when EC2 refuses it no more',
    code === 0 && view?.status === 'UPDATE_COMPLETE',
    'UPDATE_COMPLETE',
    `${view?.status}, exit code ${code}\n${out}${err}`,
  );
  const after = await checkServed(rig, story, 'both zones are served after it', stack, zones);
  const isNew = zones.every(({ letter }) => after.get(letter) !== serving.get(letter));
  story.holds(
    'both instances were replaced',
    isNew,
    `not by ${[...serving.values()]}`,
    `${[...after.values()]}`,
  );
  const launches = rig.cloud.front.ec2Calls.filter(
    (call) => call.action === 'RunInstances' && isOfStack(call, stack),
  );
  const sizes = launches.slice(-2).map(({ params }) => params.get('BlockDeviceMapping.1.Ebs.VolumeSize'));
  story.is('their volumes have the new size', sizes, ['10', '10']);
  return after;
}

async function update(rig: Rig): Promise<Ended> {
  const options = '--no-confirm-changeset --resolve-s3 --capabilities CAPABILITY_IAM';
  return await sam(rig, `deploy --stack-name ${stack} ${options} --parameter-overrides VolumeGiB=10`);
}
