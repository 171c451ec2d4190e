import { readFileSync } from 'node:fs';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import type { AwsClients } from '../../../cli/session.ts';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { clientSending } from '../../../simulator/harness/client-sending.ts';
import { CommandHarness } from '../../../simulator/harness/command-harness.ts';
import { aliveIn } from '../../../simulator/harness/settled-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';
import { phoenat, settledAccount } from './run-phoenat.ts';

const denied = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
const instanceOf = (account: CommandHarness) => aliveIn(account.harness, 'a')[0] ?? '';
const dropped = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

type Send = (command: { readonly input: object }) => Promise<object>;

/** The client, of which these calls in a row get no answer. */
function cutOff<T extends 'lambda' | 'logs'>(account: CommandHarness, name: T, from: number, to: number) {
  const real = account.aws[name].send as unknown as Send;
  let calls = 0;
  const send: Send = (command) => {
    calls += 1;
    return calls >= from && calls < to ? Promise.reject(dropped()) : real(command);
  };
  return { [name]: clientSending(name === 'lambda' ? LambdaClient : CloudWatchLogsClient, send) };
}

describe('Ctrl-C', () => {
  const abortAfter = (account: CommandHarness, ms: number) => {
    const controller = new AbortController();
    account.harness.clock.at(account.clock.now() + ms, () => controller.abort());
    return controller.signal;
  };

  it('ends a rebuild that is followed with 130 and one sentence; the rebuild goes on', async () => {
    const account = await settledAccount();
    const before = instanceOf(account);
    const interrupted = abortAfter(account, 20 * secondMs);
    const { exitCode, err } = await phoenat(account, 'rebuild --zone a --yes --region eu-central-1', {
      interrupted,
    });

    expect([exitCode, err.trim()]).toEqual([
      130,
      'phoenat: the rebuild continues in AWS; follow it again with "npx --no-install phoenat --region eu-central-1 status --watch", and what was done with "npx --no-install phoenat --region eu-central-1 logs --since 1h"',
    ]);
    await account.harness.until(
      'rebuilt',
      () => account.harness.isSettled() && instanceOf(account) !== before,
    );
  });

  inDepth('ends a watch, and a question, and changes nothing', async () => {
    const account = await settledAccount();
    const watched = await phoenat(account, 'status --watch', { interrupted: abortAfter(account, minuteMs) });
    const exit = Object.assign(new Error('User force closed the prompt'), { name: 'ExitPromptError' });
    const asked = await phoenat(account, 'rebuild --zone a', { answers: () => Promise.reject(exit) });

    expect([watched.exitCode, watched.err.trim()]).toEqual([
      130,
      'phoenat: no longer watching; nothing was changed',
    ]);
    expect([asked.exitCode, asked.err]).toEqual([130, expect.stringContaining('nothing was changed')]);
  });
});

describe('a connection that drops', () => {
  it('ends no rebuild', async () => {
    const account = await settledAccount();
    const aws = { ...cutOff(account, 'lambda', 2, 4), ...cutOff(account, 'logs', 3, 9) };
    const { exitCode, err, out } = await phoenat(account, 'rebuild --zone a --yes', { aws });

    expect(exitCode).toBe(0);
    expect(err.match(/no answer \(Error: read ECONNRESET\); asking again/g)).toHaveLength(2);
    expect(err.match(/no connection to the log; the rebuild continues, and is followed again/g)).toHaveLength(
      1,
    );
    expect(out).toContain('✔ zone a is rebuilt');
  });

  inDepth('ends no watch', async () => {
    const account = await settledAccount();
    const controller = new AbortController();
    account.harness.clock.at(account.clock.now() + 2 * minuteMs, () => controller.abort());
    const aws = cutOff(account, 'lambda', 3, 9);
    const { err, out } = await phoenat(account, 'status --watch', { aws, interrupted: controller.signal });

    expect(err).toMatch(/no look \(Error: read ECONNRESET\); the last is \d+ s old; trying again/);
    expect(out.match(/every zone has egress/g)?.length).toBeGreaterThan(5);
  });
});

