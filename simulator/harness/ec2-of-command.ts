import type { Vpc } from '@aws-sdk/client-ec2';
import type { SubnetRecord } from '../ec2/records.ts';
import type { Harness } from './harness.ts';

/**
 * What the command asks EC2: the simulated EC2 where the controller asks the same, and from the same account what only the
 * command asks. A call that is in neither fails, so that nothing is believed that was never answered.
 */
export function ec2OfCommand(harness: Harness): (command: { readonly input: object }) => Promise<object> {
  const client = harness.sim.client({ name: 'the command' });
  const send = client.send as unknown as (command: { readonly input: object }) => Promise<object>;
  return async (command) => {
    const own = ownAnswers[command.constructor.name];
    return own === undefined ? await send(command) : own(harness, command.input);
  };
}

/** Whether this EC2 action is answered here, for the command alone. */
export function isAnsweredForCommand(action: string): boolean {
  return Object.hasOwn(ownAnswers, `${action}Command`);
}

type Answer = (harness: Harness, input: Input) => object;

type Input = {
  readonly Filters?: readonly Wanted[];
  readonly Filter?: readonly Wanted[];
  readonly ExclusionIds?: readonly string[];
};

const ownAnswers: Readonly<Record<string, Answer | undefined>> = {
  DescribeVpcsCommand: ({ sim }, input) => ({
    Vpcs: sim.region.store.vpcs.current
      .all()
      .filter(({ id }) => isWanted(input, 'vpc-id', id))
      .map(({ id, cidr }): Vpc => ({ VpcId: id, CidrBlock: cidr, IsDefault: false, State: 'available' })),
  }),
  DescribeInternetGatewaysCommand: ({ sim }, input) => ({
    InternetGateways: sim.region.store.vpcs.current
      .all()
      .filter(({ id }) => isWanted(input, 'attachment.vpc-id', id))
      .flatMap(({ id, internetGatewayId }) =>
        internetGatewayId === undefined
          ? []
          : [{ InternetGatewayId: internetGatewayId, Attachments: [{ VpcId: id, State: 'available' }] }],
      ),
  }),
  DescribeNatGatewaysCommand: ({ sim }, input) => ({
    NatGateways: sim.region.store.natGateways.current
      .all()
      .filter(({ state }) => isWanted(input, 'state', state))
      .map(({ id, subnetId, state }) => ({
        NatGatewayId: id,
        SubnetId: subnetId,
        State: state,
        ConnectivityType: 'public',
        // Long before anybody looks: it has been there all along.
        CreateTime: new Date(Date.UTC(2026, 0, 1)),
      })),
  }),
  DescribeVpcEndpointsCommand: () => ({ VpcEndpoints: [] }),
  DescribeAccountAttributesCommand: () => ({
    AccountAttributes: [{ AttributeName: 'vpc-max-elastic-ips', AttributeValues: [{ AttributeValue: '5' }] }],
  }),
  DescribeVpcBlockPublicAccessOptionsCommand: ({ sim }) => {
    const mode = blockOf(sim.region.store.subnets.current.all());
    return {
      VpcBlockPublicAccessOptions: {
        InternetGatewayBlockMode: mode,
        State: mode === 'off' ? 'default-state' : 'update-complete',
        ManagedBy: 'account',
        ExclusionsAllowed: 'allowed',
      },
    };
  },
  DescribeVpcBlockPublicAccessExclusionsCommand: ({ sim: { region } }, { ExclusionIds }) => {
    const subnets = region.store.subnets.current.all();
    const excluded = blockOf(subnets) === 'off' ? [] : subnets.filter((one) => blockOf([one]) === 'off');
    const exclusions = excluded.map(({ id }) => ({
      ExclusionId: id.replace('subnet-', 'vpcbpa-exclude-'),
      InternetGatewayExclusionMode: 'allow-bidirectional',
      ResourceArn: `arn:aws:ec2:${region.name}:${region.accountId}:subnet/${id}`,
      State: 'create-complete',
    }));
    return {
      VpcBlockPublicAccessExclusions: exclusions.filter(
        ({ ExclusionId }) => ExclusionIds?.includes(ExclusionId) ?? true,
      ),
    };
  },
  DescribeVpcEncryptionControlsCommand: () => ({ VpcEncryptionControls: [] }),
};

/** The account's mode of Block Public Access: people set it subnet by subnet here, exclusions counted in. */
function blockOf(
  subnets: readonly Pick<SubnetRecord, 'internetGatewayBlock'>[],
): NonNullable<SubnetRecord['internetGatewayBlock']> {
  return (
    subnets.flatMap(({ internetGatewayBlock: mode = 'off' }) => (mode === 'off' ? [] : mode))[0] ?? 'off'
  );
}

/** By the filter of that name, where the call has one. DescribeNatGateways calls its filters by another name. */
function isWanted(input: Input, name: string, value: string): boolean {
  const filter = [...(input.Filters ?? []), ...(input.Filter ?? [])].find(({ Name }) => Name === name);
  return filter?.Values?.includes(value) ?? true;
}

type Wanted = { readonly Name?: string; readonly Values?: readonly string[] };
