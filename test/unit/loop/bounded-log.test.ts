import { describe, expect, it } from 'vitest';
import { runLimits } from '../../../shared/core/model/worst-day.ts';
import { boundedLog } from '../../../shared/loop/bounded-log.ts';

function logged() {
  const lines: { readonly message: string; readonly fields: object }[] = [];
  const log = boundedLog((_level, message, fields) => lines.push({ message, fields }));
  return { log, lines };
}

describe('the log of one run', () => {
  it('is cut before its limit, once and said, and keeps room for the report', () => {
    const { log, lines } = logged();
    const step = { text: 'ü'.repeat(5_000) };
    for (let nth = 0; nth < 100; nth += 1) log('info', 'step', step);
    const report = { report: 'x'.repeat(60_000) };
    log('info', 'report', report);

    expect(Buffer.byteLength(JSON.stringify(lines))).toBeLessThan(runLimits.logBytes);
    expect(lines.slice(-3)).toEqual([
      { message: 'step', fields: step },
      { message: 'further lines of this run are left out', fields: {} },
      { message: 'report', fields: report },
    ]);
    expect(lines.filter(({ message }) => message === 'step').length).toBeGreaterThan(4);
  });

  it('says how long a report was that has no room', () => {
    const { log, lines } = logged();
    log('error', 'report', { report: 'x'.repeat(runLimits.logBytes) });

    expect(lines).toEqual([
      { message: 'report left out', fields: { bytes: expect.any(Number), mostBytes: 65_536 } },
    ]);
  });
});
