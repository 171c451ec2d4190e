import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import type { AwsClients } from '../../../cli/session.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { clientSending } from '../../../simulator/harness/client-sending.ts';
import { CommandHarness } from '../../../simulator/harness/command-harness.ts';
import { aliveIn } from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';
import { phoenat, settledAccount } from './run-phoenat.ts';

describe('phoenat status', () => {
  it('shows a zone a row, and exits with 0 where all is well', async () => {
    const account = await settledAccount();
    const { exitCode, out } = await phoenat(account, 'status');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/✔ every zone has egress\n.*, youngest instance: 5 min, version \d/);
    for (const [index, zone] of account.harness.topology.zones.entries()) {
      const name = ['a', 'b'][index] ?? '';
      expect(out).toMatch(
        new RegExp(`^${name} .*✔ healthy .*${aliveIn(account.harness, name)[0]}.*${zone.publicIp}`, 'm'),
      );
    }
    expect(out).toMatch(/2 of 2 to it .*5 min ago .*1 of 4/);
    // What is said of a zone in a sentence is left to the terminal to wrap.
    const table = out
      .split('\n')
      .filter((line) => !line.startsWith('zone a: ') && !line.startsWith('zone b: '));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  inDepth('speaks for EC2 alone where there are no probes', async () => {
    const { exitCode, out } = await phoenat(await settledAccount({ probe: 'off' }), 'status');

    expect(exitCode).toBe(0);
    expect(out).toContain('✔ every zone has egress, as far as EC2 can tell\n');
    expect(out).not.toContain('egress passes');
  });

  it('says which zone is not well, and why, and exits with 1', async () => {
    const account = await settledAccount();
    await phoenat(account, 'pause --zone b');
    await account.harness.clock.runFor(2 * secondMs);
    account.harness.sim.stopInstance(aliveIn(account.harness, 'b')[0] ?? '');
    await account.harness.clock.runFor(2 * secondMs);
    const { exitCode, out } = await phoenat(account, 'status');

    expect(exitCode).toBe(1);
    expect(out).toContain('✘ zone b is not well');
    expect(out).toMatch(/^zone b {2}✘ down, paused$/m);
    expect(out).toMatch(/none that works\n +i-\w+\n +t4g\.nano, stopping, 5 min\n/);
    expect(out).toMatch(/routes +2 of 2 to it, which is stopping$/m);
    expect(out).toMatch(/^zone b has no running NAT instance$/m);
    expect(out).toMatch(/^zone b: next: npx --no-install phoenat resume --zone b$/m);
  });

  inDepth('is of one zone where that is asked for, whatever the others are like', async () => {
    const account = await settledAccount();
    await phoenat(account, 'pause --zone b');
    account.harness.sim.stopInstance(aliveIn(account.harness, 'b')[0] ?? '');
    await account.harness.clock.runFor(2 * secondMs);
    const { exitCode, out } = await phoenat(account, 'status --zone a');
    const asJson = await phoenat(account, '--json status --zone b');

    expect(exitCode).toBe(0);
    expect(out).toContain('✔ zone a has egress\n');
    expect(out).not.toMatch(/zone b|^b /m);
    expect(asJson.exitCode).toBe(1);
    expect(JSON.parse(asJson.out)).toMatchObject({
      well: false,
      lastMoves: { b: expect.any(String) },
      report: { zones: [{ zone: 'b', health: 'down' }] },
    });
    expect(Object.keys(JSON.parse(asJson.out).lastMoves)).toEqual(['b']);
  });

  it('refuses a zone that the stack does not have', async () => {
    const { exitCode, out, err } = await phoenat(await settledAccount(), 'status --zone d');

    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(/^phoenat: there is no zone "d"/);
  });

  it('is JSON for machines', async () => {
    const { out } = await phoenat(await settledAccount(), '--json status');

    expect(JSON.parse(out)).toMatchObject({
      stack: 'phoenat',
      well: true,
      report: { outcome: 'settled', zones: [{ zone: 'a', health: 'healthy' }, { zone: 'b' }] },
      lastMoves: { a: expect.any(String), b: expect.any(String) },
    });
  });

  inDepth('goes on where the log cannot be read, and says so', async () => {
    const denied = () => Promise.reject(new Error('no logs:FilterLogEvents'));
    const aws = { logs: clientSending(CloudWatchLogsClient, denied) };
    const { exitCode, out } = await phoenat(await settledAccount(), 'status', { aws });

    expect(exitCode).toBe(0);
    expect(out).toContain('last move: the log could not be read: no logs:FilterLogEvents');
  });
});

describe('phoenat rebuild', () => {
  it('ticks the steps off until the zone has another instance', async () => {
    const account = await settledAccount();
    const before = aliveIn(account.harness, 'a');
    const { exitCode, out } = await phoenat(account, 'rebuild --zone a --yes');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/✔ zone a {2}mark i-\w+ for replacement \(rebuild\)/);
    expect(out).toMatch(/✔ zone a {2}launch a t4g\.nano .*: i-\w+ {2}\d/);
    expect(out.trimEnd()).toMatch(new RegExp(`✔ zone a is rebuilt: ${aliveIn(account.harness, 'a')[0]}$`));
    expect(out).not.toContain('zone b');
    expect(aliveIn(account.harness, 'a')).not.toEqual(before);
    expect(aliveIn(account.harness, 'a')).toHaveLength(1);
  });

  inDepth('is followed beyond the run that began it', async () => {
    const account = await settledAccount();
    const startedAt = account.clock.now();
    await phoenat(account, 'rebuild --zone a --yes');

    expect(account.clock.now() - startedAt).toBeGreaterThan(minuteMs);
  });

  inDepth('does not wait for ever', async () => {
    const account = await settledAccount();
    const { exitCode, err } = await phoenat(account, 'rebuild --zone a --yes --timeout 0.5');

    expect(exitCode).toBe(1);
    expect(err).toBe(
      'phoenat: the rebuild did not finish in time, and continues without being followed: see "npx --no-install phoenat status --watch" and "npx --no-install phoenat logs --since 1h"\n',
    );
  });

  inDepth('does not take the end of an earlier rebuild for that of this one', async () => {
    const account = await settledAccount();
    account.harness.quiesce();
    const { report } = account.harness.invocations.findLast((run) => run.report !== undefined) ?? {};
    const earlier = {
      ...report,
      trigger: { kind: 'manual', detail: 'rebuild, a', at: '' },
      outcome: 'settled',
    };
    const line = { message: 'report', report: earlier, function_request_id: 'earlier' };
    const timestamp = account.clock.now() + 10 * secondMs;
    account.lines.push({ timestamp, message: JSON.stringify(line) });
    const { exitCode, err } = await phoenat(account, 'rebuild --zone a --yes --timeout 0.3');

    expect([exitCode, err]).toEqual([1, expect.stringContaining('the rebuild did not finish in time')]);
  });

  inDepth('exits with 1 where a person is needed', async () => {
    const account = await settledAccount();
    const fault = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
    account.harness.sim.inject({ call: 'RunInstances', fault });
    const { exitCode, out } = await phoenat(account, 'rebuild --zone a --yes');

    expect(exitCode).toBe(1);
    expect(out).toContain('✘ a person is needed');
    expect(out).toMatch(/UnauthorizedOperation.*allow ec2:RunInstances/);
  });

  it('only says what it would do where it is asked to', async () => {
    const account = await settledAccount();
    const before = aliveIn(account.harness, 'a');
    const { exitCode, out } = await phoenat(account, 'rebuild --zone a --dry-run');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/○ zone a {2}would launch a t4g\.nano/);
    expect(aliveIn(account.harness, 'a')).toEqual(before);
  });

  inDepth('tells what the controller refuses before anything begins', async () => {
    const account = await settledAccount();
    const { exitCode, err } = await phoenat(account, 'rebuild --zone z --yes');

    expect([exitCode, err]).toEqual([2, 'phoenat: there is no zone "z"; the zones of phoenat are a, b\n']);
  });

  inDepth('asks first, and takes no answer for no', async () => {
    const account = await settledAccount();
    const from = account.harness.invocations.length;
    const { exitCode, err } = await phoenat(account, 'rebuild');

    expect([exitCode, err]).toEqual([
      2,
      'phoenat: this changes the network, and there is no terminal to ask on: use --yes\n',
    ]);
    expect(account.harness.invocations).toHaveLength(from);
  });
});

