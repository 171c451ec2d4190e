import { findStack, leftovers, privateTableIds, reasonsOf } from './account.ts';
import type { Story } from './checklist.ts';
import { isOfStack } from './ec2-call.ts';
import { deployExampleVpc } from './example-vpc.ts';
import { linesOf, type Rig, sam, shell, toolOf } from './rig.ts';

const stack = 'never-forwards';
const why = 'no package repository answers';

/**
 * Instances that start, pass EC2's checks and say that they cannot forward: no deployment may call that a success.
 * And what it made is taken down although our tags cannot be removed from the route tables.
 */
export async function neverForwards(rig: Rig, story: Story): Promise<void> {
  const { zones, deployPhoenat } = await deployExampleVpc(rig, story, 'example-vpc-4');
  const { front } = rig.cloud;
  front.failBoots({ where: (launch) => isOfStack(launch, stack), why });
  const tables = await privateTableIds(rig.account, zones);
  front.refuse({
    action: 'DeleteTags',
    code: 'UnauthorizedOperation',
    message: 'You are not authorized to perform this operation.',
    where: ({ params }) => tables.some((id) => [...params.values()].includes(id)),
  });
  const line = deployPhoenat.replace('--stack-name phoenat ', `--stack-name ${stack} `);
  const { code, out, err } = await shell(`${line} --no-confirm-changeset`, rig.project, toolOf(rig));
  const view = await findStack(rig.account, stack);
  story.holds(
    'a deployment whose instances cannot forward is rolled back',
    code !== 0 && view?.status === 'ROLLBACK_COMPLETE',
    'ROLLBACK_COMPLETE',
    `${view?.status ?? 'no stack'}, exit code ${code}\n${out}${err}`,
  );
  const [reason = ''] = await reasonsOf(rig.account, stack, 'Zones');
  story.holds('its reason is what the instance said', reason.includes(why), why, reason);
  story.is(
    'no instance, interface, route or address is left',
    await leftovers(rig.account, stack, zones),
    [],
  );
  const warning = (await linesOf(rig, `${stack}-Lifecycle`)).find(
    ({ level, message }) => level === 'WARN' && message === 'tags left',
  );
  const warned = JSON.stringify(warning ?? '').match(/rtb-[0-9a-f]+/g) ?? [];
  story.is('the log warns of each tag that could not be removed', [...new Set(warned)].sort(), tables);
  const removed = await sam(rig, `delete --stack-name ${stack} --no-prompts`);
  story.holds('sam delete succeeds', removed.code === 0, 'exit code 0', `${removed.out}${removed.err}`);
}
