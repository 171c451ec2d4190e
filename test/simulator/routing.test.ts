import {
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  DeleteNetworkInterfaceCommand,
  DescribeAddressesCommand,
  DescribeRouteTablesCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addAddress, addForeignInstance, addForeignInterface } from '../../simulator/bystanders.ts';
import { buildVpc } from '../../simulator/topology.ts';
import { consistent, launch, type Rig, setUp } from './rig.ts';

const anywhere = '0.0.0.0/0';

async function createInterface(rig: Rig): Promise<string> {
  const command = new CreateNetworkInterfaceCommand({ SubnetId: rig.zone.publicSubnetId });
  const id = (await rig.run(rig.ec2.send(command))).NetworkInterface?.NetworkInterfaceId;
  if (id === undefined) throw new Error('no interface was named');
  return id;
}

async function addressOf(rig: Rig) {
  const AllocationIds = [rig.zone.allocationId];
  return (await rig.run(rig.ec2.send(new DescribeAddressesCommand({ AllocationIds })))).Addresses?.[0];
}

function associate(
  rig: Rig,
  target: { NetworkInterfaceId?: string; InstanceId?: string; AllowReassociation?: boolean },
) {
  const AllocationId = rig.zone.allocationId;
  return rig.run(rig.ec2.send(new AssociateAddressCommand({ AllocationId, ...target })));
}

describe('an Elastic IP', () => {
  test('goes on an unattached interface, and there again under the same association', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaceId = await createInterface(rig);
    const first = await associate(rig, { NetworkInterfaceId });
    expect(await associate(rig, { NetworkInterfaceId })).toMatchObject({
      AssociationId: first.AssociationId,
    });
    const address = await addressOf(rig);
    expect(address).toMatchObject({ NetworkInterfaceId, AssociationId: first.AssociationId, Domain: 'vpc' });
    expect(address?.InstanceId).toBeUndefined();
  });

  test('is refused while the instance is pending, with the two texts that EC2 has', async () => {
    const rig = setUp(consistent);
    const { instanceId, interfaceId } = await launch(rig);
    await expect(associate(rig, { NetworkInterfaceId: interfaceId })).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
      message: `The pending-instance-creation instance to which '${interfaceId}' is attached is not in a valid state for this operation`,
    });
    await expect(associate(rig, { InstanceId: instanceId })).rejects.toMatchObject({
      name: 'InvalidInstanceID',
      message: `The pending instance '${instanceId}' is not in a valid state for this operation.`,
    });
    await rig.clock.runFor(18_000);
    await associate(rig, { InstanceId: instanceId });
    expect(await addressOf(rig)).toMatchObject({ InstanceId: instanceId, NetworkInterfaceId: interfaceId });
  });

  test('moves without being asked, unless reassociation is refused', async () => {
    const rig = setUp(consistent);
    const [one, other] = [await createInterface(rig), await createInterface(rig)];
    await associate(rig, { NetworkInterfaceId: one });
    await expect(
      associate(rig, { NetworkInterfaceId: other, AllowReassociation: false }),
    ).rejects.toMatchObject({
      name: 'Resource.AlreadyAssociated',
    });
    await associate(rig, { NetworkInterfaceId: other });
    expect((await addressOf(rig))?.NetworkInterfaceId).toBe(other);
  });

  test('pushes out the address that was there: another Elastic IP, or one assigned at launch', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaces = [
      { DeviceIndex: 0, SubnetId: rig.zone.publicSubnetId, AssociatePublicIpAddress: true },
    ];
    const { interfaceId } = await launch(rig, { NetworkInterfaces });
    await rig.clock.runFor(18_000);
    await associate(rig, { NetworkInterfaceId: interfaceId });
    expect(rig.sim.region.store.interfaces.current.get(interfaceId)?.ownPublicIp).toBeUndefined();

    const AllocationId = addAddress(rig.sim);
    await rig.run(
      rig.ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: interfaceId })),
    );
    expect((await addressOf(rig))?.AssociationId).toBeUndefined();
  });

  test('stays over a stop, is set free by a termination', async () => {
    const rig = setUp(consistent);
    const { instanceId, interfaceId } = await launch(rig);
    await rig.clock.runFor(18_000);
    await associate(rig, { NetworkInterfaceId: interfaceId });
    rig.sim.stopInstance(instanceId);
    await rig.clock.runFor(36_000);
    expect((await addressOf(rig))?.InstanceId).toBe(instanceId);
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(41_000);
    expect((await addressOf(rig))?.AssociationId).toBeUndefined();
  });

  test('needs exactly one target that exists, and a VPC with an internet gateway', async () => {
    const rig = setUp();
    await expect(associate(rig, {})).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    const NetworkInterfaceId = 'eni-0123456789abcdef0';
    await expect(associate(rig, { NetworkInterfaceId })).rejects.toMatchObject({
      name: 'InvalidNetworkInterfaceID.NotFound',
    });
    const unknown = new AssociateAddressCommand({
      AllocationId: 'eipalloc-0123456789abcdef0',
      NetworkInterfaceId,
    });
    await expect(rig.run(rig.ec2.send(unknown))).rejects.toMatchObject({
      name: 'InvalidAllocationID.NotFound',
    });

    const known = await createInterface(rig);
    rig.sim.region.store.vpcs.update(rig.topology.vpcId, ({ internetGatewayId, ...vpc }) => vpc);
    await expect(associate(rig, { NetworkInterfaceId: known })).rejects.toMatchObject({
      name: 'Gateway.NotAttached',
    });
  });
});