describe('phoenat pause, resume and restore', () => {
  it('pause a zone, and end the pause', async () => {
    const account = await settledAccount({ vpc: { natGateways: true } });

    expect((await phoenat(account, 'pause --zone a')).out).toMatch(/^✔ zone a {2}pause the zone {2}\d+ ms\n/);
    await account.harness.clock.runFor(2 * secondMs);
    expect((await phoenat(account, 'status')).out).toMatch(/^a +✔ healthy[^\n]*\n +paused/m);
    expect((await phoenat(account, 'resume --zone a')).exitCode).toBe(0);
  });

  inDepth('send the routes back to the NAT gateways', async () => {
    const account = await settledAccount({ vpc: { natGateways: true } });
    const { exitCode, out } = await phoenat(account, 'restore --yes');

    expect(exitCode).toBe(0);
    const said = out.match(/point the default route of rtb-\w+ at nat-\w+(, once more after the pause)?/g);
    expect([said?.length, new Set(said).size]).toEqual([8, 8]);
    expect(out).toMatch(
      /^zone a {2}seen afterwards: rtb-\w+ → nat-\w+ \(active\), rtb-\w+ → nat-\w+ \(active\), paused$/m,
    );
    await account.harness.clock.runFor(2 * secondMs);
    const status = await phoenat(account, 'status');
    expect([status.exitCode, status.out.match(/served-by-other/g)?.length]).toEqual([0, 2]);
  });

  inDepth('say that there is nothing to go back to, and exit with 1', async () => {
    const { exitCode, out } = await phoenat(await settledAccount(), 'restore --yes');

    expect([exitCode, out]).toEqual([1, expect.stringContaining('has a remembered target')]);
  });
});

