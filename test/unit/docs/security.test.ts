import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { acceptedFindings } from '../../template/accepted-findings.ts';
import { entriesOf, read, readIfThere } from '../../template/deployment.ts';
import { parseTemplate } from '../../template/parse-template.ts';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/security.md', root), 'utf8');
const template = parseTemplate(readFileSync(new URL('template.yaml', root), 'utf8'));

/** Cells of the first column of every table, without their backticks. */
const firstCells = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell);

/** In the order of the page: what both functions have, the controller's own, the lifecycle function's, its own. */
const policies = [
  read(template, ['Resources', 'ServePolicy', 'Properties']),
  ...listOf(read(template, ['Resources', 'ControllerRole', 'Properties', 'Policies'])),
  read(template, ['Resources', 'LifecyclePolicy', 'Properties']),
  ...listOf(read(template, ['Resources', 'LifecycleRole', 'Properties', 'Policies'])),
];

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

describe('docs/security.md', () => {
  it('speaks of every policy that there is', () => {
    const names = entriesOf(read(template, ['Resources']))
      .filter(([, resource]) => readIfThere(resource, ['Type']) === 'AWS::IAM::Policy')
      .map(([name]) => name);

    expect(names).toEqual(['ServePolicy', 'LifecyclePolicy']);
  });

  it('has a row for every statement of every policy, and for no other', () => {
    const statements = policies.flatMap((policy) =>
      listOf(read(policy, ['PolicyDocument', 'Statement'])).map((one) => String(read(one, ['Sid']))),
    );
    const roles = ['ControllerRole', 'LifecycleRole', 'NatInstanceRole'];

    expect(firstCells.filter((cell) => !cell?.startsWith('CKV_'))).toEqual([...roles, ...statements]);
  });

  it('names every action that a policy allows', () => {
    const actions = policies.flatMap((policy) =>
      listOf(read(policy, ['PolicyDocument', 'Statement'])).flatMap((one) =>
        listOf(read(one, ['Action'])).map(String),
      ),
    );
    const isNamed = (action: string) =>
      page.includes(`\`${action}\``) || page.includes(`\`${action.replace('ec2:Describe', '')}\``);

    expect(actions.filter((action) => !isNamed(action))).toEqual([]);
  });

  it('argues every finding of the scanner that is accepted', () => {
    expect(firstCells.filter((cell) => cell?.startsWith('CKV_'))).toEqual(
      acceptedFindings.map(({ check }) => check),
    );
  });
});
