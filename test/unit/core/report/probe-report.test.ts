import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../../../shared/core/model/reading.ts';
import { probeReport } from '../../../../shared/core/report/probe-report.ts';
import { now } from '../a-snapshot.ts';
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
