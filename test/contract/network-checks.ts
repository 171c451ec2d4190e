import { DescribeRouteTablesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { defaultRoutes, tableOf } from './asking.ts';
import type { Contract } from './contract.ts';
import { outcomeOf } from './subject.ts';

const unknownSubnet = 'subnet-0123456789abcdef0';

export function networkChecks({ check }: Contract): void {
  check('subnets are found by id, and one that does not exist makes the answer shorter', async (subject) => {
    const { publicSubnetId, privateSubnetId, vpcId, availabilityZone } = subject.vpc;
    const Values = [publicSubnetId, unknownSubnet, privateSubnetId];
    const command = new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values }], MaxResults: 200 });
    const found = (await subject.run(subject.ec2.send(command))).Subnets ?? [];
    expect(found.map((subnet) => subnet.SubnetId).sort()).toEqual([publicSubnetId, privateSubnetId].sort());
    for (const subnet of found) {
      expect(subnet).toMatchObject({
        VpcId: vpcId,
        AvailabilityZone: availabilityZone,
        State: 'available',
        MapPublicIpOnLaunch: false,
        CidrBlock: expect.stringMatching(/^10\.0\.\d+\.0\/24$/),
      });
    }
  });

  check('a subnet that does not exist is refused by id', async ({ ec2, run }) => {
    const command = new DescribeSubnetsCommand({ SubnetIds: [unknownSubnet] });
    expect(await outcomeOf(run(ec2.send(command)))).toBe('InvalidSubnetID.NotFound');
  });

  check('a table shows the subnets that are associated with it', async (subject) => {
    const { privateRouteTableId, privateSubnetId, vpcId } = subject.vpc;
    const table = await tableOf(subject, privateRouteTableId);
    expect(table).toMatchObject({
      RouteTableId: privateRouteTableId,
      VpcId: vpcId,
      Associations: [{ Main: false, SubnetId: privateSubnetId, RouteTableId: privateRouteTableId }],
    });
  });

  check('the main table shows that it is, without a subnet', async (subject) => {
    const { Associations } = await tableOf(subject, subject.vpc.mainRouteTableId);
    expect(Associations).toMatchObject([{ Main: true, RouteTableId: subject.vpc.mainRouteTableId }]);
    expect(Associations?.[0]?.SubnetId).toBeUndefined();
  });

  check('a VPC names all of its tables', async (subject) => {
    const { vpcId, mainRouteTableId, publicRouteTableId, privateRouteTableId } = subject.vpc;
    const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
    const command = new DescribeRouteTablesCommand({ Filters, MaxResults: 100 });
    const found = (await subject.run(subject.ec2.send(command))).RouteTables ?? [];
    const expected = [mainRouteTableId, publicRouteTableId, privateRouteTableId];
    expect(found.map((table) => table.RouteTableId).sort()).toEqual(expected.sort());
  });

  check('default routes show their gateways', async (subject) => {
    const { publicRouteTableId, privateRouteTableId, internetGatewayId, natGatewayId } = subject.vpc;
    const [publicRoute] = await defaultRoutes(subject, publicRouteTableId);
    expect(publicRoute).toMatchObject({ GatewayId: internetGatewayId, State: 'active' });
    const [privateRoute] = await defaultRoutes(subject, privateRouteTableId);
    expect(privateRoute).toMatchObject({ NatGatewayId: natGatewayId, State: 'active' });
    expect(privateRoute?.GatewayId).toBeUndefined();
  });

  check('a table that does not exist is refused by id', async ({ ec2, run }) => {
    const command = new DescribeRouteTablesCommand({ RouteTableIds: ['rtb-0123456789abcdef0'] });
    expect(await outcomeOf(run(ec2.send(command)))).toBe('InvalidRouteTableID.NotFound');
  });
}
