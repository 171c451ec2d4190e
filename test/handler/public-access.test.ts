import { describe, expect, it } from 'vitest';
import { secondMs } from '../../shared/core/model/time.ts';
import { hasEgress } from '../../simulator/data-plane.ts';
import {
  aliveIn,
  primaryOf,
  settledStage,
  stateChange,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import { Stage } from '../../simulator/harness/stage.ts';
import { StagedStack } from '../../simulator/harness/staged-stack.ts';

const modes = ['block-ingress', 'block-bidirectional'] as const;
const publicSubnetOf = (stage: Stage) => stage.world.zones[0]?.publicSubnetId ?? '';

describe('VPC Block Public Access', () => {
  it.each(modes)('(%s) that is switched on later is a finding of its zone alone', async (mode) => {
    const stage = await settledStage();
    stage.sim.blockPublicAccess(publicSubnetOf(stage), mode);
    await stage.clock.runFor(2 * secondMs);
    const report = await stage.invoke(stage.scheduledEvent());

    expect(hasEgress(stage.sim, stage.world.privateSubnetIds[0] ?? '').ok).toBe(false);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toEqual([
      {
        code: 'public-access-blocked',
        detail: expect.stringMatching(
          new RegExp(
            `\\(${mode}\\) cuts every NAT instance in ${publicSubnetOf(stage)} off .*allow-bidirectional`,
          ),
        ),
      },
    ]);
    expect(zoneOf(report, 'b').findings).toEqual([]);
  });

  it.each([...modes, 'off', undefined] as const)('(%s) is not in the way of healing', async (mode) => {
    const stage = await settledStage();
    stage.sim.blockPublicAccess(publicSubnetOf(stage), mode);
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(secondMs);
    await stage.invoke(stateChange(stage, dead, 'shutting-down'));

    expect(aliveIn(stage, 'a')).toHaveLength(1);
  });

  it.each(['off', undefined] as const)(
    '(%s) is no finding where a subnet is excluded or EC2 does not say',
    async (mode) => {
      const stage = await settledStage();
      stage.sim.blockPublicAccess(publicSubnetOf(stage), mode);
      const report = await stage.invoke(stage.scheduledEvent());

      expect([report.outcome, zoneOf(report, 'a').findings]).toEqual(['settled', []]);
    },
  );

  it.each(modes)('(%s) is refused at the creation of a stack, before anything is changed', async (mode) => {
    const stage = new Stage();
    const stack = new StagedStack(stage);
    stage.sim.blockPublicAccess(publicSubnetOf(stage), mode);
    const answer = await stack.create();

    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(
        /zone a: VPC Block Public Access .* create-vpc-block-public-access-exclusion/,
      ),
    });
    expect(stage.sim.calls.filter(({ name }) => stage.sim.isMutating(name))).toEqual([]);
  });
});
