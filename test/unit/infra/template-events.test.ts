import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { watchEvent } from '../../../shared/events/watch-event.ts';
import { Deploying } from '../../template/deployment.ts';

const source = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));
const template = new Deploying(source, { parameters: {}, attributes: {} });
const rules = entriesOf(read(source, ['Resources'])).flatMap(([name, rule]) =>
  readIfThere(rule, ['Properties', 'EventPattern']) === undefined
    ? []
    : [{ name, pattern: template.at('Resources', name, 'Properties', 'EventPattern') }],
);

/**
 * As EventBridge matches, as far as the template goes: every field, by value or by prefix, and one side of an $or. AWS's
 * own matcher, Event Ruler 2.1.0, decides each event below alike.
 */
function matches(pattern: unknown, event: unknown): boolean {
  if (!Array.isArray(pattern)) {
    return entriesOf(pattern).every(([key, inner]) =>
      key === '$or' && Array.isArray(inner)
        ? inner.some((side) => matches(side, event))
        : matches(inner, readIfThere(event, [key])),
    );
  }
  return pattern.some((item) => {
    const prefix = readIfThere(item, ['prefix']);
    return typeof prefix === 'string'
      ? typeof event === 'string' && event.startsWith(prefix)
      : item === event;
  });
}

function wokenBy(event: unknown): string[] {
  return rules.filter(({ pattern }) => matches(pattern, event)).map(({ name }) => name);
}

/** An event as AWS documents it, with other values in its detail. */
function example(file: string, detail: Readonly<Record<string, string>> = {}): unknown {
  const url = new URL(`../../fixtures/events/${file}.json`, import.meta.url);
  const event: unknown = JSON.parse(readFileSync(url, 'utf8'));
  const details = Object.fromEntries(entriesOf(readIfThere(event, ['detail'])));
  return { ...Object.fromEntries(entriesOf(event)), detail: { ...details, ...detail } };
}

describe('the events that wake the controller', () => {
  it.each(['running', 'stopping', 'stopped', 'shutting-down', 'terminated'])('an instance is %s', (state) => {
    expect(wokenBy(example('state-change', { state }))).toEqual(['AwsEvents']);
  });

  it.each(['spot-interruption', 'rebalance'])('EC2 announces a %s', (file) => {
    expect(wokenBy(example(file))).toEqual(['AwsEvents']);
  });

  it('AWS Health retires an instance', () => {
    expect(wokenBy(example('health-retirement'))).toEqual(['AwsEvents']);
  });

  it.each(['alarm-of-one-instance', 'composite-alarm'])('%s, with the name of the stack in front', (file) => {
    expect(wokenBy(example(file, { alarmName: 'phoenat-nat-a' }))).toEqual(['AwsEvents']);
  });
});

/** As EventBridge hands it over: it sets the account. */
function alarm(changes: object = {}, stack = 'phoenat'): object {
  const { source, detailType } = watchEvent;
  return { source, 'detail-type': detailType, account: '123456789012', detail: { stack }, ...changes };
}

describe('the alarms of a watch', () => {
  it('wake the controller of their own stack alone', () => {
    expect(wokenBy(alarm())).toEqual(['WatchAlarms']);
    expect(wokenBy(alarm({}, 'phoenat-2'))).toEqual([]);
    expect(wokenBy(alarm({ account: '210987654321' }))).toEqual([]);
    expect(wokenBy(alarm({ 'detail-type': 'EC2 Instance State-change Notification' }))).toEqual([]);
  });
});

describe('the events that do not', () => {
  it.each([
    ['an instance that is only pending', example('state-change', { state: 'pending' })],
    ['trouble of another service', example('health-retirement', { service: 'RDS' })],
    ['an alarm of something else', example('alarm-of-one-instance', { alarmName: 'web-latency' })],
    [
      'an alarm of a stack whose name begins alike',
      example('composite-alarm', { alarmName: 'phoenatural-a' }),
    ],
  ])('%s', (_case, event) => {
    expect(wokenBy(event)).toEqual([]);
  });
});
