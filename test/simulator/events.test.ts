import { DescribeInstanceStatusCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../../simulator/behaviour.ts';
import { addForeignInstance } from '../../simulator/bystanders.ts';
import type { Ec2Event } from '../../simulator/ec2/ec2-event.ts';
import { consistent, launch, setUp } from './rig.ts';

const once: Partial<Behaviour> = { ...consistent, duplicateEventProbability: 0 };

function listening(behaviour: Partial<Behaviour>) {
  const rig = setUp(behaviour);
  const heard: { readonly at: number; readonly event: Ec2Event }[] = [];
  rig.sim.onEvent((event) => heard.push({ at: rig.clock.now(), event }));
  return { ...rig, heard };
}

describe('events', () => {
  test('tell every change of state, as EventBridge documents, late', async () => {
    const delay = { minMs: 2_000, maxMs: 2_000 };
    const rig = listening({ ...once, eventDelay: delay });
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(20_000);
    rig.sim.stopInstance(instanceId);
    await rig.clock.runFor(40_000);
    rig.sim.terminateInstance(instanceId);
    const terminatedFrom = rig.clock.now();
    await rig.clock.runFor(60_000);

    expect(rig.heard.map(({ event }) => event.detail['state'])).toEqual([
      'pending',
      'running',
      'stopping',
      'stopped',
      'shutting-down',
      'terminated',
    ]);
    const goingDown = rig.heard[4];
    expect(goingDown?.at).toBe(terminatedFrom + 2_000);
    expect(goingDown?.event).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      account: '123456789012',
      time: new Date(terminatedFrom).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: 'eu-central-1',
      resources: [`arn:aws:ec2:eu-central-1:123456789012:instance/${instanceId}`],
      detail: { 'instance-id': instanceId, state: 'shutting-down' },
    });
  });

  test('may come twice, under the same id, or not at all', async () => {
    const doubled = listening({ ...once, duplicateEventProbability: 1 });
    await launch(doubled);
    await doubled.clock.runFor(4_000);
    expect(doubled.heard).toHaveLength(2);
    expect(doubled.heard[0]?.event.id).toBe(doubled.heard[1]?.event.id);

    const lost = listening({ ...once, lostEventProbability: 1 });
    await launch(lost);
    await lost.clock.runFor(60_000);
    expect(lost.heard).toEqual([]);
  });

  test('may be treated otherwise from a moment on', async () => {
    const rig = listening(once);
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(60_000);
    const heard = () => rig.heard.splice(0).map(({ event }) => event.detail['state']);
    expect(heard()).toEqual(['pending', 'running']);

    rig.sim.changeEvents({ lostEventProbability: 1 });
    rig.sim.stopInstance(instanceId);
    await rig.clock.runFor(60_000);
    expect(heard()).toEqual([]);

    rig.sim.changeEvents({ lostEventProbability: 0, eventDelay: { minMs: 90_000, maxMs: 90_000 } });
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(89_000);
    expect(heard()).toEqual([]);
    await rig.clock.runFor(1_000);
    expect(heard()).toEqual(['shutting-down']);
  });

  test('are not sent for a failing status check', async () => {
    const rig = listening(once);
    const { instanceId } = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
    rig.sim.impair(instanceId, 'system');
    await rig.clock.runFor(600_000);
    expect(rig.heard).toEqual([]);
  });

  test('warn of a spot interruption two minutes ahead, naming the zone in the ARN', async () => {
    const rig = listening(once);
    const { instanceId } = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
    rig.sim.recommendRebalance(instanceId);
    rig.sim.interruptSpot(instanceId);
    await rig.clock.runFor(119_000);
    const kinds = rig.heard.map(({ event }) => event['detail-type']).sort();
    expect(kinds).toEqual([
      'EC2 Instance Rebalance Recommendation',
      'EC2 Spot Instance Interruption Warning',
    ]);
    const arn = `arn:aws:ec2:eu-central-1a:instance/${instanceId}`;
    expect(rig.heard.every(({ event }) => event.resources[0] === arn)).toBe(true);
    const state = () => rig.sim.region.store.instances.current.get(instanceId)?.state;
    expect(state()).toBe('running');
    await rig.clock.runFor(1_000);
    expect(state()).toBe('shutting-down');
  });

  test('announce a retirement, which DescribeInstanceStatus lists and which stops the instance at its date', async () => {
    const rig = listening(once);
    const { instanceId } = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
    const notBefore = rig.clock.now() + 3_600_000;
    rig.sim.retire(instanceId, notBefore);
    await rig.clock.runFor(10_000);
    expect(rig.heard[0]?.event).toMatchObject({
      source: 'aws.health',
      'detail-type': 'AWS Health Event',
      resources: [instanceId],
      detail: {
        eventTypeCode: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
        statusCode: 'upcoming',
        affectedEntities: [{ entityValue: instanceId }],
      },
    });
    const status = await rig.run(
      rig.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] })),
    );
    expect(status.InstanceStatuses?.[0]?.Events?.[0]).toMatchObject({
      Code: 'instance-retirement',
      NotBefore: new Date(notBefore),
    });
    await rig.clock.runUntil(notBefore);
    expect(rig.sim.region.store.instances.current.get(instanceId)?.state).toBe('stopping');
  });
});
