import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { runLimits } from '../../../shared/core/model/worst-day.ts';
import {
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';
import { anOutcome, type FakeProbe, honestProbe, ProbedRuns } from './probed-run.ts';

describe('a settled run', () => {
  it('asks each probe once, beside the same calls, and is no longer for it', async () => {
    const harness = await settledHarness();
    const before = await harness.invoke(harness.scheduledEvent());
    const runs = new ProbedRuns(harness, honestProbe(harness));
    const from = harness.sim.calls.length;
    const report = await runs.run();

    expect(report).toMatchObject({ outcome: 'settled', calls: { describe: 6, mutating: 0, failed: 0 } });
    expect(report.calls).toEqual(before.calls);
    expect(runs.asks.map(({ zone }) => zone)).toEqual(['a', 'b']);
    expect(runs.asks.map(({ about }) => about)).toEqual([
      [primaryOf(harness, 'a')],
      [primaryOf(harness, 'b')],
    ]);
    expect(report.zones.map(({ egress }) => egress)).toEqual(['passes', 'passes']);
    // They leave with the second round of calls, not after it.
    const second = harness.sim.calls.slice(from).find(({ name }) => name === 'DescribeRouteTables');
    expect(runs.asks[0]?.at).toBe(second?.sentAt);
  });

  it('ends where a probe does not answer, and does not know then', async () => {
    const harness = await settledHarness();
    const runs = new ProbedRuns(harness, honestProbe(harness), 10 * minuteMs);
    const from = harness.clock.now();
    const report = await runs.run();

    expect(report.outcome).toBe('settled');
    expect(report.zones.map(({ egress }) => egress)).toEqual(['unknown', 'unknown']);
    expect(harness.clock.now() - from).toBeLessThan(6 * secondMs);
    expect(runs.asks).toHaveLength(2);
  });

  it('outlives a probe that throws', async () => {
    const harness = await settledHarness();
    const runs = new ProbedRuns(harness, () => {
      throw new Error('a mistake of ours');
    });

    expect(await runs.run()).toMatchObject({ outcome: 'settled', zones: [{ egress: 'unknown' }, {}] });
  });
});

describe('a run', () => {
  it('about somebody else’s instance asks no probe', async () => {
    const harness = await settledHarness();
    const runs = new ProbedRuns(harness, honestProbe(harness));
    const report = await runs.run(stateChange(harness, 'i-0123456789abcdef0', 'terminated'));

    expect(report).toMatchObject({ outcome: 'ignored', calls: { describe: 1 } });
    expect(runs.asks).toEqual([]);
  });

  it('whose requests fail now and then asks until one passes, and looks no more often', async () => {
    const harness = await settledHarness();
    let asked = 0;
    const runs = new ProbedRuns(harness, (zone, about) => {
      asked += zone.name === 'a' ? 1 : 0;
      return zone.name === 'a' && asked < 3 ? anOutcome(false, []) : honestProbe(harness)(zone, about);
    });
    const report = await runs.run();

    expect(report).toMatchObject({ outcome: 'settled', calls: { mutating: 0 } });
    expect(runs.asks.filter(({ zone }) => zone === 'a')).toHaveLength(3);
    const [first, second] = runs.asks.filter(({ zone }) => zone === 'a').map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBe(secondMs);
    expect(runs.asks.filter(({ zone }) => zone === 'b')).toHaveLength(1);
    expect(report.calls.describe).toBe(12);
  });

  it('does not let a dead primary wait for a probe', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(5 * secondMs);
    const runs = new ProbedRuns(harness, honestProbe(harness), 3 * secondMs);
    const from = harness.sim.calls.length;
    const startedAt = harness.clock.now();
    await runs.run(stateChange(harness, dead, 'terminated'));
    const launch = harness.sim.calls.slice(from).find(({ name }) => name === 'RunInstances');

    const cutover = harness.sim.calls.slice(from).find(({ name }) => name === 'ReplaceRoute');

    // The answers come after three seconds.
    expect((cutover?.sentAt ?? Number.POSITIVE_INFINITY) - startedAt).toBeLessThan(secondMs);
    expect((launch?.sentAt ?? Number.POSITIVE_INFINITY) - startedAt).toBeLessThan(2 * secondMs);
  });

  inDepth('goes on after a failover until a request has passed', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(5 * secondMs);
    const runs = new ProbedRuns(harness, honestProbe(harness));
    await runs.run(stateChange(harness, dead, 'terminated'));
    const report = await runs.run();

    expect(report).toMatchObject({ outcome: 'settled' });
    expect(zoneOf(report, 'a').egress).toBe('passes');
    const about = runs.asks.filter(({ zone }) => zone === 'a').map(({ at }) => at);
    // What was asked before the traffic had moved is not counted: it is asked anew at once.
    expect(about.length).toBeGreaterThan(8);
    expect(about.length).toBeLessThan(60);
    expect(report.calls.describe).toBeLessThan(100);
  });

  it('carries out an operator’s command without asking', async () => {
    const harness = await settledHarness();
    const runs = new ProbedRuns(harness, honestProbe(harness));
    await runs.run({ action: 'pause', zone: 'a' });

    expect(runs.asks).toEqual([]);
    expect(mutations(harness)).toContain('CreateTags');
  });

  it('knows egress where an operator asks for the status', async () => {
    const harness = await settledHarness();
    const runs = new ProbedRuns(harness, honestProbe(harness));

    expect(zoneOf(await runs.run({ action: 'status' }), 'a').egress).toBe('passes');
    expect(zoneOf(await runs.run({ action: 'rebuild', zone: 'a', dryRun: true }), 'a').egress).toBe('passes');
  });
});

