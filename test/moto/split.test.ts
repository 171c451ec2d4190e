import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  DisassociateRouteTableCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDoctor } from '../../cli/doctor/add-doctor.ts';
import { invoke } from '../unit/cli/doctor/a-session.ts';
import { motoAws } from './moto-aws.ts';
import { createVpc, createZone, type MotoVpc, type MotoZone } from './moto-vpc.ts';

// The script that doctor --split prints, run by a shell with the real AWS CLI.

const execute = promisify(execFile);
const aws = motoAws();
const { ec2 } = aws;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phoenat-split-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Shared = { readonly vpc: MotoVpc; readonly a: MotoZone; readonly b: MotoZone };

/** The table of zone a serves zone b too. */
async function sharedTable(): Promise<Shared> {
  const vpc = await createVpc(ec2);
  const a = await createZone(ec2, vpc, { letter: 'a', natGateway: true });
  const b = await createZone(ec2, vpc, { letter: 'b', natGateway: false });
  await disassociate(b.privateRouteTableId);
  await ec2.send(
    new AssociateRouteTableCommand({ RouteTableId: a.privateRouteTableId, SubnetId: b.privateSubnetId }),
  );
  return { vpc, a, b };
}

async function disassociate(RouteTableId: string): Promise<void> {
  for (const { RouteTableAssociationId, Main } of (await table(RouteTableId)).Associations ?? []) {
    if (Main !== true)
      await ec2.send(new DisassociateRouteTableCommand({ AssociationId: RouteTableAssociationId }));
  }
}

async function table(id: string): Promise<RouteTable> {
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }));
  return RouteTables?.[0] ?? {};
}

async function tableOf(subnetId: string): Promise<RouteTable> {
  const Filters = [{ Name: 'association.subnet-id', Values: [subnetId] }];
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  return RouteTables?.[0] ?? {};
}

function doctor(vpcId: string, ...words: string[]) {
  return invoke(addDoctor, ['doctor', '--vpc', vpcId, ...words], { aws });
}

async function script(vpcId: string): Promise<string> {
  const file = join(folder, `${vpcId}.sh`);
  await writeFile(file, (await doctor(vpcId, '--split')).out);
  // Tags may hold what a shell would take for a variable: that it is quoted is no more than a note.
  await execute('shellcheck', ['--severity=warning', file]);
  return file;
}

function run(file: string) {
  const PATH = [process.env['AWS_CLI_PROGRAMS'], process.env['PATH']].join(delimiter);
  return execute('sh', [file], { env: { ...process.env, PATH } });
}

/** Where each destination leads. */
function routes({ Routes = [] }: RouteTable): Record<string, string | undefined> {
  return Object.fromEntries(
    Routes.map((route) => [
      route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? '?',
      route.NatGatewayId ?? route.GatewayId ?? route.VpcPeeringConnectionId,
    ]),
  );
}

test('a shared table is split, with its routes, its tags and its endpoints', async () => {
  const { vpc, a, b } = await sharedTable();
  const other = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const { VpcPeeringConnection } = await ec2.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: vpc.vpcId, PeerVpcId: other.Vpc?.VpcId }),
  );
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: a.privateRouteTableId,
      DestinationCidrBlock: '10.9.0.0/16',
      VpcPeeringConnectionId: VpcPeeringConnection?.VpcPeeringConnectionId,
    }),
  );
  await ec2.send(
    new CreateTagsCommand({
      Resources: [a.privateRouteTableId],
      Tags: [
        { Key: 'Name', Value: "it's private" },
        { Key: 'Cost Centre', Value: '$(touch gotcha) "1"\n#2' },
        { Key: 'phoenat:remembered', Value: 'nat-0123456789abcdef0' },
      ],
    }),
  );
  // moto adds no route when a table is added to an endpoint.
  const before = routes(await table(a.privateRouteTableId));
  const made = await ec2.send(
    new CreateVpcEndpointCommand({
      VpcId: vpc.vpcId,
      ServiceName: 'com.amazonaws.us-east-1.s3',
      VpcEndpointType: 'Gateway',
      RouteTableIds: [a.privateRouteTableId],
    }),
  );
  const shared = await doctor(vpc.vpcId);

  expect(shared.out).not.toMatch(/^error +(?!L-)\S/m);
  expect(shared.out).toMatch(new RegExp(`^warning +${a.privateRouteTableId}$`, 'm'));
  expect(shared.out).toContain(`ZoneAPrivateSubnets=${a.privateSubnetId},${b.privateSubnetId}\n`);

  const file = await script(vpc.vpcId);
  const { stdout } = await run(file);
  const copy = await tableOf(b.privateSubnetId);

  expect(stdout).toContain(`Moved ${b.privateSubnetId} to ${copy.RouteTableId}`);
  expect(copy.RouteTableId).not.toBe(a.privateRouteTableId);
  expect((await tableOf(a.privateSubnetId)).RouteTableId).toBe(a.privateRouteTableId);
  expect(routes(copy)).toEqual(before);
  expect(routes(copy)).toMatchObject({
    '0.0.0.0/0': a.natGatewayId,
    '10.9.0.0/16': VpcPeeringConnection?.VpcPeeringConnectionId,
  });
  expect(copy.Tags).toHaveLength(2);
  expect(copy.Tags).toContainEqual({ Key: 'Name', Value: "it's private-b" });
  expect(copy.Tags).toContainEqual({ Key: 'Cost Centre', Value: '$(touch gotcha) "1"\n#2' });
  const { VpcEndpoints } = await ec2.send(
    new DescribeVpcEndpointsCommand({ VpcEndpointIds: [made.VpcEndpoint?.VpcEndpointId ?? ''] }),
  );
  expect(VpcEndpoints?.[0]?.RouteTableIds).toContain(copy.RouteTableId);
  const split = await doctor(vpc.vpcId);
  expect(split.out).toContain(`ZoneBPrivateSubnets=${b.privateSubnetId}\n`);
  expect(split.out).not.toContain('--split');

  await expect(run(file)).rejects.toThrow(`The table of ${b.privateSubnetId} is not what it was`);
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc.vpcId] }] }),
  );
  // Main, public, the old one of zone b, the shared one and its copy.
  expect(RouteTables).toHaveLength(5);
});

test('subnets that the main table serves get a table each, and it is left to others', async () => {
  const { vpc, a, b } = await sharedTable();
  await disassociate(a.privateRouteTableId);
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: vpc.mainRouteTableId,
      DestinationCidrBlock: '0.0.0.0/0',
      NatGatewayId: a.natGatewayId,
    }),
  );
  await run(await script(vpc.vpcId));
  const tables = await Promise.all([tableOf(a.privateSubnetId), tableOf(b.privateSubnetId)]);

  expect(new Set(tables.map(({ RouteTableId }) => RouteTableId)).size).toBe(2);
  for (const each of tables) {
    expect(each.RouteTableId).not.toBe(vpc.mainRouteTableId);
    expect(routes(each)).toMatchObject({ '0.0.0.0/0': a.natGatewayId });
  }
});

test('what has changed since it was printed is not split', async () => {
  const { vpc, a } = await sharedTable();
  const file = await script(vpc.vpcId);
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: a.privateRouteTableId,
      DestinationCidrBlock: '192.168.0.0/16',
      NatGatewayId: a.natGatewayId,
    }),
  );

  await expect(run(file)).rejects.toThrow(`What ${a.privateRouteTableId} routes is not what it was`);
});
