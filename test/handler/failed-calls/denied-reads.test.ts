import { describe, expect, it } from 'vitest';
import type { Ec2CallName } from '../../../shared/aws/api.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';

const denied = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;

/** A run of the schedule: its report, how long it took, and the calls that it made. */
async function scheduledRun(harness: Harness) {
  const from = harness.sim.calls.length;
  const startedAt = harness.clock.now();
  const report: Report = await harness.invoke(harness.scheduledEvent());
  const calls = harness.sim.calls.slice(from).map(({ name }) => name);
  return { report, calls, tookMs: harness.clock.now() - startedAt, from };
}

describe.each<Ec2CallName>([
  'DescribeInstances',
  'DescribeNetworkInterfaces',
  'DescribeAddresses',
  'DescribeRouteTables',
  'DescribeSubnets',
])('%s that is denied', (call) => {
  it('ends the run after one look, as a denied write does, and says what to allow', async () => {
    const harness = await settledHarness();
    harness.sim.inject({ call, fault: denied });
    const { report, calls, tookMs } = await scheduledRun(harness);

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
    const harness = await settledHarness();
    harness.sim.inject({ call, fault: { ...denied, code: 'InternalError', httpStatus: 500 } });
    const { calls } = await scheduledRun(harness);

    expect(calls.filter((name) => name === call).length).toBeGreaterThan(5);
  });
});

describe('DescribeImages that is denied', () => {
  it('ends the run of a zone that has to launch, and of no other', async () => {
    const harness = await settledHarness();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    harness.sim.inject({ call: 'DescribeImages', fault: denied });
    const { report, calls, tookMs, from } = await scheduledRun(harness);

    expect(calls.filter((name) => name === 'DescribeImages')).toHaveLength(1);
    expect(tookMs).toBeLessThan(5 * secondMs);
    expect(mutations(harness, from)).not.toContain('RunInstances');
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'images-unread',
      detail: expect.stringContaining("allow ec2:DescribeImages in the stack's ControllerRole"),
    });
    expect(zoneOf(report, 'b')).toMatchObject({ health: 'healthy', waitsFor: [] });
  });
});
