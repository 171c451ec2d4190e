import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cdkNaming, renderOptions } from '../../../scripts/cdk-options.ts';
import { inputGroups, zoneParameter } from '../../../scripts/deploy-inputs.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read } from '../../../scripts/template-value.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const template = parseTemplate(fileOf('template.yaml'));
const names = entriesOf(read(template, ['Parameters'])).map(([name]) => name);
const options = fileOf('deploy/cdk/lib/options.ts');

describe("the CDK construct's options", () => {
  it('are what `npm run cdk:options` writes', () => {
    expect(options).toBe(renderOptions(template));
  });

  it('are all parameters but those that the construct knows by itself', () => {
    const given = [...options.matchAll(/^ {4}([A-Z]\w+): values\./gm)].map(([, name]) => name);

    expect(given.toSorted()).toEqual(
      names.filter((name) => name !== 'VpcId' && !zoneParameter.test(name)).toSorted(),
    );
  });

  it('speak of one another by their own names', () => {
    const comments = options.match(/^ {3}\* .*/gm) ?? [];

    expect(comments.length).toBeGreaterThan(60);
    for (const name of names.filter((name) => /[a-z][A-Z]/.test(name))) {
      expect(comments.filter((line) => new RegExp(`\\b${name}\\b`).test(line))).toEqual([]);
    }
  });
});

describe('an input of another tool', () => {
  const inputs = inputGroups(template, cdkNaming).flatMap((group) => group.inputs);
  const kindOf = (name: string) => inputs.find(({ parameter }) => parameter === name)?.kind;

  it.each([
    ['Probe', 'switch'],
    ['Watch', 'text'],
    ['Tags', 'tags'],
    ['VolumeGiB', 'number'],
    ['LogRetentionDays', 'number'],
    ['InstanceTypes', 'list'],
    ['VpcId', 'text'],
  ])('for %s is a %s', (parameter, kind) => {
    expect(kindOf(parameter)).toBe(kind);
  });

  it('says of a switch in which way it is set', () => {
    const [handOver, standIn] = ['HandOverSeconds', 'StandIn'].map((name) =>
      inputs.find(({ parameter }) => parameter === name),
    );

    expect(handOver?.description).toContain('with standIn: true and several zones');
    expect(standIn?.description).toMatch(/^true: with several zones/);
    expect(standIn?.description).toContain('false: a zone without an instance waits');
  });
});
