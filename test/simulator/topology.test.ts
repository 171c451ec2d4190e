import { DescribeRouteTablesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addForeignInterface } from '../../simulator/bystanders.ts';
import { settingsOf } from '../../simulator/topology.ts';
import { consistent, setUp } from './rig.ts';

describe('a VPC', () => {
  test('has a public and some private subnets in each zone', async () => {
    const rig = setUp({}, { zones: 3, privateSubnetsPerZone: 1, publicTables: 'per-zone' });
    expect(rig.topology.zones.map((zone) => zone.name)).toEqual([
      'eu-central-1a',
      'eu-central-1b',
      'eu-central-1c',
    ]);
    const answer = await rig.run(rig.ec2.send(new DescribeSubnetsCommand({})));
    const zonesOfSubnets = (answer.Subnets ?? []).map((subnet) => subnet.AvailabilityZone);
    expect(zonesOfSubnets.sort()).toEqual(rig.topology.zones.flatMap((zone) => [zone.name, zone.name]));
    expect(new Set((answer.Subnets ?? []).map((subnet) => subnet.CidrBlock)).size).toBe(6);
    expect(new Set(rig.topology.zones.map((zone) => zone.publicRouteTableId)).size).toBe(3);
  });

  test('routes public subnets to the internet gateway and private ones nowhere', async () => {
    const rig = setUp();
    const targets = async (ids: readonly string[]) => {
      const command = new DescribeRouteTablesCommand({ RouteTableIds: [...ids] });
      const tables = (await rig.run(rig.ec2.send(command))).RouteTables ?? [];
      return tables.map((table) => table.Routes?.map((route) => route.GatewayId));
    };
    expect(await targets([rig.zone.publicRouteTableId])).toEqual([['local', rig.topology.internetGatewayId]]);
    expect(await targets(rig.zone.privateRouteTableIds)).toEqual([['local'], ['local']]);
  });

  test('can have one private table in each zone, shared by its subnets', () => {
    const { zone } = setUp({}, { privateTables: 'per-zone', privateSubnetsPerZone: 3 });
    expect(zone.privateSubnetIds).toHaveLength(3);
    expect(zone.privateRouteTableIds).toHaveLength(1);
  });

  test('makes the settings of a controller', () => {
    const { topology, zone } = setUp();
    const settings = settingsOf(topology, { maxLaunchesPerHour: 7 });
    expect(settings).toMatchObject({ vpcId: topology.vpcId, maxLaunchesPerHour: 7 });
    expect(settings.zones.map((one) => one.name)).toEqual(['a', 'b']);
    expect(settings.zones[0]?.allocationId).toBe(zone.allocationId);
  });

  test('loses a subnet only when that is empty, with its associations', async () => {
    const rig = setUp(consistent);
    const [subnetId = ''] = rig.zone.privateSubnetIds;
    const [tableId = ''] = rig.zone.privateRouteTableIds;
    const id = addForeignInterface(rig.sim, rig.topology, subnetId);
    expect(() => rig.sim.deleteSubnet(subnetId)).toThrow(/DependencyViolation/);
    rig.sim.deleteInterface(id);
    rig.sim.deleteSubnet(subnetId);
    const byId = new DescribeSubnetsCommand({ SubnetIds: [subnetId] });
    await expect(rig.run(rig.ec2.send(byId))).rejects.toMatchObject({ name: 'InvalidSubnetID.NotFound' });
    const tables = await rig.run(rig.ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [tableId] })));
    expect(tables.RouteTables?.[0]?.Associations).toEqual([]);
  });

  test('names what an operator asked for and it does not have', () => {
    const { sim } = setUp();
    expect(() => sim.terminateInstance('i-nowhere')).toThrow('the simulated account has no i-nowhere');
    expect(() => sim.deleteRoute('rtb-nowhere')).toThrow('the simulated account has no rtb-nowhere');
  });
});
