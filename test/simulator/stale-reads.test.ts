import { DescribeInstancesCommand, DescribeRouteTablesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { longestLookBackMs } from '../../simulator/ec2/store.ts';
import { consistent, launch, type Rig, setUp } from './rig.ts';

async function listed(rig: Rig): Promise<(string | undefined)[]> {
  const answer = await rig.run(rig.ec2.send(new DescribeInstancesCommand({ MaxResults: 1_000 })));
  return (answer.Reservations ?? [])
    .flatMap((entry) => entry.Instances ?? [])
    .map(({ State }) => State?.Name);
}

/** A running instance whose termination began `agoMs` ago. */
async function terminated(agoMs: number): Promise<Rig> {
  const rig = setUp(consistent);
  const { instanceId } = await launch(rig);
  await rig.clock.runFor(120_000);
  rig.sim.terminateInstance(instanceId);
  await rig.clock.runFor(agoMs);
  return rig;
}

describe('an answer from a replica that is behind', () => {
  test('shows what was', async () => {
    const rig = await terminated(2_000);
    rig.sim.inject({ call: 'DescribeInstances', times: 1, fault: { kind: 'stale', byMs: 5_000 } });

    expect(await listed(rig)).toEqual(['running']);
    expect(await listed(rig)).toEqual(['shutting-down']);
  });

  test('does not show what is older than it is behind', async () => {
    const rig = await terminated(6_000);
    rig.sim.inject({ call: 'DescribeInstances', fault: { kind: 'stale', byMs: 5_000 } });

    expect(await listed(rig)).toEqual(['shutting-down']);
  });

  test('does not know what is newer', async () => {
    const rig = setUp(consistent);
    await launch(rig);
    rig.sim.inject({ call: 'DescribeInstances', times: 1, fault: { kind: 'stale', byMs: 5_000 } });

    expect(await listed(rig)).toEqual([]);
    expect(await listed(rig)).toEqual(['pending']);
  });

  test('may be behind differently for each call, and so go back in time', async () => {
    const rig = await terminated(3_000);
    for (const byMs of [1_000, 4_000]) {
      rig.sim.inject({ call: 'DescribeInstances', times: 1, fault: { kind: 'stale', byMs } });
    }

    expect([await listed(rig), await listed(rig)]).toEqual([['shutting-down'], ['running']]);
  });

  test('is a minute behind at most, and what is older is forgotten', async () => {
    const rig = await terminated(longestLookBackMs - 5_000);
    rig.sim.inject({ call: 'DescribeInstances', times: 2, fault: { kind: 'stale', byMs: 3_600_000 } });

    expect(await listed(rig)).toEqual(['running']);
    await rig.clock.runFor(10_000);
    expect(await listed(rig)).toEqual(['shutting-down']);
  });

  test('is behind in all that it shows, also in what one resource says of another', async () => {
    const rig = setUp(consistent);
    const { instanceId, interfaceId } = await launch(rig);
    const [tableId = ''] = rig.zone.privateRouteTableIds;
    rig.sim.pointRouteAt(tableId, { kind: 'interface', id: interfaceId });
    await rig.clock.runFor(120_000);
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(50_000);
    const routeState = async () => {
      const command = new DescribeRouteTablesCommand({ RouteTableIds: [tableId] });
      const { RouteTables } = await rig.run(rig.ec2.send(command));
      return RouteTables?.[0]?.Routes?.find((route) => route.DestinationCidrBlock === '0.0.0.0/0')?.State;
    };
    rig.sim.inject({ call: 'DescribeRouteTables', times: 1, fault: { kind: 'stale', byMs: 55_000 } });

    expect([await routeState(), await routeState()]).toEqual(['active', 'blackhole']);
  });

  test('leaves calls that change something as they are: they see what is', async () => {
    const rig = setUp(consistent);
    rig.sim.injectEverywhere({ call: '*', fault: { kind: 'stale', byMs: 30_000 } });
    const { instanceId } = await launch(rig, { ClientToken: 'once' });

    expect((await launch(rig, { ClientToken: 'once' })).instanceId).toBe(instanceId);
  });
});
