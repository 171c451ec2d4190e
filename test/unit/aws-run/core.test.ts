import { describe, expect, it } from 'vitest';
import { pricesFor } from '../../../cli/cost/prices.ts';
import { renderCost, totalUsd, upperBound } from '../../aws/core/cost.ts';
import { farEndTemplate } from '../../aws/core/far-end-template.ts';
import { gameDay } from '../../aws/core/game-day.ts';
import { type JournalEntry, objection, readJournal, writeEntry } from '../../aws/core/journal.ts';
import { namesOf, newRunName, parseRunName, runTag, stacksOf } from '../../aws/core/names.ts';
import { parseOptions, usage } from '../../aws/core/options.ts';

const run = newRunName(new Uint8Array([0, 1, 2, 3, 4, 250]));

describe('the name of a run', () => {
  it('is random, and known again', () => {
    expect(parseRunName(run)).toBe(run);
    expect(run).not.toBe(newRunName(new Uint8Array([9, 9, 9, 9, 9, 9])));
  });

  it.each([
    'phoenat',
    'phoenat-test-',
    'phoenat-test-abcdef-vpc',
    'phoenat-test-ABCDEF',
    'x-phoenat-test-abcdef',
  ])('is not %s', (text) => {
    expect(parseRunName(text)).toBeUndefined();
  });

  it('begins every name, of a bucket that is nobody else’s too', () => {
    const names = namesOf(run, '123456789012');

    expect(Object.values(names).every((name) => name.startsWith(run))).toBe(true);
    expect(names.bucket.length).toBeLessThanOrEqual(63);
    expect(stacksOf(names)).toEqual([`${run}-measuring`, run, `${run}-vpc`]);
  });
});

describe('the options', () => {
  it('are those of a whole run, where none is given', () => {
    expect(parseOptions([])).toMatchObject({
      yes: false,
      events: gameDay,
      limitMinutes: 120,
      cleanUp: false,
      asksPermissions: true,
    });
  });

  it('take some events, in the order of a run', () => {
    const options = parseOptions(['--only', 'rebuild,terminate', '--parameter', 'KeepConnections=all']);

    expect(options).toMatchObject({ events: [{ name: 'terminate' }, { name: 'rebuild' }] });
    expect(options === 'help' ? undefined : options.parameters).toEqual(
      new Map([['KeepConnections', 'all']]),
    );
  });

  it.each([
    [['--only', 'terminat'], '--only: unknown: "terminat"; known: terminate, stop'],
    [['--minutes', '5'], '--minutes "5": expected a whole number from 30 to 360'],
    [['--parameter', 'Tags=a=b'], '--parameter Tags: this run sets it itself'],
    [['--parameter', 'Probe'], 'expected NAME=VALUE'],
    [['--parameter', 'InstanceTypes=t4g.nano,m7g.metal'], 'what "m7g.metal" costs is not known here'],
    [['--run', run], '--run goes with --clean-up'],
    [['--clean-up', '--run', 'prod'], '--run "prod": a run’s name'.replace('’', "'")],
    [['--profil', 'x'], '--profil'],
    [['prod'], 'prod'],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(() => parseOptions(args)).toThrow(sentence);
  });

  it('are all in the help', () => {
    for (const name of [
      'profile',
      'region',
      'yes',
      'only',
      'parameter',
      'minutes',
      'report',
      'json',
      'clean-up',
      'run',
    ]) {
      expect(usage).toContain(`--${name}`);
    }
  });
});

describe('the cost', () => {
  const lines = upperBound(pricesFor('us-east-1'), 3);

  it('is some dollars for three hours, the Elastic IPs included', () => {
    expect(totalUsd(lines)).toBeGreaterThan(3);
    expect(totalUsd(lines)).toBeLessThan(5);
    expect(lines.map(({ item }) => item)).toContain('public IPv4, two of them Elastic IPs');
    expect(renderCost(lines)).toContain(totalUsd(lines).toFixed(2));
  });

  it('is that of the types and volumes that are asked for', () => {
    const usd = (...parameters: readonly [string, string][]) =>
      totalUsd(upperBound(pricesFor('us-east-1'), 3, new Map(parameters)));

    expect(usd(['InstanceTypes', 't4g.small'])).toBeGreaterThan(totalUsd(lines));
    expect(usd(['VolumeGiB', '100'])).toBeGreaterThan(totalUsd(lines));
    expect(usd(['Architecture', 'x86_64'])).toBeGreaterThan(totalUsd(lines));
  });

  it('grows with the hours', () => {
    expect(totalUsd(upperBound(pricesFor('us-east-1'), 7))).toBeGreaterThan(totalUsd(lines));
  });
});

describe('the stack that measures', () => {
  const template = JSON.parse(JSON.stringify(farEndTemplate(run, { farEnd: "print('x')" })));

  it('tags whatever can be found afterwards', () => {
    for (const name of ['Role', 'ClientGroup', 'FarEndGroup', 'FarEnd', 'Client']) {
      expect(template.Resources[name].Properties.Tags, name).toContainEqual({ Key: runTag, Value: run });
    }
  });

  it('lets in nobody but the two Elastic IPs', () => {
    const rules: { CidrIp: unknown }[] = template.Resources.FarEndGroup.Properties.SecurityGroupIngress;

    const addresses = ['AddressA', 'AddressB'].map((name) => ({ 'Fn::Sub': `\${${name}}/32` }));
    expect(rules.map(({ CidrIp }) => CidrIp)).toEqual(addresses.flatMap((address) => [address, address]));
  });
});

describe('the journal', () => {
  const begin: JournalEntry = {
    kind: 'begin',
    run,
    accountId: '123456789012',
    region: 'eu-central-1',
    host: 'here',
    pid: 42,
    at: '2026-11-28T03:00:00Z',
  };
  const making = (name: string): JournalEntry => ({ kind: 'making', what: 'stack', name });
  const text = (...entries: readonly JournalEntry[]) => entries.map(writeEntry).join('');
  const here = { accountId: '123456789012', region: 'eu-central-1', host: 'here', runs: () => false };

  it('has open what was begun and not removed', () => {
    const journal = readJournal(
      text(begin, making('a'), making('b'), { kind: 'removed', what: 'stack', name: 'a' }),
    );

    expect([journal.open, journal.isClean]).toEqual([['b'], false]);
  });

  it('loses no more than the line that a death cut off', () => {
    const whole = text(begin, making('a'), making('b'));

    expect(readJournal(whole.slice(0, -5)).open).toEqual(['a']);
  });

  it('is closed by a look that found nothing', () => {
    expect(readJournal(text(begin, making('a'), { kind: 'clean' })).isClean).toBe(true);
  });

  it.each(['', '{"kind":"clean"}\n', '{"kind":"begin","run":"prod"}\n'])('is not %j', (wrong) => {
    expect(() => readJournal(wrong)).toThrow('does not begin with the name of a run');
  });

  it.each([
    [
      { accountId: '999999999999' },
      'is in the account 123456789012, and these are credentials of 999999999999',
    ],
    [{ endpoint: 'http://127.0.0.1:5' }, 'is on AWS, and AWS_ENDPOINT_URL is http://127.0.0.1:5'],
    [{ region: 'us-east-1' }, 'add --region eu-central-1'],
    [{ runs: () => true }, 'is still at work here, as process 42'],
  ])('of a run that is elsewhere or at work is left alone: %j', (differs, sentence) => {
    expect(objection(readJournal(text(begin)), { ...here, ...differs })).toContain(sentence);
  });

  it('of a dead run here may be worked off', () => {
    expect(objection(readJournal(text(begin)), here)).toBeUndefined();
  });
});
