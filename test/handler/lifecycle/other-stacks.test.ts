import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { addAddress, addForeignInstance } from '../../../simulator/bystanders.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { mutations } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** A stack in a VPC whose private subnets had no default route. */
async function firstStack() {
  const harness = new Harness();
  const stack = new StackHarness(harness);
  expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
  await harness.clock.runFor(4 * minuteMs);
  return { harness, stack, tables: harness.topology.zones.flatMap((zone) => zone.privateRouteTableIds) };
}

/** The same subnets for a stack of another name, with Elastic IPs of its own; CloudFormation deletes what is refused. */
async function createSecond(harness: Harness) {
  const { settings } = harness;
  const zones = settings.zones.map((zone) => ({ ...zone, allocationId: addAddress(harness.sim) }));
  harness.settings = { ...settings, stack: 'second', zones };
  const from = harness.sim.calls.length;
  const second = new StackHarness(harness);
  const answer = await second.create();
  const changes = mutations(harness, from);
  const { Status: removal } = await second.delete();
  harness.settings = settings;
  return { answer, changes, removal };
}

/** As Terraform does without `ignore_tags`. */
function removeTags(harness: Harness, tables: readonly string[]): void {
  for (const table of tables) {
    harness.sim.untag(table, 'phoenat:taken-over');
    harness.sim.untag(table, 'phoenat:restore-target');
  }
}

function targetsOf(harness: Harness): (string | undefined)[] {
  const tables = harness.sim.region.store.routeTables.current.all();
  return harness.topology.zones.flatMap(({ privateRouteTableIds }) =>
    privateRouteTableIds.map((id) => {
      const route = tables
        .find((table) => table.id === id)
        ?.routes.find(({ destination }) => destination === '0.0.0.0/0');
      return route === undefined || !('id' in route.target) ? undefined : route.target.id;
    }),
  );
}

describe('a second stack on the same subnets', () => {
  it('is refused by the mark of the first, though no table had a default route before that', async () => {
    const { harness, tables } = await firstStack();
    const { answer, changes } = await createSecond(harness);

    expect([answer.Status, changes]).toEqual(['FAILED', []]);
    for (const table of tables) expect(answer.Reason).toContain(`${table} is served by the stack phoenat`);
  });

  it('is refused by where the routes lead, where something has removed the mark', async () => {
    const { harness, tables } = await firstStack();
    removeTags(harness, tables);
    await harness.clock.runFor(10 * secondMs);
    const targets = targetsOf(harness);
    const { answer, changes, removal } = await createSecond(harness);

    expect([answer.Status, changes, removal]).toEqual(['FAILED', [], 'SUCCESS']);
    expect(targetsOf(harness)).toEqual(targets);
    for (const [nth, table] of tables.entries()) {
      expect(answer.Reason).toContain(
        `the default route of ${table} leads to ${targets[nth]}, which the stack phoenat has`,
      );
    }
    expect(await harness.invoke(harness.scheduledEvent())).toMatchObject({ outcome: 'settled' });
  });

  it('is not taken for the only one while nobody knows whose the interfaces are', async () => {
    const { harness, tables } = await firstStack();
    removeTags(harness, tables);
    const hits = harness.sim.inject({
      call: 'DescribeNetworkInterfaces',
      when: ({ Filters = [] }) => Filters.some(({ Name }) => Name === 'tag-key'),
      times: 6,
      fault: { kind: 'error', code: 'InternalError' },
    });
    await harness.clock.runFor(10 * secondMs);
    const { answer, changes } = await createSecond(harness);

    expect([hits.hits(), answer.Status, changes]).toEqual([6, 'FAILED', []]);
    expect(answer.Reason).toContain('which the stack phoenat has');
  });

  it.each(['', 'not a name'])('takes over from an interface whose tag says "%s"', async (value) => {
    const harness = new Harness();
    const [zone] = harness.topology.zones;
    const { interfaceId } = addForeignInstance(harness.sim, harness.topology, zone?.publicSubnetId ?? '', {
      'phoenat:stack': value,
    });
    harness.sim.pointRouteAt(zone?.privateRouteTableIds[0] ?? '', { kind: 'interface', id: interfaceId });
    await harness.clock.runFor(10 * secondMs);

    expect(await new StackHarness(harness).create()).toMatchObject({ Status: 'SUCCESS' });
    expect(targetsOf(harness)).not.toContain(interfaceId);
  });

  it('is refused in an update, too, which gives a stack the subnets of another', async () => {
    const { harness, tables } = await firstStack();
    removeTags(harness, tables);
    // The first stack gives zone b up, which the second begins with.
    const { settings } = harness;
    const [a, b] = settings.zones.map((zone) => ({ ...zone, allocationId: addAddress(harness.sim) }));
    const table = harness.topology.zones[1]?.privateRouteTableIds ?? [];
    const before = targetsOf(harness);
    for (const id of table) harness.sim.deleteRoute(id);
    await harness.clock.runFor(10 * secondMs);
    harness.settings = { ...settings, stack: 'second', zones: b === undefined ? [] : [b] };
    const second = new StackHarness(harness);
    expect(await second.create()).toMatchObject({ Status: 'SUCCESS' });
    const answer = await second.update({ zones: a === undefined || b === undefined ? [] : [a, b] });

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`zone a: the default route of ${tables[0]} leads to ${before[0]}`);
    expect(answer.Reason).not.toContain('zone b');
    expect(targetsOf(harness).slice(0, 2)).toEqual(before.slice(0, 2));
  });
});

describe('a forged tag on the interface that a route was pointed at', () => {
  it.each([true, false])(
    'keeps no table that a stack serves from it (with its mark: %s)',
    async (isMarked) => {
      const { harness, stack, tables } = await firstStack();
      const [table = ''] = tables;
      const { interfaceId } = addForeignInstance(
        harness.sim,
        harness.topology,
        harness.topology.zones[0]?.publicSubnetId ?? '',
        { 'phoenat:stack': 'forged' },
      );
      if (!isMarked) {
        harness.sim.untag(table, 'phoenat:taken-over');
        harness.sim.untag(table, 'phoenat:restore-target');
      }
      harness.sim.pointRouteAt(table, { kind: 'interface', id: interfaceId });
      await harness.clock.runFor(10 * secondMs);
      expect(targetsOf(harness)).toContain(interfaceId);

      expect(await stack.update({})).toMatchObject({ Status: 'SUCCESS' });
      expect(targetsOf(harness)).not.toContain(interfaceId);
    },
  );
});