describe('a laptop whose clock is wrong', () => {
  inDepth.each([3 * hourMs, -3 * hourMs])('by %d ms changes nothing', async (clockAheadMs) => {
    const account = await settledAccount();
    account.harness.sim.terminateInstance(instanceOf(account));
    await account.harness.clock.runFor(3 * minuteMs);
    const options = { clockAheadMs };
    const status = await phoenat(account, 'status', options);
    const logs = await phoenat(account, 'logs --zone a --since 4m', options);
    const rebuild = await phoenat(account, 'rebuild --zone a --yes', options);

    expect(status.out).toMatch(/03:09:00 UTC, youngest instance: 2 min/);
    expect(logs.out).toMatch(/state-change: i-\w+: shutting-down/);
    expect([rebuild.exitCode, rebuild.err]).toEqual([0, '']);
  });
});

describe('the question before a rebuild', () => {
  inDepth('names account, Region, stack, instance, launches left, and a replacement under way', async () => {
    const account = await settledAccount();
    const first = await phoenat(account, 'rebuild --zone a', { answers: false });
    account.harness.start({ action: 'rebuild', zone: 'a' }).catch(() => undefined);
    await account.harness.clock.runFor(30 * secondMs);
    const second = await phoenat(account, 'rebuild --zone a', { answers: false });

    expect(first.asked).toBe(
      [
        'In stack phoenat, account 123456789012, eu-central-1:',
        `  zone a (healthy): ${instanceOf(account)}, t4g.nano, running for 5 min`,
        '    3 of 4 launches left this hour; this uses one',
        'Replace the NAT instance of zone a? Egress continues; open connections may stall for a moment.',
      ].join('\n'),
    );
    expect([first.exitCode, first.err]).toEqual([1, 'phoenat: nothing was changed\n']);
    expect(second.asked).toMatch(/ {4}a replacement is under way: i-\w+, (pending|running)\n/);
  });

  inDepth('says that several zones are replaced in turn, or with --immediate all at once', async () => {
    const account = await settledAccount();
    const inTurn = await phoenat(account, 'rebuild', { answers: false });
    const atOnce = await phoenat(account, 'rebuild --immediate', { answers: false });

    expect(inTurn.asked).toContain('Replace the NAT instances of these zones, one after the other?');
    expect(atOnce.asked).toContain('Replace the NAT instances of these zones, all at once? Offline until');
  });
});

