import {
  AssociateRouteTableCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { findStack, type ZonePlace } from './account.ts';
import type { Story } from './checklist.ts';
import type { ExampleVpc } from './example-vpc.ts';
import { phoenat, type Rig, shell, toolOf } from './rig.ts';
import { checkServed, instanceOf, type Serving } from './zones.ts';

/** A second zone in the Availability Zone of zone a, as the doctor proposes it. The others go on as they are. */
export async function goWide(
  rig: Rig,
  story: Story,
  { vpcId, zones }: ExampleVpc,
  { stack, serving }: { readonly stack: string; readonly serving: Serving },
): Promise<void> {
  const lane = await addSubnets(rig, vpcId, zones);
  const doctor = await phoenat(rig, '--stack', stack, 'doctor', '--lanes', '2');
  const command = doctor.out.match(/^sam deploy [\s\S]*?[^\\]$/m)?.[0] ?? 'false';
  story.holds(
    'doctor proposes a third zone, in the first one’s Availability Zone',
    command.includes(`ZoneCPublicSubnet=${lane.publicSubnetId}`),
    `ZoneCPublicSubnet=${lane.publicSubnetId}`,
    doctor.out,
  );
  const { code, out, err } = await shell(`${command} --no-confirm-changeset`, rig.project, toolOf(rig));
  const view = await findStack(rig.account, stack);
  story.holds(
    'it is deployed beside the others',
    code === 0 && view?.status === 'UPDATE_COMPLETE',
    'UPDATE_COMPLETE',
    `${view?.status}, exit code ${code}\n${out}${err}`,
  );
  const after = await checkServed(rig, story, 'all three zones are served', stack, [...zones, lane]);
  const before = zones.map(({ letter }) => instanceOf(serving, letter));
  story.is(
    'the first two by the instances from before',
    zones.map(({ letter }) => after.get(letter)),
    before,
  );
}

async function addSubnets(
  { account: { ec2 } }: Rig,
  VpcId: string,
  [first]: readonly ZonePlace[],
): Promise<ZonePlace> {
  const SubnetIds = first === undefined ? [] : [first.publicSubnetId];
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
  const AvailabilityZone = Subnets?.[0]?.AvailabilityZone;
  const Filters = [{ Name: 'association.subnet-id', Values: SubnetIds }];
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }));
  const tables = {
    // moto draws addresses by chance: in a small subnet the secondary one of an interface is at times its first as well.
    '10.42.14.0/23': RouteTables?.[0]?.RouteTableId,
    '10.42.13.0/24': RouteTable?.RouteTableId,
  };
  const made: string[] = [];
  for (const [CidrBlock, RouteTableId] of Object.entries(tables)) {
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }));
    const SubnetId = Subnet?.SubnetId ?? '';
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    made.push(SubnetId);
  }
  const [publicSubnetId = '', privateSubnetId = ''] = made;
  return { letter: 'c', publicSubnetId, privateSubnetId };
}
