import { readFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';
import { describe, expect, it } from 'vitest';
import { amountText, made } from '../../../../cli/cost/compare-costs.ts';
import { pricesFor } from '../../../../cli/cost/prices.ts';
import { priceWorstDay, type WorstDay, worstDayText } from '../../../../cli/cost/worst-day.ts';
import { parseTemplate } from '../../../../scripts/parse-template.ts';
import { read } from '../../../../scripts/template-value.ts';
import { runLimits, worstDay } from '../../../../shared/core/model/worst-day.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../../${name}`, import.meta.url), 'utf8');
const prices = pricesFor('us-east-1');

function readmeTable(): string {
  const { schedule, events } = priceWorstDay(prices);
  const row = (label: string, day: WorstDay) => [
    label,
    amountText(day.lambdaSeconds, 0),
    amountText(day.calls, 0),
    `${amountText(day.logBytes / 2 ** 30, 2)} GB`,
    amountText(day.usd, 2),
    amountText(day.questions, 0),
    amountText(day.usdForEachProbe, 2),
  ];
  return markdownTable(
    [
      ['at most', 'Lambda seconds', 'EC2 calls', 'log', 'USD', "each probe's answers", 'USD'],
      row(`a day of the schedule, ${amountText(schedule.runs, 0)} runs`, schedule),
      row(`each further ${amountText(events.runs, 0)} instance events`, events),
    ],
    // No wider than the rule: the README's tables are not aligned.
    { stringLength: () => 3 },
  );
}

describe('the worst day', () => {
  it('is a run a minute and one for each event, each at its limits', () => {
    expect(worstDay(60)).toEqual({
      runs: 1_500,
      lambdaSeconds: 1_500 * runLimits.seconds,
      calls: 1_500 * runLimits.calls,
      logBytes: 1_500 * runLimits.logBytes,
      questions: 1_500 * runLimits.questions,
    });
  });

  it('rests on what the template says: time-out, memory, schedule, no second try', () => {
    const template = parseTemplate(fileOf('template.yaml'));
    const controller = ['Resources', 'Controller', 'Properties'];
    expect(read(template, [...controller, 'Timeout'])).toBe(runLimits.seconds);
    expect(read(template, ['Globals', 'Function', 'MemorySize'])).toBe(runLimits.memoryGb * 1024);
    expect(made.lambdaGb).toBe(runLimits.memoryGb);
    for (const probe of ['ProbeA', 'ProbeB', 'ProbeC']) {
      const properties = ['Resources', probe, 'Properties'];
      expect(read(template, [...properties, 'Timeout'])).toBe(runLimits.secondsPerQuestion);
      expect(read(template, [...properties, 'MemorySize'])).toBe(runLimits.probeMemoryGb * 1024);
    }
    expect(made.probeGb).toBe(runLimits.probeMemoryGb);
    expect(read(template, [...controller, 'EventInvokeConfig', 'MaximumRetryAttempts'])).toBe(0);
    expect(fileOf('template.yaml').match(/ScheduleExpression: (.*)/g)).toEqual([
      'ScheduleExpression: rate(1 minute)',
    ]);
  });

  it('costs what Lambda and the log take', () => {
    const { schedule, events } = priceWorstDay(prices);
    // 86,400 s x 0.5 GB x 0.0000133334 + 1,440 requests + 180 MiB x 0.5 USD/GB
    expect([schedule.usd, events.usd]).toEqual([0.66, 0.46]);
    // 57,600 answers x (4 s x 0.25 GB x 0.0000133334 + 0.0000002)
    expect([schedule.usdForEachProbe, events.usdForEachProbe]).toEqual([0.78, 0.54]);
    expect(worstDayText(prices)).toContain(
      "1,440 runs, 86,400 Lambda seconds and 0.18 GB of log, 0.66 USD for each stack, and 57,600 questions to each zone's probe, 0.78 USD;",
    );
  });

  it('is in the README as it is computed', () => {
    expect(fileOf('README.md')).toContain(readmeTable());
  });
});
