import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { CommandHarness } from '../../../simulator/harness/command-harness.ts';
import { ec2 } from '../../../simulator/serve/services/ec2.ts';
import { sendTo } from '../../../simulator/serve/services/service.ts';
import { inDepth } from '../../every-case.ts';
import { noSuchStack } from '../../unit/cli/doctor/a-session.ts';
import { phoenat, settledAccount } from './run-phoenat.ts';

/** The SDK's real client, whose requests are answered as the served account answers them. */
function overHttp(account: CommandHarness): EC2Client {
  return new EC2Client({
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ body }: { readonly body: string }) => {
        const asked = ec2.protocol.read({ method: 'POST', target: '/', headers: {}, body });
        const { status, headers, text } = ec2.protocol.write(
          asked,
          await sendTo(account.aws.ec2, asked.command),
        );
        const answer = new TextEncoder().encode(text);
        return { response: { statusCode: status, headers, body: answer } };
      },
    },
  });
}

it('finds nothing in the way of a stack that works', async () => {
  const { exitCode, out } = await phoenat(await settledAccount(), 'doctor');

  expect(out).toMatch(/stack +phoenat, CREATE_COMPLETE\n/);
  expect(out).toContain('No problems found.');
  expect(exitCode).toBe(0);
});

it('says what the account lacks for Spot, which the stack asks for', async () => {
  const account = await settledAccount({ settings: { marketType: 'spot' } });
  const well = await phoenat(account, 'doctor');
  account.harness.sim.withoutSpot('no-role');
  const { exitCode, out } = await phoenat(account, 'doctor');

  expect(well.out).toContain('No problems found.');
  expect(out).toMatch(/^warning {2}AWSServiceRoleForEC2Spot\n/m);
  expect(exitCode).toBe(0);
});

inDepth('finds what is in the way of one whose network was changed', async () => {
  const account = await settledAccount();
  const { sim, topology } = account.harness;
  const [table = ''] = topology.zones[0]?.privateRouteTableIds ?? [];
  sim.pointRouteAt(table, { kind: 'transit-gateway', id: 'tgw-1' }, '0.0.0.0/1');
  await account.harness.clock.runFor(5 * secondMs);
  const { exitCode, out } = await phoenat(account, '--json doctor');

  expect(JSON.parse(out).findings).toMatchObject([
    { severity: 'error', resource: table, problem: expect.stringContaining('0.0.0.0/1 (to tgw-1)') },
  ]);
  expect(exitCode).toBe(1);
});

it('finds a zone that Block Public Access cuts off, and not the one that is excluded', async () => {
  const account = await settledAccount();
  const { sim, topology } = account.harness;
  const [a = '', b = ''] = topology.zones.map(({ publicSubnetId }) => publicSubnetId);
  sim.blockPublicAccess(a, 'block-ingress');
  const { exitCode, out } = await phoenat(account, '--json doctor');

  expect(JSON.parse(out)).toMatchObject({
    inventory: {
      publicAccess: {
        option: { mode: 'block-ingress', state: 'update-complete', isOfPolicy: false },
        exclusions: { found: expect.arrayContaining([expect.objectContaining({ resourceId: b })]) },
      },
    },
    findings: [{ severity: 'error', resource: a, fix: expect.stringContaining(`--subnet-id ${a} `) }],
  });
  expect(exitCode).toBe(1);
});

it('finds in the way of a second stack that another one has taken its subnets over', async () => {
  const account = await settledAccount({ vpc: { natGateways: true } });
  const cloudFormation = new CloudFormationClient({ region: 'eu-central-1' });
  cloudFormation.send = () => Promise.reject(noSuchStack('second'));
  const { exitCode, out } = await phoenat(account, '--json doctor --stack second', {
    aws: { cloudFormation },
  });
  const own = await phoenat(account, 'doctor');

  const { findings }: { findings: { severity: string }[] } = JSON.parse(out);
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(errors).toHaveLength(account.harness.topology.privateSubnetIds.length);
  expect(errors[0]).toMatchObject({
    problem: expect.stringMatching(/is served by the stack phoenat, .* is refused to second/),
    fix: expect.stringContaining('remove the tag if phoenat is gone'),
  });
  expect([exitCode, own.exitCode]).toEqual([1, 0]);
});

it('finds the same where the first stack took over no route, and has marked none', async () => {
  const account = await settledAccount();
  const cloudFormation = new CloudFormationClient({ region: 'eu-central-1' });
  cloudFormation.send = () => Promise.reject(noSuchStack('second'));
  const { exitCode, out } = await phoenat(account, '--json doctor --stack second', {
    aws: { cloudFormation },
  });

  const { findings }: { findings: { severity: string }[] } = JSON.parse(out);
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(errors).toHaveLength(account.harness.topology.privateSubnetIds.length);
  expect(errors[0]).toMatchObject({
    problem: expect.stringMatching(/leads to eni-\w+, which the stack phoenat has: two stacks cannot serve/),
    fix: expect.stringContaining('run doctor again with --stack phoenat'),
  });
  expect(exitCode).toBe(1);
});

it('tells the same where EC2 is asked in its own protocol', async () => {
  const account = await settledAccount();
  const direct = await phoenat(account, '--json doctor');
  const asked = await phoenat(account, '--json doctor', { aws: { ec2: overHttp(account) } });

  expect(JSON.parse(asked.out)).toEqual(JSON.parse(direct.out));
  expect(asked.exitCode).toBe(0);
});