describe('questions', () => {
  const failing: FakeProbe = (_zone, about) =>
    anOutcome(
      false,
      about.map(({ instanceId }) => ({ instanceId, health: undefined })),
    );

  it('are never more than two at a time under way to a probe, whose every answer takes its time-out', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    const runs = new ProbedRuns(harness, failing, 4.9 * secondMs);
    const from = harness.clock.now();
    await runs.run();

    expect(runs.mostPending.get('a')).toBe(2);
    // And yet a run is long enough for a proof.
    const launch = harness.sim.calls.find(({ name, sentAt }) => name === 'RunInstances' && sentAt > from);
    expect((launch?.sentAt ?? Number.POSITIVE_INFINITY) - from).toBeLessThan(45 * secondMs);
  });

  it('are never more than three where the traffic has just moved', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    const runs = new ProbedRuns(harness, failing, 4.9 * secondMs);
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(5 * secondMs);
    await runs.run(stateChange(harness, dead, 'terminated'));

    expect(runs.mostPending.get('a')).toBe(3);
  });

  it('are asked now and then of a zone that is well, while requests of another fail', async () => {
    const harness = await settledHarness({ vpc: { zones: 2 } });
    const honest = honestProbe(harness);
    const runs = new ProbedRuns(harness, (zone, about) =>
      zone.name === 'a' ? failing(zone, about) : honest(zone, about),
    );
    const from = harness.clock.now();
    await runs.run();
    const launch = harness.sim.calls.find(({ name, sentAt }) => name === 'RunInstances' && sentAt > from);
    const before = runs.asks.filter(({ at }) => at < (launch?.sentAt ?? 0));

    // Whether it fails elsewhere too tells where the trouble is.
    expect(before.filter(({ zone }) => zone === 'a').length).toBeGreaterThanOrEqual(15);
    expect(before.filter(({ zone }) => zone === 'b')).toHaveLength(3);
  });

  inDepth('are at most so many in a run of a minute, however long nothing is decided', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    const runs = new ProbedRuns(harness, failing);
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(5 * secondMs);
    await runs.run(stateChange(harness, dead, 'terminated'));
    const from = runs.asks.length;
    // Its instance is young and has not said that it forwards: it is given the time to boot.
    await runs.run();

    // Some are kept for after a move.
    expect(runs.asks.length - from).toBe(runLimits.questions - 10);
  });
});
