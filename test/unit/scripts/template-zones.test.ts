import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read } from '../../../scripts/template-value.ts';
import { withAllZones } from '../../../scripts/template-zones.ts';

const text = readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8');
const pattern = ' # and so for zones c to f';

describe('template.yaml', () => {
  it('has of zones c to f what it has of zone b: npm run template:zones writes it', () => {
    expect(text).toBe(withAllZones(text));
  });

  it('has nothing of zone b that is not marked, and so missing of the others', () => {
    const unmarked = withAllZones(text.replaceAll(pattern, ''));

    expect(unmarked).not.toMatch(/(?:Zone|Probe|AllocatesFor|Address)[C-F](?![a-z])/);
    for (const letter of ['C', 'D', 'E', 'F']) {
      expect(mentions(letter)).toBe(mentions('B'));
    }
  });

  it('stays within the limits of CloudFormation', () => {
    const template = parseTemplate(text);
    const count = (section: string) => entriesOf(read(template, [section])).length;

    expect(count('Parameters')).toBeLessThanOrEqual(200);
    expect(count('Outputs')).toBeLessThanOrEqual(200);
    // SAM makes some of its own.
    expect(count('Resources')).toBeLessThanOrEqual(450);
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
  });
});

function mentions(letter: string): number {
  const names = new RegExp(`(?:Zone|Probe|AllocatesFor|Address)${letter}(?![a-z])`, 'g');
  return text.match(names)?.length ?? 0;
}

describe('the other zones', () => {
  const lines = (...all: string[]) => `${all.join('\n')}\n`;

  it('are as zone b, down to what is indented below it, and nothing else', () => {
    const given = lines(
      'Top:',
      `  ZoneBAddress:${pattern}`,
      '    # zone b and HasZoneB, ProbeB.Arn',
      '    Name: nat-b',
      '  Other: Backbone',
    );
    const wanted = lines(
      '  ZoneDAddress: # as zone b',
      '    # zone d and HasZoneD, ProbeD.Arn',
      '    Name: nat-d',
    );

    expect(withAllZones(given)).toContain(wanted);
    expect(withAllZones(given)).toMatch(/ZoneFAddress: # as zone b\n.*\n.*nat-f\n {2}Other: Backbone\n$/);
  });

  it('are written anew where zone b was changed', () => {
    const given = lines(`ZoneB:${pattern}`, '  One: 1', '', `ProbeB:${pattern}`, '  Zone: b', '', 'End: 1');
    const changed = withAllZones(given).replace('One: 1', 'Two: 2');

    expect(withAllZones(changed)).toBe(withAllZones(given.replace('One: 1', 'Two: 2')));
    expect(withAllZones(changed)).not.toContain('One: 1');
  });

  it('are together where what is copied is', () => {
    const given = lines(`ZoneB1: 1${pattern}`, `ZoneB2: 2${pattern}`, 'End: 1');

    expect(withAllZones(given).replaceAll(/: .*/g, '').split('\n')).toEqual([
      ...['B', 'C', 'D', 'E', 'F'].flatMap((letter) => [`Zone${letter}1`, `Zone${letter}2`]),
      'End',
      '',
    ]);
  });
});
