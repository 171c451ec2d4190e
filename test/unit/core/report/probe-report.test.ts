import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../../../shared/core/model/reading.ts';
import { probeReport } from '../../../../shared/core/report/probe-report.ts';
import { readingFindings } from '../../../../shared/core/report/zone-readings.ts';
import { diagnoseAndPlan, now, snapshotOf, zoneName } from '../a-snapshot.ts';
import { anAnswer, aReading, noReading } from '../some-readings.ts';

const answer: ProbeAnswer = {
  targets: [
    { target: 'https://one.example/', tookMs: 120.4, result: { kind: 'answered', status: 200 } },
    { target: 'https://two.example/', tookMs: 83.6, result: { kind: 'answered', status: 403 } },
    { target: 'https://three.example/', tookMs: 12, result: { kind: 'failed', why: 'reset' } },
  ],
  publicIp: '203.0.113.1',
  instances: [],
};

describe('what the probe said', () => {
  it('is nothing where there is none, and nothing yet where it has not answered', () => {
    expect(probeReport(undefined)).toBeUndefined();
    expect(probeReport([])).toEqual({});
    expect(probeReport([noReading(now)])).toEqual({ unknown: 'throttled' });
  });

  it('is told of each target, with the time of the quickest that answered', () => {
    expect(probeReport([aReading(anAnswer(false), now - 5_000), aReading(answer, now - 100)])).toEqual({
      at: new Date(now).toISOString(),
      latencyMs: 84,
      seenAs: '203.0.113.1',
      targets: [
        { target: 'https://one.example/', tookMs: 120, status: 200 },
        { target: 'https://two.example/', tookMs: 84, status: 403 },
        { target: 'https://three.example/', tookMs: 12, failed: 'reset' },
      ],
    });
  });

  it('has no time where nothing passed, and is kept where the probe then fell silent', () => {
    const report = probeReport([aReading(anAnswer(false), now - 5_000), noReading(now)]);

    expect(report?.latencyMs).toBeUndefined();
    expect([report?.at, report?.unknown]).toEqual([new Date(now - 4_900).toISOString(), 'throttled']);
  });
});

describe('names that are not resolved', () => {
  const byName = (why: string) => ({
    target: 'https://one.example/',
    tookMs: 5,
    result: { kind: 'failed', why } as const,
  });
  const byAddress = (passes: boolean) => ({
    target: 'https://1.1.1.1/',
    tookMs: 5,
    result: passes
      ? ({ kind: 'answered', status: 200 } as const)
      : ({ kind: 'failed', why: 'reset' } as const),
  });
  const told = (...targets: ProbeAnswer['targets']) => {
    const readings = new Map([[zoneName('a'), [aReading({ targets, instances: [] }, now - 200)]]]);
    const { diagnosisOfA } = diagnoseAndPlan({ ...snapshotOf(), readings });
    return readingFindings(diagnosisOfA, now).map(({ code }) => code);
  };

  it.each<[string, readonly string[], ProbeAnswer['targets']]>([
    [
      'are told where packets pass',
      ['names-unresolved'],
      [byName('getaddrinfo ENOTFOUND x'), byAddress(true)],
    ],
    [
      'are told where the resolver does not answer',
      ['names-unresolved'],
      [byName('no answer within 1500 ms: its name has not been resolved'), byAddress(true)],
    ],
    ['are no news where they are resolved and nobody answers', [], [byName('reset'), byAddress(true)]],
    ['are no news where one is', [], [byName('getaddrinfo ENOTFOUND x'), byName('reset'), byAddress(true)]],
    ['are no news where there are only names', [], [byName('getaddrinfo ENOTFOUND x')]],
    ['are no news where there are none', [], [byAddress(true)]],
  ])('%s', (_what, codes, targets) => {
    expect(told(...targets)).toEqual(codes);
  });
});
