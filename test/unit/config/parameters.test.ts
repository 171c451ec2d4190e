import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { parameterGroups, type Setting, settings, specOf } from '../../../shared/config/parameters.ts';
import { Problems } from '../../../shared/config/problems.ts';
import { someSettings } from '../core/a-snapshot.ts';

const template = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));
const groups = parameterGroups();
const parameters = groups.flatMap((group) => group.parameters);
const rows = Object.values<Setting<unknown>>(settings);
const variables = new Map(entriesOf(read(template, ['Globals', 'Function', 'Environment', 'Variables'])));

/** The template's parameters that a value of the template refers to. */
function parametersIn(value: unknown): string[] {
  const text = JSON.stringify(value);
  const named = [...text.matchAll(/"Ref":"(\w+)"|\$\{(\w+)\}/g)].map(([, ref, sub]) => ref ?? sub);
  return parameters.map(({ name }) => name).filter((name) => named.includes(name));
}

describe('template.yaml says of the parameters what the table says:', () => {
  it('their groups, and their order in them', () => {
    const console = read(template, ['Metadata', 'AWS::CloudFormation::Interface', 'ParameterGroups']);

    expect(console).toEqual(
      groups.map((group) => ({
        Label: { default: group.label },
        Parameters: group.parameters.map(({ name }) => name),
      })),
    );
  });

  it('their labels', () => {
    const console = read(template, ['Metadata', 'AWS::CloudFormation::Interface', 'ParameterLabels']);

    expect(console).toEqual(
      Object.fromEntries(parameters.map(({ name, label }) => [name, { default: label }])),
    );
  });

  it('which there are', () => {
    const names = entriesOf(read(template, ['Parameters'])).map(([name]) => name);

    expect(names.toSorted()).toEqual(parameters.map(({ name }) => name).toSorted());
  });

  it.each(parameters)('$name: type, default and limits, with a description', (parameter) => {
    const { name, type, setting } = parameter;
    const said = read(template, ['Parameters', name]);
    const range = setting?.takes.range;

    expect(readIfThere(said, ['Type'])).toBe(type);
    expect(readIfThere(said, ['Description'])).toMatch(/\w/);
    expect([readIfThere(said, ['MinValue']), readIfThere(said, ['MaxValue'])]).toEqual([
      range?.min,
      range?.max,
    ]);
    expect(readIfThere(said, ['Default'])?.toString()).toBe(parameter.default);
    if (range !== undefined) {
      expect(readIfThere(said, ['ConstraintDescription'])).toBe(
        `a whole number from ${range.min} to ${range.max}`,
      );
    }
  });

  it('which environment variables there are', () => {
    expect([...variables.keys()].toSorted()).toEqual(rows.map(({ variable }) => variable).toSorted());
  });

  it.each(rows.filter(({ parameter }) => parameter !== undefined))(
    'that $variable is $parameter',
    ({ variable, parameter = '', takes }) => {
      const ref = { Ref: parameter };

      expect(variables.get(variable)).toEqual(
        takes.type === 'CommaDelimitedList' ? { 'Fn::Join': [',', ref] } : ref,
      );
    },
  );

  it.each(rows.filter(({ parameter }) => parameter === undefined))(
    'that $variable is no single parameter',
    ({ variable }) => {
      const zoneParameters = parameters.map(({ name }) => name).filter((name) => /^Zone[A-Z]/.test(name));

      expect(parametersIn(variables.get(variable))).toEqual(
        variable === settings.zones.variable ? zoneParameters : [],
      );
    },
  );
});

describe('what the template lets through', () => {
  it.each(parameters.filter(({ setting }) => setting?.fallback !== undefined))(
    'of $name is what the functions read: its default, and each value that it offers',
    ({ name, setting }) => {
      const said = read(template, ['Parameters', name]);
      const values = [
        readIfThere(said, ['Default']),
        ...Object.values(readIfThere(said, ['AllowedValues']) ?? {}),
      ];
      const problems = new Problems();
      for (const value of values) setting?.takes.read(String(value), name, problems);

      expect(problems.found).toEqual([]);
    },
  );
});

describe('the spec', () => {
  it('is told by what replaces instances, in an order that stays: another order would replace all there are', () => {
    const wanted = someSettings({ instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/nat' });
    const { image, instanceTypes, securityGroupIds, instanceProfileArn, volumeGiB } = wanted;

    expect(specOf(wanted)).toEqual([image, instanceTypes, securityGroupIds, instanceProfileArn, volumeGiB]);
  });

  it('has a place for what is absent', () => {
    expect(specOf(someSettings())[3]).toBeNull();
  });
});