describe('a route', () => {
  const tableOf = (rig: Rig) => rig.zone.privateRouteTableIds[0] ?? '';
  const defaultRouteOf = async (rig: Rig) => {
    const command = new DescribeRouteTablesCommand({ RouteTableIds: [tableOf(rig)] });
    const routes = (await rig.run(rig.ec2.send(command))).RouteTables?.[0]?.Routes ?? [];
    return routes.find((route) => route.DestinationCidrBlock === anywhere);
  };
  const routeTo = <T extends object>(rig: Rig, target: T) => ({
    RouteTableId: tableOf(rig),
    DestinationCidrBlock: anywhere,
    ...target,
  });

  test('is created once and then replaced; the other way round EC2 has an error for each', async () => {
    const rig = setUp(consistent);
    const input = routeTo(rig, { NetworkInterfaceId: await createInterface(rig) });
    await expect(rig.run(rig.ec2.send(new ReplaceRouteCommand(input)))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: `There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.`,
    });
    await rig.run(rig.ec2.send(new CreateRouteCommand(input)));
    await expect(rig.run(rig.ec2.send(new CreateRouteCommand(input)))).rejects.toMatchObject({
      name: 'RouteAlreadyExists',
    });
    await rig.run(rig.ec2.send(new ReplaceRouteCommand(input)));
    expect((await defaultRouteOf(rig))?.NetworkInterfaceId).toBe(input.NetworkInterfaceId);
  });

  test('to an interface is a blackhole but while its instance is there', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaceId = await createInterface(rig);
    await rig.run(rig.ec2.send(new CreateRouteCommand(routeTo(rig, { NetworkInterfaceId }))));
    const state = async () => (await defaultRouteOf(rig))?.State;
    expect(await state()).toBe('blackhole');

    const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId }];
    const { instanceId } = await launch(rig, { NetworkInterfaces });
    await rig.clock.runFor(18_000);
    expect(await defaultRouteOf(rig)).toMatchObject({
      State: 'active',
      InstanceId: instanceId,
      InstanceOwnerId: '123456789012',
      NetworkInterfaceId,
    });
    rig.sim.impair(instanceId, 'system');
    await rig.clock.runFor(300_000);
    expect(await state()).toBe('active');

    rig.sim.stopInstance(instanceId);
    expect(await state()).toBe('active');
    await rig.clock.runFor(36_000);
    expect(await state()).toBe('blackhole');
    rig.sim.startInstance(instanceId);
    await rig.clock.runFor(18_000);
    expect(await state()).toBe('active');

    rig.sim.terminateInstance(instanceId);
    expect(await state()).toBe('active');
    await rig.clock.runFor(41_000);
    expect(await state()).toBe('blackhole');
    await rig.run(rig.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })));
    expect(await defaultRouteOf(rig)).toMatchObject({ State: 'blackhole', NetworkInterfaceId });
  });

  test('to a NAT gateway is a blackhole once that is deleted', async () => {
    const rig = setUp(consistent, { natGateways: true });
    expect(await defaultRouteOf(rig)).toMatchObject({ State: 'active', NatGatewayId: rig.zone.natGatewayId });
    rig.sim.deleteNatGateway(rig.zone.natGatewayId ?? '');
    expect((await defaultRouteOf(rig))?.State).toBe('blackhole');
  });

  test('needs exactly one target, which exists, and a destination', async () => {
    const rig = setUp(consistent);
    const create = (input: object) =>
      rig.run(rig.ec2.send(new CreateRouteCommand({ RouteTableId: tableOf(rig), ...input })));
    const target = { NetworkInterfaceId: await createInterface(rig) };
    const cases: [object, string][] = [
      [routeTo(rig, {}), 'InvalidParameterCombination'],
      [routeTo(rig, { ...target, GatewayId: rig.topology.internetGatewayId }), 'InvalidParameterCombination'],
      [routeTo(rig, { NetworkInterfaceId: 'eni-0123456789abcdef0' }), 'InvalidNetworkInterfaceID.NotFound'],
      [routeTo(rig, { InstanceId: 'i-0123456789abcdef0' }), 'InvalidInstanceID.NotFound'],
      [routeTo(rig, { NatGatewayId: 'nat-0123456789abcdef0' }), 'InvalidNatGatewayID.NotFound'],
      [routeTo(rig, { GatewayId: 'igw-0123456789abcdef0' }), 'InvalidGatewayID.NotFound'],
      [routeTo(rig, { ...target, RouteTableId: 'rtb-0123456789abcdef0' }), 'InvalidRouteTableID.NotFound'],
      [routeTo(rig, { ...target, DestinationCidrBlock: '0.0.0.0' }), 'InvalidParameterValue'],
      [routeTo(rig, { ...target, TransitGatewayId: 'tgw-0123456789abcdef0' }), 'NotSimulated'],
    ];
    for (const [input, code] of cases) await expect(create(input)).rejects.toMatchObject({ name: code });
    expect(await defaultRouteOf(rig)).toBeUndefined();
  });

  test('does not lead into another VPC', async () => {
    const rig = setUp(consistent);
    const other = buildVpc(rig.sim, { images: [] });
    const NetworkInterfaceId = addForeignInterface(rig.sim, other, other.zones[0]?.publicSubnetId ?? '');
    for (const target of [{ NetworkInterfaceId }, { GatewayId: other.internetGatewayId }]) {
      const create = new CreateRouteCommand(routeTo(rig, target));
      await expect(rig.run(rig.ec2.send(create))).rejects.toMatchObject({
        name: 'InvalidParameterValue',
        message: expect.stringContaining('belong to different networks'),
      });
    }
  });

  test('cannot name an instance that has several interfaces', async () => {
    const rig = setUp(consistent);
    const { instanceId } = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
    rig.sim.attachInterface(await createInterface(rig), instanceId);
    const create = new CreateRouteCommand(routeTo(rig, { InstanceId: instanceId }));
    const message = `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`;
    const refusal = { name: 'InvalidInstanceID', message };
    await expect(rig.run(rig.ec2.send(create))).rejects.toMatchObject(refusal);
    await expect(associate(rig, { InstanceId: instanceId })).rejects.toMatchObject(refusal);
  });

  test('table lists only subnets with an association of their own', async () => {
    const rig = setUp(consistent, { privateTables: 'main' });
    const bySubnet = new DescribeRouteTablesCommand({
      Filters: [{ Name: 'association.subnet-id', Values: [...rig.zone.privateSubnetIds] }],
    });
    expect((await rig.run(rig.ec2.send(bySubnet))).RouteTables).toEqual([]);
    const main = new DescribeRouteTablesCommand({
      Filters: [{ Name: 'association.main', Values: ['true'] }],
    });
    const [table] = (await rig.run(rig.ec2.send(main))).RouteTables ?? [];
    expect(table).toMatchObject({
      RouteTableId: rig.topology.mainRouteTableId,
      Associations: [{ Main: true }],
    });
    expect(table?.Associations?.[0]?.SubnetId).toBeUndefined();
  });
});
