import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inputGroups, zoneParameter } from '../../../scripts/deploy-inputs.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read } from '../../../scripts/template-value.ts';
import {
  quote,
  renderParameters,
  renderVariables,
  snakeCase,
  terraformNaming,
} from '../../../scripts/terraform-variables.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const template = parseTemplate(fileOf('template.yaml'));
const names = entriesOf(read(template, ['Parameters'])).map(([name]) => name);
const variables = fileOf('deploy/terraform/variables.tf');

describe("the Terraform module's variables", () => {
  it('are what `npm run terraform:variables` writes', () => {
    expect(variables).toBe(renderVariables(template));
    expect(fileOf('deploy/terraform/parameters.tf')).toBe(renderParameters(template));
  });

  it('are all parameters that are not of a zone', () => {
    const inputs = inputGroups(template, terraformNaming).flatMap((group) => group.inputs);

    expect(inputs.map(({ parameter }) => parameter).toSorted()).toEqual(
      names.filter((name) => !zoneParameter.test(name)).toSorted(),
    );
    expect(new Set(inputs.map(({ name }) => name)).size).toBe(inputs.length);
  });

  it('speak of one another by their own names', () => {
    const descriptions = variables.match(/description *= .*/g) ?? [];

    expect(descriptions.length).toBeGreaterThan(30);
    for (const name of names.filter((name) => /[a-z][A-Z]/.test(name))) {
      expect(descriptions.filter((line) => line.includes(name))).toEqual([]);
    }
    expect(variables).not.toMatch(/separated by commas|\bon: a Lambda/);
  });

  it.each([
    ['VpcId', 'vpc_id'],
    ['MaxInstanceAgeDays', 'max_instance_age_days'],
    ['VolumeGiB', 'volume_gi_b'],
  ])('of %s would be %s', (parameter, name) => {
    expect(snakeCase(parameter)).toBe(name);
  });
});

describe('a text in HCL', () => {
  it('is no template', () => {
    expect(['$', '%'].map((sign) => quote(`a "${sign}{b}" \\d`))).toEqual([
      '"a \\"$$' + '{b}\\" \\\\d"',
      '"a \\"%%{b}\\" \\\\d"',
    ]);
  });
});
