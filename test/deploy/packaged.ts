import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findStack } from './account.ts';
import type { Story } from './checklist.ts';
import { deployExampleVpc, type ExampleVpc } from './example-vpc.ts';
import type { Ended } from './programs.ts';
import { phoenat, type Rig, shell, toolOf } from './rig.ts';
import { checkServed } from './zones.ts';

const stack = 'packaged';
const bucket = 'packaged-releases';

/** A release, uploaded as docs/releasing.md tells, and deployed without SAM by the command that the upload prints. */
export async function packaged(rig: Rig, story: Story, awsPrograms: string): Promise<void> {
  const vpc = await deployExampleVpc(rig, story, 'example-vpc-5');
  const release = join(rig.directory, 'a release');
  const line = (text: string) =>
    shell(text, rig.root, { ...toolOf(rig), samPrograms: `${awsPrograms}:${rig.samPrograms}` });
  await succeeds(
    story,
    'npm run release',
    await line(`node scripts/release/main.ts --without-cdk --out '${release}'`),
  );
  await succeeds(story, 'aws s3 mb', await line(`aws s3 mb s3://${bucket}`));
  const uploaded = await line(
    `node scripts/release/upload.ts --bucket ${bucket} --prefix nat/one --release '${release}'`,
  );
  await succeeds(story, 'npm run release:upload', uploaded);
  const ended = await line(filledIn(uploaded.out, vpc));
  const view = await findStack(rig.account, stack);
  story.holds(
    'the AWS CLI, by the command that the upload prints, creates the stack',
    ended.code === 0 && view?.status === 'CREATE_COMPLETE',
    'CREATE_COMPLETE',
    `${view?.status ?? 'no stack'}, exit code ${ended.code}\n${ended.out}${ended.err}`,
  );
  await checkCode(story, release, line);
  await checkServed(rig, story, 'the deployment has given both zones egress', stack, vpc.zones);
  const status = await phoenat(rig, '--stack', stack, 'status');
  story.holds('status finds it healthy, exit code 0', status.code === 0, 'exit code 0', status.out);
}

async function succeeds(story: Story, what: string, { code, out, err }: Ended): Promise<void> {
  if (!story.holds(`${what} succeeds`, code === 0, 'exit code 0', `exit code ${code}\n${out}${err}`)) {
    throw new Error(`without it there is nothing to deploy`);
  }
}

/** The printed command, with a name and the VPC's parameters in place of its examples. */
function filledIn(printed: string, { deployPhoenat }: ExampleVpc): string {
  const command = printed.slice(printed.indexOf('aws cloudformation deploy'));
  const parameters = deployPhoenat.match(/\b(VpcId|ClientCidrs|Zone\w+)=\S+/g) ?? [];
  return command
    .replace('--stack-name phoenat ', `--stack-name ${stack} `)
    .replace(/VpcId=vpc-….*$/m, parameters.join(' '));
}

/** What Lambda has is what was uploaded, byte for byte. */
async function checkCode(
  story: Story,
  release: string,
  line: (text: string) => Promise<Ended>,
): Promise<void> {
  const names = await readdir(release);
  for (const [resource, role] of [
    ['Controller', 'controller'],
    ['Lifecycle', 'lifecycle'],
    ['ProbeA', 'probe'],
    ['ProbeB', 'probe'],
  ]) {
    const archive = names.find((name) => name.includes(`-${role}-`)) ?? '';
    const expected = createHash('sha256')
      .update(await readFile(join(release, archive)))
      .digest('base64');
    const query = '--output text --query';
    const found = await line(
      `aws lambda get-function-configuration ${query} CodeSha256 --function-name "$(aws cloudformation describe-stack-resource --stack-name ${stack} --logical-resource-id ${resource} ${query} StackResourceDetail.PhysicalResourceId)"`,
    );
    story.is(`the code of ${resource} is the archive that was uploaded`, found.out.trim(), expected);
  }
}