describe('a rebuild that is refused', () => {
  it('of a paused zone says so, with what to type, and exits with 1', async () => {
    const account = await settledAccount();
    await phoenat(account, 'pause --zone a');
    await account.harness.clock.runFor(2 * secondMs);
    const { exitCode, err } = await phoenat(account, 'rebuild --zone a --yes');

    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(
        /^phoenat: nothing was rebuilt: zone a is paused since .*: npx --no-install phoenat resume --zone a\n$/,
      ),
    ]);
  });

  inDepth('in one of several zones rebuilds the others, and exits with 1', async () => {
    const account = await settledAccount();
    await phoenat(account, 'pause --zone a');
    await account.harness.clock.runFor(2 * secondMs);
    const { exitCode, out } = await phoenat(account, 'rebuild --yes');

    expect(exitCode).toBe(1);
    expect(out).toMatch(/✔ zone b is rebuilt: i-\w+\n✘ zone a is paused since/);
  });

  it.each(
    everyCase(
      [
        [
          'rebuild --zone a --yes',
          /^✘ zone a is paused since .*: npx --no-install phoenat resume --zone a$/m,
        ],
      ],
      [['rebuild --yes', /✔ zone b is rebuilt: i-\w+\n✘ zone a is paused since/]],
    ),
  )('only once it has been agreed to is told all the same: %s', async (line, told) => {
    const account = await settledAccount();
    const send = async (command: InvokeCommand) => {
      if (command.input.InvocationType === 'Event') {
        await account.aws.lambda.send(
          new InvokeCommand({ FunctionName: 'x', Payload: '{"action":"pause","zone":"a"}' }),
        );
        await account.clock.sleep(2 * secondMs);
      }
      return await account.aws.lambda.send(command);
    };
    const aws = { lambda: { send } } as unknown as Partial<AwsClients>;
    const { exitCode, out } = await phoenat(account, line, { aws });

    expect(exitCode).toBe(1);
    expect(out).toMatch(told);
    expect(out).not.toContain('zone a is rebuilt');
  });

  inDepth('by the breaker goes through after a reset', async () => {
    const account = await settledAccount({ settings: { maxLaunchesPerHour: 1 } });
    const refused = await phoenat(account, 'rebuild --zone a --yes');
    const reset = await phoenat(account, 'breaker reset --zone a');
    await account.harness.clock.runFor(2 * secondMs);
    const { exitCode, out } = await phoenat(account, 'rebuild --zone a --yes');

    expect([refused.exitCode, refused.err]).toEqual([
      1,
      expect.stringContaining('then: npx --no-install phoenat breaker reset --zone a'),
    ]);
    expect([reset.exitCode, reset.out]).toEqual([0, expect.stringMatching(/✔ zone a {2}reset the breaker/)]);
    expect(out).toMatch(/launch a t4g\.nano .*: i-\w+/);
    expect(exitCode).toBe(0);
  });
});

describe('phoenat logs, during an incident', () => {
  it('ends no outage that goes on', async () => {
    const account = await settledAccount();
    account.harness.sim.inject({ call: 'RunInstances', fault: denied });
    account.harness.sim.terminateInstance(instanceOf(account));
    await account.harness.clock.runFor(5 * minuteMs);
    const { out } = await phoenat(account, 'logs --zone a --since 5m');

    expect(out).not.toMatch(/was without egress/);
    expect(out).toMatch(/zone a is down, step-failed\n +zone a has no running NAT instance/);
    expect(out).toMatch(/zone a is still without egress as of 2026-11-23 03:1\d:\d\d UTC: for [45]/);
    expect(out).toMatch(/the same (once|\d+ times) more, the last at/);
    expect(out.match(/launch a t4g\.nano/g)?.length).toBeLessThan(8);
  });

  it('says what its figure leaves out where no probe sees the end', async () => {
    const account = await settledAccount({ probe: 'off' });
    account.harness.sim.terminateInstance(instanceOf(account));
    await account.harness.clock.runFor(3 * minuteMs);
    const { out } = await phoenat(account, 'logs --zone a --since 3m');

    expect(out).toMatch(/zone a was without egress for \d+\.\d s, counted from/);
    expect(out).toContain('forwards when its boot is done, some seconds later');
    expect(out).not.toContain('is still without egress as of');
  });

  inDepth('tells a violation, and that it has ended, though nothing was done', async () => {
    const account = await settledAccount();
    const [zone] = account.harness.topology.zones;
    const [table = ''] = zone?.privateRouteTableIds ?? [];
    const target = account.harness.sim.region.store.routeTables.current
      .get(table)
      ?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
    account.harness.sim.pointRouteAt(table, { kind: 'transit-gateway', id: 'tgw-0123456789abcdef0' });
    await account.harness.clock.runFor(3 * minuteMs);
    if (target !== undefined) account.harness.sim.pointRouteAt(table, target);
    await account.harness.clock.runFor(2 * minuteMs);
    const { out } = await phoenat(account, 'logs --zone a --since 10m');

    expect(out).toMatch(/zone a is violation\n.*has a default route to tgw-[\s\S]*zone a is healthy\n/);
    expect(out.match(/zone a is violation/g)).toHaveLength(1);
  });

  it('refuses a zone that there is not, also where the log is silent', async () => {
    const account = await settledAccount();
    const { exitCode, err, out } = await phoenat(account, 'logs --zone z --since 1m');

    expect([exitCode, err, out]).toEqual([
      2,
      'phoenat: there is no zone "z"; the zones of phoenat are a, b\n',
      '',
    ]);
  });
});

