import { findStack, leftovers, notesLeft, reasonsOf } from './account.ts';
import type { Story } from './checklist.ts';
import { deployExampleVpc } from './example-vpc.ts';
import { phoenat, type Rig, sam, shell, toolOf } from './rig.ts';

const stack = 'no-image';
const image = 'ami-0123456789abcdef0';

/** A stack whose settings do not fit the account: refused with one readable reason, and nothing stays. */
export async function noImage(rig: Rig, story: Story): Promise<void> {
  const { zones, deployPhoenat } = await deployExampleVpc(rig, story, 'example-vpc-3');
  const line = deployPhoenat.replace('--stack-name phoenat ', `--stack-name ${stack} `);
  const { code, out, err } = await shell(
    `${line} AmiSelector=${image} --no-confirm-changeset`,
    rig.project,
    toolOf(rig),
  );
  const view = await findStack(rig.account, stack);
  story.holds(
    'a deployment with an image that does not exist is rolled back',
    code !== 0 && view?.status === 'ROLLBACK_COMPLETE',
    'ROLLBACK_COMPLETE',
    `${view?.status ?? 'no stack'}, exit code ${code}\n${out}${err}`,
  );
  const [reason = ''] = await reasonsOf(rig.account, stack, 'Zones');
  story.holds('its reason names the image', reason.includes(image), image, reason);
  story.is(
    'no instance, interface, route or address is left',
    await leftovers(rig.account, stack, zones),
    [],
  );
  story.is('no tag of ours is left on the route tables', await notesLeft(rig.account, zones), []);
  const status = await phoenat(rig, '--stack', stack, 'status');
  story.is('status says that there is nothing to ask, exit code 3', [status.code, status.out], [3, '']);
  const removed = await sam(rig, `delete --stack-name ${stack} --no-prompts`);
  story.holds('sam delete succeeds', removed.code === 0, 'exit code 0', `${removed.out}${removed.err}`);
}
