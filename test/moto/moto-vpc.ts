import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { type ZoneLetter, zoneLetters } from '../../shared/config/zone-letters.ts';

// What people have before they deploy Phoenat, made with the calls that they would make.

const everywhere = '0.0.0.0/0';

export type MotoVpc = {
  readonly vpcId: string;
  readonly internetGatewayId: string;
  readonly mainRouteTableId: string;
  readonly publicRouteTableId: string;
  readonly securityGroupId: string;
};

export type MotoZone = {
  readonly letter: ZoneLetter;
  readonly availabilityZone: string;
  readonly publicSubnetId: string;
  readonly privateSubnetId: string;
  readonly privateRouteTableId: string;
  /** Each with a route table of its own. */
  readonly otherPrivateSubnetIds: readonly string[];
  readonly natGatewayId?: string;
  readonly allocationId: string;
};

/** A VPC with an internet gateway, a public route table and a group for NAT instances. */
export async function createVpc(ec2: EC2Client): Promise<MotoVpc> {
  const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const VpcId = made(vpc.Vpc?.VpcId);
  const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = made(gateway.InternetGateway?.InternetGatewayId);
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const publicRouteTableId = await createTable(ec2, VpcId, { GatewayId: InternetGatewayId });
  const group = { VpcId, GroupName: 'nat', Description: 'NAT instances' };
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand(group));
  const Filters = [
    { Name: 'vpc-id', Values: [VpcId] },
    { Name: 'association.main', Values: ['true'] },
  ];
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  return {
    vpcId: VpcId,
    internetGatewayId: InternetGatewayId,
    mainRouteTableId: made(RouteTables?.[0]?.RouteTableId),
    publicRouteTableId,
    securityGroupId: made(GroupId),
  };
}

export type ZoneOptions = {
  readonly letter: ZoneLetter;
  /** Whether the private subnet's default route points at a NAT gateway; otherwise it has none. */
  readonly natGateway: boolean;
  /** Private subnets, each with a route table of its own; one, if it is not said. */
  readonly privateSubnets?: number;
};

/** A public and a private subnet with its own route table, and a free Elastic IP. */
export async function createZone(ec2: EC2Client, vpc: MotoVpc, options: ZoneOptions): Promise<MotoZone> {
  const { letter, natGateway, privateSubnets = 1 } = options;
  const availabilityZone = `us-east-1${letter}`;
  const third = zoneLetters.indexOf(letter);
  const subnet = async (cidr: string) => {
    const input = { VpcId: vpc.vpcId, AvailabilityZone: availabilityZone, CidrBlock: cidr };
    return made((await ec2.send(new CreateSubnetCommand(input))).Subnet?.SubnetId);
  };
  const publicSubnetId = await subnet(`10.0.${third}.0/24`);
  const withTable = async (cidr: string, target: { readonly NatGatewayId: string } | undefined) => {
    const subnetId = await subnet(cidr);
    const tableId = await createTable(ec2, vpc.vpcId, target);
    await associateTable(ec2, tableId, subnetId);
    return { subnetId, tableId };
  };
  const natGatewayId = natGateway ? await createNatGateway(ec2, publicSubnetId) : undefined;
  const target = natGatewayId === undefined ? undefined : { NatGatewayId: natGatewayId };
  await associateTable(ec2, vpc.publicRouteTableId, publicSubnetId);
  const served = await withTable(`10.0.${100 + third}.0/24`, target);
  const otherPrivateSubnetIds: string[] = [];
  for (let index = 1; index < privateSubnets; index += 1) {
    otherPrivateSubnetIds.push(
      (await withTable(`10.0.${100 + third + zoneLetters.length * index}.0/24`, target)).subnetId,
    );
  }
  const places = {
    letter,
    availabilityZone,
    publicSubnetId,
    privateSubnetId: served.subnetId,
    privateRouteTableId: served.tableId,
    otherPrivateSubnetIds,
  };
  const zone = { ...places, allocationId: await allocateAddress(ec2) };
  return natGatewayId === undefined ? zone : { ...zone, natGatewayId };
}

async function createNatGateway(ec2: EC2Client, SubnetId: string): Promise<string> {
  const AllocationId = await allocateAddress(ec2);
  const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
  return made(NatGateway?.NatGatewayId);
}

export async function allocateAddress(ec2: EC2Client): Promise<string> {
  return made((await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId);
}

/** An Amazon Linux 2023 image for arm64, of those that moto knows. */
export async function amazonLinuxImage(ec2: EC2Client): Promise<string> {
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2023.*-kernel-6.1-arm64'] }];
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'], Filters }));
  return made(Images?.[0]?.ImageId);
}

async function createTable(
  ec2: EC2Client,
  VpcId: string,
  target: { readonly GatewayId?: string; readonly NatGatewayId?: string } | undefined,
): Promise<string> {
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }));
  const RouteTableId = made(RouteTable?.RouteTableId);
  if (target !== undefined) {
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: everywhere, ...target }));
  }
  return RouteTableId;
}

async function associateTable(ec2: EC2Client, RouteTableId: string, SubnetId: string): Promise<void> {
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
}

function made(id: string | undefined): string {
  if (id === undefined) throw new Error('moto made something and did not name it');
  return id;
}
