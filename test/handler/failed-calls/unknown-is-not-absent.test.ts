import type { ServiceOutputTypes } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import type { Ec2CallName } from '../../../shared/aws/api.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';

const neededReads = [
  'DescribeInstances',
  'DescribeNetworkInterfaces',
  'DescribeAddresses',
  'DescribeRouteTables',
  'DescribeSubnets',
] as const satisfies readonly Ec2CallName[];

const listOf: Readonly<Record<(typeof neededReads)[number] | 'DescribeImages', string>> = {
  DescribeInstances: 'Reservations',
  DescribeNetworkInterfaces: 'NetworkInterfaces',
  DescribeAddresses: 'Addresses',
  DescribeRouteTables: 'RouteTables',
  DescribeSubnets: 'Subnets',
  DescribeImages: 'Images',
};

/** Both zones have lost their NAT instance: there is every reason to act, were it not for what cannot be read. */
async function brokenStage(): Promise<{
  readonly harness: Harness;
  readonly from: number;
  readonly dead: string;
}> {
  const harness = await settledHarness();
  const dead = primaryOf(harness, 'a');
  harness.sim.terminateInstance(dead);
  harness.sim.terminateInstance(primaryOf(harness, 'b'));
  await harness.clock.runFor(2_000);
  return { harness, dead, from: harness.sim.calls.length };
}

function without<T extends ServiceOutputTypes>(output: T, key: string): T {
  return { ...output, [key]: undefined };
}

describe.each(neededReads)('%s', (call) => {
  it.each(
    everyCase(
      [
        ['is refused', { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 }],
        [
          'answers without its list',
          { kind: 'partial', strip: (output: object) => without(output as never, listOf[call]) },
        ],
      ] as const,
      [
        ['fails', { kind: 'error', code: 'InternalError', message: 'oops', httpStatus: 500 }],
        ['is throttled past every retry', { kind: 'throttle' }],
        ['is not answered', { kind: 'lost-answer', afterMs: 3_000 }],
      ] as const,
    ),
  )('that %s: nothing is launched, moved, stopped or terminated', async (_case, fault) => {
    const { harness, from, dead } = await brokenStage();
    harness.sim.inject({ call, fault: fault as never });
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(mutations(harness, from)).toEqual([]);
    expect(report.outcome).toBe('attention');
    for (const name of ['a', 'b']) {
      expect(zoneOf(report, name)).toMatchObject({ health: 'unknown', steps: [] });
      expect(zoneOf(report, name).findings).toContainEqual({
        code: 'unreadable',
        detail: expect.stringContaining(call),
      });
    }
  });

  inDepth('that recovers within the time: the failover goes on', async () => {
    const { harness, dead } = await brokenStage();
    harness.sim.inject({ call, times: 2, fault: { kind: 'throttle' } });
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });
});

describe('an answer with one entry that lacks a field', () => {
  const cases: readonly (readonly [Ec2CallName, string, string])[] = [
    ['DescribeNetworkInterfaces', 'NetworkInterfaces', 'Status'],
    ['DescribeAddresses', 'Addresses', 'PublicIp'],
    ['DescribeRouteTables', 'RouteTables', 'Routes'],
    ['DescribeSubnets', 'Subnets', 'VpcId'],
  ];

  it.each(everyCase(cases.slice(-1), cases.slice(0, -1)))(
    '%s: the zone it is about is held, the other goes on',
    async (call, list, key) => {
      const { harness, from, dead } = await brokenStage();
      const zoneA = harness.topology.zones[0];
      const about = JSON.stringify([
        zoneA?.publicSubnetId,
        zoneA?.allocationId,
        ...(zoneA?.privateSubnetIds ?? []),
      ]);
      const isAboutA = (entry: object) =>
        about
          .slice(1, -1)
          .split(',')
          .some((id) => JSON.stringify(entry).includes(id));
      const strip = (output: object) => ({
        ...output,
        [list]: (Reflect.get(output, list) as object[]).map((entry) =>
          isAboutA(entry) && !JSON.stringify(entry).includes('igw-') ? { ...entry, [key]: undefined } : entry,
        ),
      });
      harness.sim.inject({ call, fault: { kind: 'partial', strip: strip as never } });
      const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

      expect(zoneOf(report, 'a')).toMatchObject({ health: 'unknown', steps: [] });
      expect(zoneOf(report, 'a').findings[0]?.detail).toContain(call);
      expect(zoneOf(report, 'b').health).toBe('healthy');
      expect(aliveIn(harness, 'a')).toEqual([]);
      expect(mutations(harness, from).filter((name) => name === 'RunInstances')).toHaveLength(1);
    },
  );

  it('DescribeInstances: a running instance without its state keeps its zone held', async () => {
    const harness = await settledHarness();
    const primary = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;
    const strip = (output: {
      readonly Reservations?: readonly { readonly Instances?: readonly object[] }[];
    }) => ({
      ...output,
      Reservations: (output.Reservations ?? []).map((reservation) => ({
        ...reservation,
        Instances: (reservation.Instances ?? []).map((instance) =>
          Reflect.get(instance, 'InstanceId') === primary ? { ...instance, State: undefined } : instance,
        ),
      })),
    });
    harness.sim.inject({ call: 'DescribeInstances', fault: { kind: 'partial', strip: strip as never } });
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from)).toEqual([]);
    expect(zoneOf(report, 'a').health).toBe('unknown');
    expect(zoneOf(report, 'b').health).toBe('healthy');
  });
});

describe('DescribeInstanceStatus that fails', () => {
  it('does not hold up a failover, which needs no status checks', async () => {
    const { harness, dead } = await brokenStage();
    harness.sim.inject({ call: 'DescribeInstanceStatus', fault: { kind: 'throttle' } });
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(zoneOf(report, 'a').health).toBe('healthy');
  });

  inDepth('makes nothing of an impaired primary that it would have shown', async () => {
    const harness = await settledHarness();
    harness.sim.impair(primaryOf(harness, 'a'), 'instance');
    await harness.clock.runFor(150_000);
    const from = harness.sim.calls.length;
    harness.sim.inject({
      call: 'DescribeInstanceStatus',
      fault: { kind: 'error', code: 'InternalError', message: 'oops', httpStatus: 500 },
    });
    await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from)).toEqual([]);
  });
});

describe('DescribeImages that fails', () => {
  it('lets nothing be launched, and nothing be aimed at what could not be launched', async () => {
    const { harness, from, dead } = await brokenStage();
    harness.sim.inject({ call: 'DescribeImages', fault: { kind: 'throttle' } });
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    // What is noted is only when the dead ones were launched.
    expect(new Set(mutations(harness, from))).toEqual(new Set(['CreateTags']));
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'images-unread',
      detail: expect.stringContaining('DescribeImages'),
    });
  });

  inDepth('does not keep a drift from being repaired', async () => {
    const harness = await settledHarness();
    const table = harness.topology.zones[0]?.privateRouteTableIds[0] ?? '';
    harness.sim.deleteRoute(table);
    await harness.clock.runFor(2_000);
    const from = harness.sim.calls.length;
    harness.sim.inject({ call: 'DescribeImages', fault: { kind: 'throttle' } });
    await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from)).toEqual(['CreateRoute']);
  });
});
