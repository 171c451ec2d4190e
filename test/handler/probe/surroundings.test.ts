import { describe, expect, it } from 'vitest';
import type { ProbeOutcome } from '../../../shared/core/model/reading.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';
import { aHealth, anOutcome, honestProbe, ProbedRuns } from './probed-run.ts';

/** The requests by name fail for want of an address; those by address pass, or there are none. */
function withoutNames(outcome: ProbeOutcome, hasAddress: boolean): ProbeOutcome {
  if (outcome.kind === 'unknown') return outcome;
  const why = 'getaddrinfo EAI_AGAIN one.example';
  const byName = { target: 'https://one.example/', tookMs: 5, result: { kind: 'failed', why } as const };
  const byAddress = {
    target: 'https://1.1.1.1/',
    tookMs: 9,
    result: { kind: 'answered', status: 200 } as const,
  };
  return {
    kind: 'answered',
    answer: { ...outcome.answer, targets: hasAddress ? [byName, byAddress] : [byName] },
  };
}

describe('a zone in whose probe subnet no name is resolved', () => {
  it.each([
    [true, 'passes', 'names-unresolved'],
    [false, 'fails', 'upstream-trouble'],
  ])(
    'has nothing launched or moved for it, and says so (one target needs no name: %s)',
    async (hasAddress, egress, code) => {
      const harness = await settledHarness();
      const honest = honestProbe(harness);
      const runs = new ProbedRuns(harness, (zone, about) => withoutNames(honest(zone, about), hasAddress));
      const from = harness.sim.calls.length;
      await runs.runs(6);
      const report = await runs.run();

      expect(mutations(harness, from)).toEqual([]);
      expect(zoneOf(report, 'a')).toMatchObject({ health: 'healthy', egress });
      expect(zoneOf(report, 'a').findings.map((finding) => finding.code)).toContain(code);
      expect(report.outcome).toBe('attention');
    },
  );
});

describe('a probe that comes and goes', () => {
  const refusing = (why: string): ProbeOutcome => ({ kind: 'unknown', why });

  it.each([
    ['is gone already, when Probe is switched off', 'ResourceNotFoundException: it is gone'],
    ['is being connected to the VPC, when Probe is switched on', 'ResourceConflictException: Pending'],
    ['is being replaced', 'ResourceConflictException: an update is in progress'],
  ])('%s: nothing is changed, and the zone is told as far as EC2 can tell', async (_when, why) => {
    const harness = await settledHarness();
    const runs = new ProbedRuns(harness, () => refusing(why));
    const from = harness.sim.calls.length;
    await runs.runs(3);
    const report = await runs.run();

    expect(mutations(harness, from)).toEqual([]);
    expect(report.outcome).toBe('settled');
    expect(zoneOf(report, 'a')).toMatchObject({
      health: 'healthy',
      egress: 'unknown',
      probe: { unknown: expect.stringContaining(why) },
    });
  });

  it('keeps no dead instance from being replaced', async () => {
    const harness = await settledHarness();
    const old = primaryOf(harness, 'a');
    const runs = new ProbedRuns(harness, () => refusing('ResourceConflictException: Pending'));
    harness.sim.terminateInstance(old);
    await harness.clock.runFor(2 * secondMs);
    await runs.runs(2);

    expect(runs.primaryOf('a')).not.toBe(old);
  });

  inDepth('that is back decides from then on, and what was unknown counts for nothing', async () => {
    const harness = await settledHarness();
    const honest = honestProbe(harness);
    const runs = new ProbedRuns(harness, () => refusing('ResourceConflictException: Pending'));
    await runs.runs(2);
    runs.probe = honest;
    const report = await runs.run();

    expect([report.outcome, zoneOf(report, 'a').egress]).toEqual(['settled', 'passes']);
  });
});

/** The settings with a probe in each zone, or without any. */
function zonesOf({ settings }: Harness, probe: 'on' | 'off'): Settings['zones'] {
  return settings.zones.map(({ probe: _former, ...zone }) =>
    probe === 'on' ? { ...zone, probe: `phoenat-Probe${zone.name.toUpperCase()}` } : zone,
  );
}

