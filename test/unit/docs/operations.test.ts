import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { seriousCodes } from '../../../shared/core/model/finding.ts';
import { Deploying } from '../../template/deployment.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const page = fileOf('docs/operations.md');
const template = parseTemplate(fileOf('template.yaml'));
const deployed = new Deploying(template, { parameters: {}, attributes: {} });

/** The words in backticks that begin the rows of the table under this header. */
function firstColumn(header: string): string[] {
  const [, after = ''] = page.split(header);
  const [table = ''] = after.split(/\n\s*\n/);
  return [...table.matchAll(/^\s*\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
  );
}

/** The text members of a union, from the source: types are gone when a test runs. */
function membersOf(file: string, type: string): string[] {
  const [, after = ''] = fileOf(file).split(`export type ${type} =`);
  const [declaration = ''] = after.split(';\n\n');
  const code = declaration.replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '');
  return [...code.matchAll(/'([a-z-]+)'/g)].map(([, member = '']) => member);
}

describe('the runbook', () => {
  it('has a section for every alarm that tells somebody', () => {
    // Those of zones have one section for all of them.
    const alarms = entriesOf(read(template, ['Resources'])).flatMap(([name, resource]) =>
      readIfThere(resource, ['Properties', 'AlarmActions']) !== undefined
        ? [
            String(deployed.at('Resources', name, 'Properties', 'AlarmName')).replace(
              /(?<=zone-down|too-small)-.$/,
              '',
            ),
          ]
        : [],
    );
    const sections = [...page.matchAll(/^### (phoenat-[a-z-]+)$/gm)].map(([, name]) => name);

    expect(sections).not.toEqual([]);
    expect(alarms.filter((name) => !sections.includes(name))).toEqual([]);
  });

  it('says what to do for every health but the good one', () => {
    const healths = membersOf('shared/core/diagnose/diagnose.ts', 'Health');

    expect(firstColumn('| health | what to do |').toSorted()).toEqual(
      healths.filter((health) => health !== 'healthy').toSorted(),
    );
  });

  it('speaks of findings that there are', () => {
    const codes = membersOf('shared/core/model/finding.ts', 'FindingCode');
    const spokenOf = firstColumn('| code | remedy |');

    expect(spokenOf).toContain('subnet-missing');
    expect(spokenOf.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('has a remedy for every finding that makes a run want a person', () => {
    const spokenOf = firstColumn('| code | remedy |');
    const serious = ['unreadable', ...seriousCodes];

    expect(serious.filter((code) => !spokenOf.includes(code))).toEqual([]);
  });
});
