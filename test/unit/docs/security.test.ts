import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { acceptedFindings } from '../../template/accepted-findings.ts';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/security.md', root), 'utf8');
const template = parseTemplate(readFileSync(new URL('template.yaml', root), 'utf8'));

/** Cells of the first column of every table, without their backticks. */
const firstCells = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell);

/** In the order of the page: what both functions have, the controller's own, the lifecycle function's, its own, the probes', the instances'. */
const policies = [
  read(template, ['Resources', 'ServePolicy', 'Properties']),
  read(template, ['Resources', 'ZonesPolicy', 'Properties']),
  ...listOf(read(template, ['Resources', 'ControllerRole', 'Properties', 'Policies'])),
  read(template, ['Resources', 'LifecyclePolicy', 'Properties']),
  read(template, ['Resources', 'AskProbesPolicy', 'Properties']),
  ...listOf(read(template, ['Resources', 'LifecycleRole', 'Properties', 'Policies'])),
  ...listOf(read(template, ['Resources', 'ProbeRole', 'Properties', 'Policies'])),
  ...listOf(read(template, ['Resources', 'NatInstanceRole', 'Properties', 'Policies'])),
  read(template, ['Resources', 'WatchPolicy', 'Properties']),
];
const statements = policies.flatMap((policy) =>
  listOf(read(policy, ['PolicyDocument', 'Statement'])).map(withoutCondition),
);

/** A statement that is there on a condition of the template counts as one that is there. */
function withoutCondition(statement: unknown): unknown {
  return readIfThere(statement, ['Fn::If', '1']) ?? statement;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** An action, or one that is allowed under a condition of the template. */
function possible(action: unknown): readonly string[] {
  const [, allowed] = typeof action === 'string' ? [] : listOf(readIfThere(action, ['Fn::If']) ?? []);
  return [String(allowed ?? action)];
}

/** What the code of these commands takes of the SDK's commands and paginators, and has from `observe` of the controller's. */
const takenByCommands = ['cli/doctor', 'cli/cost'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => actionsIn(readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))),
);

function actionsIn(code: string): string[] {
  const named = code.matchAll(/\bpaginate([A-Z]\w+)\(|\bnew ([A-Z]\w+)Command\(/g);
  return [...named].flatMap(([, paginated, sent]) => paginated ?? sent ?? []);
}

describe('docs/security.md', () => {
  it('speaks of every policy that there is', () => {
    const names = entriesOf(read(template, ['Resources']))
      .filter(([, resource]) =>
        /^AWS::IAM::(?:Managed)?Policy$/.test(String(readIfThere(resource, ['Type']))),
      )
      .map(([name]) => name);

    expect(names).toEqual([
      'ZonesPolicy',
      'ServePolicy',
      'LifecyclePolicy',
      'AskProbesPolicy',
      'WatchPolicy',
    ]);
  });

  it('has a row for every statement of every policy, and for no other', () => {
    const sids = statements.map((statement) => String(read(statement, ['Sid'])));
    const roles = ['ControllerRole', 'LifecycleRole', 'ProbeRole', 'NatInstanceRole'];

    expect(firstCells.filter((cell) => !cell?.startsWith('CKV_'))).toEqual([...roles, ...sids]);
  });

  it('names every action that a policy allows', () => {
    const actions = statements.flatMap((statement) =>
      listOf(readIfThere(statement, ['Action']) ?? []).flatMap(possible),
    );
    const isNamed = (action: string) =>
      page.includes(`\`${action}\``) || page.includes(`\`${action.replace('ec2:Describe', '')}\``);

    expect(actions.filter((action) => !isNamed(action))).toEqual([]);
  });

  it('names every action that doctor and cost take, whose credentials are a person’s', () => {
    const isNamed = (action: string) =>
      page.includes(`:${action}\``) || page.includes(`\`${action.replace('Describe', '')}\``);

    expect(takenByCommands.length).toBeGreaterThan(20);
    expect(takenByCommands.filter((action) => !isNamed(action))).toEqual([]);
  });

  it('names every tag that a statement lets through, in its row', () => {
    const missing = statements.flatMap((statement) => {
      const sid = String(read(statement, ['Sid']));
      const keys = listOf(readIfThere(statement, ['Condition', 'ForAllValues:StringEquals', 'aws:TagKeys']));
      const row = page.split('\n').find((line) => line.startsWith(`| \`${sid}\` |`)) ?? '';
      return keys
        .filter((key) => key !== undefined && !row.includes(`\`${String(key)}\``))
        .map((key) => [sid, key]);
    });

    expect(missing).toEqual([]);
  });

  it('argues every finding of the scanner that is accepted', () => {
    expect(firstCells.filter((cell) => cell?.startsWith('CKV_'))).toEqual(
      acceptedFindings.map(({ check }) => check),
    );
  });
});