describe('an update that switches probes', () => {
  it.each([
    ['off', 'on'],
    ['on', 'off'],
  ] as const)('from %s to %s succeeds, replaces nothing, and is told from then on', async (before, after) => {
    const harness = await settledHarness({ probe: before });
    const stack = new StackHarness(harness);
    await stack.create();
    const instances = ['a', 'b'].map((name) => primaryOf(harness, name));
    const from = harness.sim.calls.length;
    const answer = await stack.update({ zones: zonesOf(harness, after) });
    const report = await harness.invoke(harness.scheduledEvent());

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(mutations(harness, from)).toEqual([]);
    expect([report.outcome, ...['a', 'b'].map((name) => primaryOf(harness, name))]).toEqual([
      'settled',
      ...instances,
    ]);
    expect(zoneOf(report, 'a').egress).toBe(after === 'on' ? 'passes' : undefined);
  });

  inDepth('to on fails where no request passes, with the reason, and changes nothing', async () => {
    const harness = await settledHarness();
    const stack = new StackHarness(harness);
    await stack.create();
    harness.sim.loseUpstream([harness.topology.zones[0]?.publicSubnetId ?? '']);
    const from = harness.sim.calls.length;
    const answer = await stack.update({ zones: zonesOf(harness, 'on') });

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/zone a .*no request/);
    expect(mutations(harness, from).filter((name) => name === 'RunInstances')).toEqual([]);
  });
});

describe('an allow-list that lets none of the default targets through', () => {
  it('is refused by the deployment, with what to do, and changes nothing', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const stack = new StackHarness(harness);
    await stack.create();
    const { egress } = harness.settings;
    const allowList = [{ cidr: '198.51.100.0/24', protocol: 'tcp', port: 443 }] as const;
    const from = harness.sim.calls.length;
    const answer = await stack.update({ egress: { ...egress, allowList } });

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/ProbeTargets: .*an HTTPS address that .* lets through.*or Probe=off/);
    expect(mutations(harness, from)).toEqual([]);
  });
});

describe.each(everyCase([9], [-9]))(
  "a Lambda function whose clock is %i s off EC2's, too little to be told",
  (offsetSeconds) => {
    const clockAheadMs = offsetSeconds * secondMs;

    it('with a probe heals a dead instance, and tells an outage that is no shorter than none', async () => {
      const harness = await settledHarness();
      const old = primaryOf(harness, 'a');
      const runs = new ProbedRuns(harness, honestProbe(harness));
      runs.clockAheadMs = clockAheadMs;
      harness.sim.terminateInstance(old);
      await harness.clock.runFor(5 * secondMs);
      await runs.runs(3);
      const outages = runs.reports.flatMap(({ zones }) => zones.flatMap(({ outageMs }) => outageMs ?? []));

      expect(runs.primaryOf('a')).not.toBe(old);
      expect(outages.every((ms) => ms >= 0 && ms < 3 * minuteMs)).toBe(true);
      expect(zoneOf(await runs.run(), 'a')).toMatchObject({ health: 'healthy', egress: 'passes' });
    });

    it('replaces an instance that says that it does not forward, and no other', async () => {
      const harness = await settledHarness();
      const old = primaryOf(harness, 'a');
      const kept = primaryOf(harness, 'b');
      const honest = honestProbe(harness);
      const runs = new ProbedRuns(harness, (zone, about) =>
        zone.name === 'a' &&
        about.some(({ instanceId }) => instanceId === old) &&
        runs.primaryOf('a', old) === old
          ? anOutcome(
              false,
              about.map(({ instanceId }) => ({
                instanceId,
                health: instanceId === old ? aHealth({ ready: false, forwarding: false }) : aHealth(),
              })),
            )
          : honest(zone, about),
      );
      runs.clockAheadMs = clockAheadMs;
      await runs.runs(4);

      expect([runs.primaryOf('a') === old, runs.primaryOf('b')]).toEqual([false, kept]);
    });
  },
);
