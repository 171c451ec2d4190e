import { describe, expect, it } from 'vitest';
import { secondMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

const modes = ['block-ingress', 'block-bidirectional'] as const;
const publicSubnetOf = (harness: Harness) => harness.topology.zones[0]?.publicSubnetId ?? '';

describe('VPC Block Public Access', () => {
  it.each(modes)('(%s) that is switched on later is a finding of its zone alone', async (mode) => {
    const harness = await settledHarness();
    harness.sim.blockPublicAccess(publicSubnetOf(harness), mode);
    await harness.clock.runFor(2 * secondMs);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(hasEgress(harness.sim, harness.topology.privateSubnetIds[0] ?? '').ok).toBe(false);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toEqual([
      {
        code: 'public-access-blocked',
        detail: expect.stringMatching(
          new RegExp(
            `\\(${mode}\\) cuts every NAT instance in ${publicSubnetOf(harness)} off .*allow-bidirectional`,
          ),
        ),
      },
    ]);
    expect(zoneOf(report, 'b').findings).toEqual([]);
  });

  it.each([...modes, 'off', undefined] as const)('(%s) is not in the way of healing', async (mode) => {
    const harness = await settledHarness();
    harness.sim.blockPublicAccess(publicSubnetOf(harness), mode);
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(secondMs);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });

  it.each(['off', undefined] as const)(
    '(%s) is no finding where a subnet is excluded or EC2 does not say',
    async (mode) => {
      const harness = await settledHarness();
      harness.sim.blockPublicAccess(publicSubnetOf(harness), mode);
      const report = await harness.invoke(harness.scheduledEvent());

      expect([report.outcome, zoneOf(report, 'a').findings]).toEqual(['settled', []]);
    },
  );

  it.each(modes)('(%s) is refused at the creation of a stack, before anything is changed', async (mode) => {
    const harness = new Harness();
    const stack = new StackHarness(harness);
    harness.sim.blockPublicAccess(publicSubnetOf(harness), mode);
    const answer = await stack.create();

    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /zone a: VPC Block Public Access .* create-vpc-block-public-access-exclusion/,
      ),
    });
    expect(harness.sim.calls.filter(({ name }) => harness.sim.isMutating(name))).toEqual([]);
  });
});