describe('phoenat logs', () => {
  it('tells a failover from its trigger to its outage', async () => {
    const account = await settledAccount();
    account.harness.sim.terminateInstance(aliveIn(account.harness, 'a')[0] ?? '');
    await account.harness.clock.runFor(3 * minuteMs);
    const { exitCode, out } = await phoenat(account, 'logs --zone a --since 3m');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/UTC {2}state-change: i-\w+: shutting-down/);
    expect(out).toMatch(/✔ zone a {2}move Elastic IP eipalloc-\w+ to eni-\w+/);
    expect(out).toMatch(/zone a was without egress for \d+\.\d s/);
    expect(out).not.toContain('zone b');
  });

  inDepth('says that nothing was done, and since when', async () => {
    const account = await settledAccount();
    // For a quarter of an hour after a launch, how it booted is news.
    await account.harness.clock.runFor(16 * minuteMs);
    const { out } = await phoenat(account, 'logs --since 1m');

    expect(out).toMatch(/^nothing has been done since 2026-11-23 03:\d\d:\d\d UTC\n$/);
  });
});

describe('what goes wrong', () => {
  const failing = (name: string, message: string) => ({
    send: () => Promise.reject(Object.assign(new Error(message), { name })),
  });
  const cloudFormation = (name: string, message: string) => ({
    cloudFormation: failing(name, message) as unknown as AwsClients['cloudFormation'],
  });
  const lambda = (name: string, message: string) => ({
    lambda: failing(name, message) as unknown as AwsClients['lambda'],
  });

  it.each<[string, Partial<AwsClients>, RegExp]>([
    [
      'no credentials',
      cloudFormation('CredentialsProviderError', 'Could not load credentials from any providers'),
      /no AWS credentials in the usual places .*--profile/,
    ],
    ['an expired token', cloudFormation('ExpiredToken', 'expired'), /have expired: sign in again/],
    [
      'a Region that is not enabled',
      cloudFormation('UnrecognizedClientException', 'The security token is invalid'),
      /AWS does not know these credentials in eu-central-1: .*Region is enabled/,
    ],
    [
      'a Region that does not exist',
      cloudFormation('Error', 'getaddrinfo ENOTFOUND cloudformation.eu-nowhere-1.amazonaws.com'),
      /could not be reached in eu-central-1: .*the Region's name/,
    ],
    [
      'a stack that is not there',
      cloudFormation('ValidationError', 'Stack with id phoenat does not exist'),
      /there is no stack phoenat in eu-central-1: check --stack and --region/,
    ],
    [
      'a permission that is missing',
      lambda('AccessDeniedException', 'User is not authorized to perform: lambda:InvokeFunction'),
      /not permitted: .*lambda:InvokeFunction/,
    ],
    [
      'a controller that Lambda does not run, again and again',
      lambda('TooManyRequestsException', 'Rate Exceeded.'),
      /no concurrency left for phoenat-Controller, after 4 tries: .*try again in a minute/,
    ],
  ])('%s is one clear error, and exit code 3', async (_what, aws, message) => {
    const { exitCode, err, out } = await phoenat(await settledAccount(), 'status', { aws });

    expect(err).toMatch(message);
    expect(err.trimEnd()).not.toContain('\n');
    expect([exitCode, out]).toEqual([3, '']);
  });

  it('a stack that is none of Phoenat’s', async () => {
    const answer = {
      send: () => Promise.resolve({ Stacks: [{ StackStatus: 'CREATE_COMPLETE', Outputs: [] }] }),
    };
    const aws = { cloudFormation: answer as unknown as AwsClients['cloudFormation'] };
    const { exitCode, err } = await phoenat(await settledAccount(), 'status', { aws });

    expect([exitCode, err]).toEqual([3, expect.stringContaining('it is not Phoenat’s'.replace('’', "'"))]);
  });

  it('a controller that answers with something else', async () => {
    const answer = { send: () => Promise.resolve({ Payload: new TextEncoder().encode('{"hello":1}') }) };
    const aws = { lambda: answer as unknown as AwsClients['lambda'] };
    const { exitCode, err } = await phoenat(await settledAccount(), 'status', { aws });

    expect([exitCode, err]).toEqual([1, expect.stringContaining('not a report: {"hello":1}')]);
  });

  it('a throttled invocation is repeated', async () => {
    const account = await settledAccount();
    let refusals = 2;
    const { lambda: real } = account.aws;
    const send = (command: Parameters<typeof real.send>[0]) => {
      refusals -= 1;
      return refusals >= 0
        ? Promise.reject(Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' }))
        : real.send(command);
    };
    const aws = { lambda: { send } as unknown as AwsClients['lambda'] };

    expect((await phoenat(account, 'status', { aws })).exitCode).toBe(0);
  });

  it.each([
    ['reboot', /^phoenat: unknown command 'reboot'/],
    ['help reboot', /^phoenat: unknown command 'reboot'/],
    ['status --wach', /^phoenat: unknown option '--wach'/],
    ['logs --since yesterday', /^phoenat: .*Give a time such as 90m, 24h, 7d/],
    ['rebuild --timeout soon', /^phoenat: .*Give a number of minutes/],
  ])('a mistyped command line (%s) is exit code 2', async (line, message) => {
    const { exitCode, err } = await phoenat(new CommandHarness(), line);

    expect([exitCode, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it.each([
    '--help',
    'status --help',
    'rebuild --help',
    'pause --help',
    'resume --help',
    'restore --help',
    'logs --help',
    'doctor --help',
    'cost --help',
  ])('%s helps, with an example', async (line) => {
    const { exitCode, out } = await phoenat(new CommandHarness(), line);

    expect([exitCode, out]).toEqual([0, expect.stringMatching(/Usage: phoenat[\s\S]*Example/)]);
  });
});
