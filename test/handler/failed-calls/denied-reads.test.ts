import { describe, expect, it } from 'vitest';
import type { Ec2CallName } from '../../../shared/aws/api.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

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

describe('DescribeInstanceStatus that is denied', () => {
  const call = 'DescribeInstanceStatus';
  const unread = {
    code: 'checks-unread',
    detail: expect.stringContaining(`allow ec2:${call} in the stack's ControllerRole`),
  };

  /** A candidate is on its way; from then on no check can be read. */
  async function waiting(fault: typeof denied | (typeof denied & { code: string })) {
    const harness = await settledHarness();
    await harness.invoke({ action: 'rebuild', zone: 'a' });
    harness.sim.inject({ call, fault });
    return harness;
  }

  it('ends the run that a candidate waits in after one look, and says what to allow', async () => {
    const harness = await waiting(denied);
    expect(aliveIn(harness, 'a')).toHaveLength(2);
    const { report, calls, tookMs } = await scheduledRun(harness);

    expect(calls.filter((name) => name === call)).toHaveLength(1);
    expect(tookMs).toBeLessThan(5 * secondMs);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a')).toMatchObject({ health: 'healthy', waitsFor: [] });
    expect(zoneOf(report, 'a').findings).toContainEqual(unread);
  });

  it('is read again where it only fails', async () => {
    const harness = await waiting({ ...denied, code: 'InternalError', httpStatus: 500 } as never);
    const { calls } = await scheduledRun(harness);

    expect(calls.filter((name) => name === call).length).toBeGreaterThan(5);
  });

  it('launches no candidate that could not be called ready', async () => {
    const harness = await settledHarness();
    harness.sim.inject({ call, fault: denied });
    const from = harness.sim.calls.length;
    const report = await harness.invoke({ action: 'rebuild', zone: 'a' });

    expect(mutations(harness, from)).toEqual(['CreateTags']);
    expect(report.outcome).toBe('attention');
  });

  it('does not keep an instance that is gone from being replaced', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.inject({ call, fault: denied });
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(2 * secondMs);
    const { report } = await scheduledRun(harness);

    expect(primaryOf(harness, 'a')).not.toBe(dead);
    expect(zoneOf(report, 'a')).toMatchObject({ health: 'healthy', primary: { ready: false } });
    expect(zoneOf(report, 'a').findings).toContainEqual(unread);
  });
});
