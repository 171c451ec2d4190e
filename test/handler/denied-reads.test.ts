import { describe, expect, it } from 'vitest';
import type { Ec2CallName } from '../../shared/aws/api.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import type { Report } from '../../shared/core/report/report.ts';
import { mutations, primaryOf, settledStage, zoneOf } from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

const denied = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;

/** A run of the schedule: its report, how long it took, and the calls that it made. */
async function scheduledRun(stage: Stage) {
  const from = stage.sim.calls.length;
  const startedAt = stage.clock.now();
  const report: Report = await stage.invoke(stage.scheduledEvent());
  const calls = stage.sim.calls.slice(from).map(({ name }) => name);
  return { report, calls, tookMs: stage.clock.now() - startedAt, from };
}

describe.each<Ec2CallName>([
  'DescribeInstances',
  'DescribeNetworkInterfaces',
  'DescribeAddresses',
  'DescribeRouteTables',
  'DescribeSubnets',
])('%s that is denied', (call) => {
  it('ends the run after one look, as a denied write does, and says what to allow', async () => {
    const stage = await settledStage();
    stage.sim.inject({ call, fault: denied });
    const { report, calls, tookMs } = await scheduledRun(stage);

    expect(calls.filter((name) => name === call)).toHaveLength(1);
    expect(tookMs).toBeLessThan(5 * secondMs);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a')).toMatchObject({ health: 'unknown', waitsFor: [] });
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'unreadable',
      detail: expect.stringContaining(`allow ec2:${call} in the stack's ControllerRole`),
    });
  });

  it('is read again where it only fails', async () => {
    const stage = await settledStage();
    stage.sim.inject({ call, fault: { ...denied, code: 'InternalError', httpStatus: 500 } });
    const { calls } = await scheduledRun(stage);

    expect(calls.filter((name) => name === call).length).toBeGreaterThan(5);
  });
});

describe('DescribeImages that is denied', () => {
  it('ends the run of a zone that has to launch, and of no other', async () => {
    const stage = await settledStage();
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    stage.sim.inject({ call: 'DescribeImages', fault: denied });
    const { report, calls, tookMs, from } = await scheduledRun(stage);

    expect(calls.filter((name) => name === 'DescribeImages')).toHaveLength(1);
    expect(tookMs).toBeLessThan(5 * secondMs);
    expect(mutations(stage, from)).not.toContain('RunInstances');
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'images-unread',
      detail: expect.stringContaining("allow ec2:DescribeImages in the stack's ControllerRole"),
    });
    expect(zoneOf(report, 'b')).toMatchObject({ health: 'healthy', waitsFor: [] });
  });
});
