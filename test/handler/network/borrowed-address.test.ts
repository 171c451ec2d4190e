import { describe, expect, it } from 'vitest';
import { Harness } from '../../../simulator/harness/harness.ts';
import { zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** Zone a's Elastic IP, as CloudFormation would have tagged it. */
async function createdWith(stack: string, name: string) {
  const harness = new Harness();
  const address = harness.topology.zones[0]?.allocationId ?? '';
  harness.sim.region.store.addresses.update(address, (record) => ({
    ...record,
    tags: {
      ...record.tags,
      'aws:cloudformation:stack-name': stack,
      'aws:cloudformation:logical-id': name,
    },
  }));
  const answer = await new StackHarness(harness).create();
  const report = await harness.invoke({ action: 'status' });
  const told = zoneOf(report, 'a').findings.filter(({ code }) => code === 'address-of-another-stack');
  return { answer, report, told };
}

describe('an Elastic IP that another Phoenat stack has allocated', () => {
  it('is told of at deployment and in every report, and used', async () => {
    const { answer, report, told } = await createdWith('first', 'ZoneBAddress');

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(answer.Reason).toContain('was allocated by the Phoenat stack first');
    expect(told.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^Elastic IP .* \(eipalloc-\w+\) was .* give zone a an address of its own/),
    ]);
    expect(report.outcome).toBe('settled');
  });

  it.each([
    ['the stack itself', 'phoenat', 'ZoneAAddress'],
    ['a stack of another kind', 'network', 'EgressAddress'],
  ])('is none where it is of %s', async (_whose, stack, name) => {
    const { answer, told } = await createdWith(stack, name);

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(answer.Reason ?? '').not.toContain('was allocated');
    expect(told).toEqual([]);
  });
});
