import {
  CreateNetworkInterfaceCommand,
  DeleteRouteCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { type Deployment, scheduledEvent } from './deployment.ts';
import { expectServed, expectSettled, settled } from './expectations.ts';
import { soleInstance, type ZoneState, zoneState } from './zone-state.ts';

async function pointRouteAt(
  { ec2, zones }: Deployment,
  NetworkInterfaceId: string | undefined,
): Promise<void> {
  const RouteTableId = zones[0]?.privateRouteTableId;
  const input = { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId };
  await ec2.send(new ReplaceRouteCommand(input));
}

type Spoil = (deployment: Deployment, state: ZoneState) => Promise<unknown>;

const drifts: readonly (readonly [string, Spoil, readonly string[]])[] = [
  [
    'the source/destination check switched on',
    ({ ec2 }, state) =>
      ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: soleInstance(state).interfaceId,
          SourceDestCheck: { Value: true },
        }),
      ),
    ['ModifyNetworkInterfaceAttribute'],
  ],
  [
    'the Elastic IP taken off',
    async ({ ec2, zones }) => {
      const AllocationIds = zones.slice(0, 1).map((zone) => zone.allocationId);
      const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds }));
      const AssociationId = Addresses?.[0]?.AssociationId;
      await ec2.send(new DisassociateAddressCommand({ AssociationId }));
    },
    ['AssociateAddress'],
  ],
  [
    'the route deleted',
    ({ ec2, zones }) =>
      ec2.send(
        new DeleteRouteCommand({
          RouteTableId: zones[0]?.privateRouteTableId,
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    ['CreateRoute'],
  ],
  [
    'the route pointed at the other zone',
    async (deployment) => {
      await pointRouteAt(deployment, soleInstance(await zoneState(deployment, 1)).interfaceId);
    },
    ['ReplaceRoute'],
  ],
  [
    "the route pointed at somebody else's interface",
    async (deployment) => {
      const SubnetId = deployment.zones[0]?.publicSubnetId;
      const foreign = new CreateNetworkInterfaceCommand({ SubnetId });
      const { NetworkInterface } = await deployment.ec2.send(foreign);
      await pointRouteAt(deployment, NetworkInterface?.NetworkInterfaceId);
    },
    // What works is taken over, and how often is noted on the table.
    ['ReplaceRoute', 'CreateTags'],
  ],
  [
    'an interface of ours that is attached to nothing',
    async ({ ec2, zones, stack }) => {
      const Tags = [
        { Key: 'phoenat:stack', Value: stack },
        { Key: 'phoenat:zone', Value: 'a' },
      ];
      const TagSpecifications = [{ ResourceType: 'network-interface' as const, Tags }];
      const input = { SubnetId: zones[0]?.publicSubnetId, TagSpecifications };
      await ec2.send(new CreateNetworkInterfaceCommand(input));
    },
    ['DeleteNetworkInterface'],
  ],
];

describe('drift', () => {
  test.each(drifts)('%s is put right, and nothing else is done', async (_case, spoil, repair) => {
    const deployment = await settled({ letters: ['a', 'b'] });
    const before = await zoneState(deployment);
    await spoil(deployment, before);
    const { mutations } = await deployment.invoke(scheduledEvent());
    expect(mutations).toEqual(repair);
    const after = await zoneState(deployment);
    expectServed(after);
    expect(soleInstance(after)).toEqual(soleInstance(before));
    await expectSettled(deployment);
  });
});
