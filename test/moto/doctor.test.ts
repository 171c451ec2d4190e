import {
  CreateNetworkInterfaceCommand,
  CreateVpcEndpointCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addCost } from '../../cli/cost/add-cost.ts';
import { addDoctor } from '../../cli/doctor/add-doctor.ts';
import { type Invocation, invoke } from '../unit/cli/doctor/a-session.ts';
import { motoAws } from './moto-aws.ts';
import { createVpc, createZone, type MotoVpc, type MotoZone } from './moto-vpc.ts';

const aws = motoAws();
const { ec2 } = aws;

async function aVpc(natGateway: boolean): Promise<{ vpc: MotoVpc; a: MotoZone; b: MotoZone }> {
  const vpc = await createVpc(ec2);
  const a = await createZone(ec2, vpc, { letter: 'a', natGateway });
  const b = await createZone(ec2, vpc, { letter: 'b', natGateway });
  return { vpc, a, b };
}

function doctor(vpcId: string, over: { json?: boolean } = {}): Promise<Invocation> {
  return invoke(addDoctor, ['doctor', '--vpc', vpcId], { aws, ...over });
}

/**
 * The lines of the report that begin a finding about what is in the VPC: not about the account that all tests share, nor
 * what is unknown of the VPC itself, since moto does not serve those calls.
 */
function headingsIn(out: string): string[] {
  return out.split('\n').flatMap((line) => {
    const heading = /^(error|warning|note) +(?!L-|vpc-)(\S+)$/.exec(line);
    return heading === null ? [] : [`${heading[1]} ${heading[2]}`];
  });
}

describe('doctor, asking over HTTP', () => {
  test('finds two zones behind NAT gateways and gives the line that deploys them', async () => {
    const { vpc, a, b } = await aVpc(true);
    const { out } = await doctor(vpc.vpcId);
    expect(headingsIn(out)).toHaveLength(1);
    expect(out).toMatch(new RegExp(`note +${a.natGatewayId}|The same of ${a.natGatewayId}: `));
    expect(out).toMatch(new RegExp(`note +${b.natGatewayId}|The same of ${b.natGatewayId}: `));
    expect(out.slice(out.indexOf('sam deploy'), out.indexOf('\n\nWorth adding'))).toBe(
      [
        'sam deploy --stack-name phoenat \\',
        '  --capabilities CAPABILITY_IAM \\',
        '  --resolve-s3 \\',
        '  --region us-east-1 \\',
        '  --parameter-overrides \\',
        `    VpcId=${vpc.vpcId} \\`,
        '    ClientCidrs=10.0.0.0/16 \\',
        `    ZoneAPublicSubnet=${a.publicSubnetId} \\`,
        `    ZoneAPrivateSubnets=${a.privateSubnetId} \\`,
        `    ZoneBPublicSubnet=${b.publicSubnetId} \\`,
        `    ZoneBPrivateSubnets=${b.privateSubnetId}`,
      ].join('\n'),
    );
  });

  test('says of calls that moto does not serve that what they would tell is unknown, and goes on', async () => {
    const { vpc } = await aVpc(false);
    const { out } = await doctor(vpc.vpcId, { json: true });
    const answer: {
      inventory: { publicAccess: Record<'option' | 'exclusions', object>; encryption: object };
      findings: { severity: string; resource: string; problem: string }[];
      command?: string;
    } = JSON.parse(out);
    const { publicAccess, encryption } = answer.inventory;

    for (const unread of [publicAccess.option, publicAccess.exclusions, encryption]) {
      expect(unread).toEqual({ known: false, detail: expect.any(String) });
    }
    expect(answer.findings.filter(({ resource }) => resource === vpc.vpcId)).toMatchObject([
      { severity: 'warning', problem: expect.stringContaining('Block Public Access cuts NAT instances in') },
      { severity: 'note', problem: expect.stringContaining('Encryption Controls refuse NAT instances') },
    ]);
    expect(answer.command).toContain('sam deploy');
  });

  test('warns of an S3 endpoint whose policy keeps the public subnets from their packages', async () => {
    const { vpc } = await aVpc(false);
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::mine/*' }];
    const made = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: vpc.vpcId,
        ServiceName: 'com.amazonaws.us-east-1.s3',
        VpcEndpointType: 'Gateway',
        RouteTableIds: [vpc.publicRouteTableId],
        PolicyDocument: JSON.stringify({ Statement }),
      }),
    );
    const { out } = await doctor(vpc.vpcId);
    expect(headingsIn(out)).toEqual([`warning ${made.VpcEndpoint?.VpcEndpointId}`]);
  });

  test('exits with 1 for a VPC without subnets, and says what to make', async () => {
    const { vpcId } = await createVpc(ec2);
    const { out, exitCode } = await doctor(vpcId, { json: true });
    const answer: { findings: { severity: string }[]; command?: string } = JSON.parse(out);
    expect(exitCode).toBe(1);
    expect(answer.findings.map(({ severity }) => severity)).toContain('error');
    expect(answer.command).toBeUndefined();
  });

  test('tells a default route to a network interface from one to a NAT gateway', async () => {
    const { vpc, a } = await aVpc(true);
    const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: a.publicSubnetId }));
    const NetworkInterfaceId = made.NetworkInterface?.NetworkInterfaceId;
    const to = { RouteTableId: a.privateRouteTableId, DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId };
    await ec2.send(new ReplaceRouteCommand(to));
    const { out } = await doctor(vpc.vpcId);
    expect(out).toMatch(new RegExp(`private, a +${a.privateRouteTableId} +${NetworkInterfaceId}`));
    expect(out).toMatch(new RegExp(`note +${a.natGatewayId}\\n +No default route of this VPC leads to`));
  });

  test('names the VPC and the Region where there is none of that id', async () => {
    await expect(doctor('vpc-0123456789abcdef0')).rejects.toThrow(
      'no VPC vpc-0123456789abcdef0 in us-east-1',
    );
  });
});

test('cost reads NAT gateways and what CloudWatch has of them, over HTTP', async () => {
  const { vpc } = await aVpc(true);
  const session = {
    aws,
    json: true,
    clock: {
      now: () => Date.now() + 40 * 86_400_000,
      sleep: async () => undefined,
      after: () => () => undefined,
    },
  };
  const { out } = await invoke(addCost, ['cost', '--vpc', vpc.vpcId, '--days', '1'], session);
  const answer: { zones: number; natGateways: { hours: number; bytes: number }[] } = JSON.parse(out);
  expect(answer.zones).toBe(2);
  expect(answer.natGateways.map(({ hours, bytes }) => [hours, bytes])).toEqual([
    [24, 0],
    [24, 0],
  ]);
});
