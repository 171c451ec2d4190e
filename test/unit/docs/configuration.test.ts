import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderConfiguration } from '../../../scripts/configuration.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const template = parseTemplate(fileOf('template.yaml'));
const page = fileOf('docs/configuration.md');
const parameters = entriesOf(read(template, ['Parameters']));

/** The page of one parameter, `Size`. */
function pageOf(parameter: Readonly<Record<string, unknown>>, names: readonly string[] = ['Size']): string {
  const rows = names.map(
    (name) => ({ name, label: name, type: 'String', default: '', change: 'next run' }) as const,
  );
  const template = { Parameters: { Size: { Description: 'How big', ...parameter } } };
  return renderConfiguration(template, [{ label: 'Sizes', parameters: rows }]);
}

describe("the template's parameters", () => {
  it.each(parameters.filter(([, parameter]) => readIfThere(parameter, ['AllowedPattern']) !== undefined))(
    '%s has words for its pattern',
    (_name, parameter) => {
      expect(readIfThere(parameter, ['ConstraintDescription'])).toMatch(/\w/);
    },
  );
});

describe('docs/configuration.md', () => {
  it('is what `npm run docs:configuration` writes', () => {
    expect(page).toBe(renderConfiguration(template));
  });

  const names = parameters.map(([name]) => name);

  it('tells what a change of each does, and speaks of no other', () => {
    const [, changes = ''] = page.split('## Changing a parameter later');
    const spokenOf = [...changes.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, name]) => name ?? '');
    // What is said of zone a goes for the others.
    const expected = names.filter((name) => !/^Zone[B-Z]/.test(name));

    expect(spokenOf.filter((name) => !names.includes(name))).toEqual([]);
    expect(expected.filter((name) => !spokenOf.includes(name))).toEqual([]);
  });
});

describe('a row of the page', () => {
  it.each([
    [
      { Type: 'Number', MinValue: 1, MaxValue: 9, Default: 4 },
      '| `Size` | a number, 1 to 9 | `4` | How big |',
    ],
    [{ Type: 'Number', MinValue: 1 }, '| `Size` | a number, 1 or more | **required** | How big |'],
    [{ Type: 'Number', MaxValue: 9 }, '| `Size` | a number, at most 9 | **required** | How big |'],
    [{ Type: 'Number', AllowedValues: [1, 3], Default: 0 }, '| `Size` | `1`, `3` | `0` | How big |'],
    [{ Type: 'String', Default: '' }, '| `Size` | text | empty | How big |'],
    [
      { Type: 'String', AllowedPattern: '^[SML]$', ConstraintDescription: 'S, M or L' },
      '| `Size` | S, M or L | **required** | How big |',
    ],
    [
      { Type: 'CommaDelimitedList', AllowedPattern: '^[SML]$', ConstraintDescription: 'S, M or L' },
      '| `Size` | S, M or L | **required** | How big |',
    ],
    [
      { Type: 'String', Description: 'One of a|b, such as *' },
      '| `Size` | text | **required** | One of a\\|b, such as \\* |',
    ],
  ])('of %j', (parameter, row) => {
    expect(pageOf(parameter).split('\n')).toContain(row);
  });

  it.each<[string, () => string, string]>([
    ['a parameter in no group', () => pageOf({ Type: 'String' }, []), 'parameters.ts has no Size'],
    [
      'a group of what is not there',
      () => pageOf({ Type: 'String' }, ['Size', 'Colour']),
      'no Parameters.Colour',
    ],
    [
      'a type without words',
      () => pageOf({ Type: 'AWS::EC2::Volume::Id' }),
      'Size is of type AWS::EC2::Volume::Id',
    ],
  ])('is not made for %s', (_case, make, message) => {
    expect(make).toThrow(message);
  });
});
