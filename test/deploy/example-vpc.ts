import { findStack, type ZonePlace } from './account.ts';
import type { Story } from './checklist.ts';
import { type Rig, shell, toolOf } from './rig.ts';

export type ExampleVpc = {
  readonly vpcId: string;
  readonly zones: readonly ZonePlace[];
  /** The stack's output: a line for a shell. */
  readonly deployPhoenat: string;
};

/** The example VPC as people deploy it, with its test instance. */
export async function deployExampleVpc(rig: Rig, story: Story, stackName: string): Promise<ExampleVpc> {
  const line = `sam deploy --template-file infra/example-vpc.yaml --stack-name ${stackName} --capabilities CAPABILITY_IAM --resolve-s3 --no-confirm-changeset`;
  const ended = await shell(line, rig.root, toolOf(rig));
  const stack = await findStack(rig.account, stackName);
  const isThere = story.holds(
    'the example VPC is deployed',
    ended.code === 0 && stack?.status === 'CREATE_COMPLETE',
    'CREATE_COMPLETE',
    `${stack?.status ?? 'no stack'}, exit code ${ended.code}\n${ended.out}${ended.err}`,
  );
  if (stack === undefined || !isThere)
    throw new Error('without the example VPC there is nothing to go on with');
  const output = (key: string) => stack.outputs.get(key) ?? '';
  return {
    vpcId: output('VpcId'),
    zones: ['A', 'B'].map((letter) => ({
      letter: letter.toLowerCase(),
      publicSubnetId: output(`Zone${letter}PublicSubnet`),
      privateSubnetId: output(`Zone${letter}PrivateSubnet`),
    })),
    deployPhoenat: output('DeployPhoenat'),
  };
}