describe('phoenat status', () => {
  inDepth('does not call a schedule silent that is still to begin', async () => {
    const account = new CommandHarness();
    await account.harness.invoke(account.harness.scheduledEvent());
    account.lines.length = 0;
    await account.harness.clock.runFor(9 * minuteMs);
    const young = await phoenat(account, 'status');
    await account.harness.clock.runFor(30 * minuteMs);
    const older = await phoenat(account, 'status');

    expect(young.out).not.toContain('the schedule has not woken');
    expect(older.out).toMatch(/✘ the schedule has not invoked the controller for 39 min: nothing is/);
  });

  inDepth('fits 80 columns, healthy and not', async () => {
    const account = await settledAccount();
    const options = { columns: 80, answers: true };
    const well = await phoenat(account, 'status', options);
    account.harness.sim.inject({ call: 'RunInstances', fault: denied });
    account.harness.sim.terminateInstance(instanceOf(account));
    await account.harness.clock.runFor(3 * minuteMs);
    const down = await phoenat(account, 'status', options);

    for (const { out } of [well, down]) {
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  inDepth('says that there is egress only where a request passed', async () => {
    const account = await settledAccount();
    const well = await phoenat(account, 'status');
    account.harness.probes.trouble('a', { kind: 'throttled' });
    await account.harness.clock.runFor(minuteMs);
    const silent = await phoenat(account, 'status');

    expect(well.out).toMatch(/✔ every zone has egress\n/);
    expect(well.out).toMatch(/zone a: egress passes, \d+ ms, seen as 203\.0\.113\.\d+, \d+ s ago; load /);
    expect(silent.out).toMatch(/✔ every zone has egress, zone a as far as EC2 can tell\n/);
    expect(silent.out).toMatch(/zone a: egress not known: .*TooManyRequestsException/);
    expect([well.exitCode, silent.exitCode]).toEqual([0, 0]);
  });

  inDepth(
    'is not well where the last request failed, and the timeline tells of it until one passes',
    async () => {
      const account = await settledAccount();
      const { harness } = account;
      const upstream = harness.sim.loseUpstream(harness.topology.zones.map((zone) => zone.publicSubnetId));
      await harness.clock.runFor(2 * minuteMs);
      const during = await phoenat(account, 'status');
      const asOf = await phoenat(account, 'logs --since 4m');
      upstream.restore();
      await harness.clock.runFor(2 * minuteMs);
      const after = await phoenat(account, 'logs --since 6m');

      expect([during.exitCode, during.out.split('\n')[0]]).toEqual([
        1,
        expect.stringContaining('✘ zone a, zone b'),
      ]);
      expect(during.out).toMatch(/^a {5}… a request failed /m);
      expect(during.out).not.toContain('checks pending');
      expect(asOf.out).toMatch(/zone a is healthy to EC2, requests fail/);
      expect(asOf.out).toMatch(/zone a is still without egress as of .*: for \d+ s\n/);
      expect(after.out).toMatch(/zone a was without egress for .* until a request went through/);
      expect(after.out).not.toContain('still without egress as of');
    },
  );

  it('is as the README shows it', async () => {
    const account = new CommandHarness();
    account.harness.goLive();
    await account.harness.clock.runFor(8 * minuteMs);
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const [, shown] = /<!-- status: in the simulation -->\n\n```\n([\s\S]*?)```/.exec(readme) ?? [];

    const withoutIds = (text = '') => text.replaceAll(/-[0-9a-f]{17}/g, '-…');
    expect(withoutIds(shown)).toBe(withoutIds((await phoenat(account, 'status')).out));
  });
});
