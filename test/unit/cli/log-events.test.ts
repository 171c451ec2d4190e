import { describe, expect, it } from 'vitest';
import { parseEntry } from '../../../cli/log-events.ts';
import { matchesPattern } from '../../../simulator/harness/filter-pattern.ts';

const at = 1_795_401_703_000;
const failure = (line: object | string) => {
  const entry = parseEntry(typeof line === 'string' ? line : JSON.stringify(line), at);
  return entry?.kind === 'failure' ? [entry.run, entry.how, entry.text] : entry;
};
const timedOut = 'the run timed out; the next one continues';

describe('a line of the log', () => {
  it.each([
    [{ type: 'platform.report', record: { requestId: 'r1', status: 'timeout' } }, ['r1', 'ended', timedOut]],
    [
      { type: 'platform.report', record: { requestId: 'r1', status: 'error' } },
      ['r1', 'ended-somehow', 'the run ended with status error'],
    ],
    ['2026-11-23T03:00:00.000Z r1 Task timed out after 60.00 seconds', ['r1', 'ended', timedOut]],
    ['REPORT RequestId: r1\tDuration: 60000.00 ms\tStatus: timeout\n', ['r1', 'ended', timedOut]],
    [
      'REPORT RequestId: r1\tDuration: 1.00 ms\tStatus: error\tError Type: Runtime.ExitError\n',
      ['r1', 'ended-somehow', 'the run ended with an error'],
    ],
    [
      { level: 'ERROR', requestId: 'r1', message: 'Invoke Error', errorType: 'E', errorMessage: 'bad' },
      ['r1', 'ended', 'the run ended with E: bad'],
    ],
    [
      { level: 'ERROR', requestId: 'r1', message: { errorType: 'E', errorMessage: 'bad' } },
      ['r1', 'ended', 'the run ended with E: bad'],
    ],
    [
      { level: 'WARN', function_request_id: 'r1', message: 'metrics not sent', error: 'no answer' },
      ['r1', 'said', 'metrics not sent: no answer'],
    ],
    [
      { level: 'WARN', function_request_id: 1, requestId: 'r1', message: 'odd', error: {} },
      ['r1', 'said', 'odd'],
    ],
    [{ level: 'ERROR', requestId: 'r1', message: 'evil \u001b[2J' }, ['r1', 'said', 'evil \\u001b[2J']],
  ])('%j tells of a run', (line, told) => {
    expect(failure(line)).toEqual(told);
  });

  it.each([
    { type: 'platform.report', record: { requestId: 'r1', status: 'success' } },
    { type: 'platform.start', record: { requestId: 'r1' } },
    { level: 'INFO', message: 'hello' },
    { message: 'report', report: { outcome: 'settled' } },
    { level: 'WARN', message: 'step', zone: 'a', step: 'launch', result: { kind: 'done' } },
    'null',
    '[]',
    'START RequestId: r1 Version: $LATEST',
  ])('%j tells of nothing', (line) => {
    expect(failure(line)).toBeUndefined();
  });
});

describe('a filter pattern, as CloudWatch reads it', () => {
  const line = JSON.stringify({ message: 'step', calls: { mutating: 2 }, result: { kind: 'done' } });

  it.each([
    ['{ $.message = "step" }', true],
    ['{ $.message != "step" }', false],
    ['{ $.missing != "step" }', false],
    ['{ $.message = "no" || $.calls.mutating > 0 && $.result.kind = "done" }', true],
    ['{ ($.message = "step" || $.calls.mutating > 0) && $.result.kind = "failed" }', false],
    ['?"never" ?"mutating"', true],
    ['?"never"', false],
  ])('%s', (pattern, isMatch) => {
    expect(matchesPattern(pattern, line)).toBe(isMatch);
  });

  it.each(['{ $.message ~ "step" }', '{ ($.a = 1 }', 'word'])('%s is refused', (pattern) => {
    expect(() => matchesPattern(pattern, line)).toThrow('no filter pattern');
  });
});
