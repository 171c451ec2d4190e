import { AssociateAddressCommand, DescribeInstancesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { consistent, launch, launchInput, type Rig, setUp } from './rig.ts';

/** What was there before and after each call that was watched. */
function watched(rig: Rig): string[] {
  const seen: string[] = [];
  const count = () => rig.sim.region.store.instances.current.all().length;
  rig.sim.watchCalls({
    before: ({ name, clientName }) => seen.push(`${clientName} before ${name}: ${count()}`),
    after: ({ name, clientName }) => seen.push(`${clientName} after ${name}: ${count()}`),
  });
  return seen;
}

const bothSides = ['controller before RunInstances: 0', 'controller after RunInstances: 1'];

test('a watcher sees the account right before and right after each call that changes it, and no other', async () => {
  const rig = setUp(consistent);
  const seen = watched(rig);
  await launch(rig);
  await rig.run(rig.ec2.send(new DescribeInstancesCommand({})));

  expect(seen).toEqual(bothSides);
});

test('it sees when the call takes effect, not when its answer comes or is lost', async () => {
  const rig = setUp(consistent);
  const seen = watched(rig);
  rig.sim.inject({ call: 'RunInstances', fault: { kind: 'lost-answer', afterMs: 30_000 } });
  const lost = rig.ec2.send(new RunInstancesCommand(launchInput(rig))).catch(() => 'lost');
  await rig.clock.runFor(5_000);

  expect(seen).toEqual(bothSides);
  expect(await rig.run(lost)).toBe('lost');
});

test('it sees what EC2 refuses, too, and nothing of what never arrives', async () => {
  const rig = setUp(consistent);
  const seen = watched(rig);
  const nothing = new AssociateAddressCommand({ AllocationId: rig.zone.allocationId });
  await expect(rig.run(rig.ec2.send(nothing))).rejects.toThrow();
  expect(seen).toHaveLength(2);

  rig.sim.inject({ call: 'RunInstances', times: 1, fault: { kind: 'lost-request', afterMs: 1_000 } });
  await expect(launch(rig)).rejects.toThrow();
  rig.sim.inject({ call: 'RunInstances', times: 1, fault: { kind: 'throttle' } });
  await expect(launch(rig)).rejects.toThrow();
  expect(seen).toHaveLength(2);
});
