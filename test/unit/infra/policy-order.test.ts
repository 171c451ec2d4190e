import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { read, readIfThere } from '../../../scripts/template-value.ts';

// What the controller may do at each step of an update, and of its way back. As CloudFormation does it: each resource after
// those that it refers to or depends on, also on the way back, in whatever order that leaves; and what only the other
// template has is made new, or removed in the clean-up when all else is done (CloudFormation User Guide, stack states).

const template = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));

/** Of a resource of IAM: what it refers to of the others, and what it gives to whom. */
type Part = {
  readonly after: readonly string[];
  /** The managed policies that a role names, or the roles that a policy names. */
  readonly names: readonly string[];
  readonly statements: readonly string[];
};
type Parts = ReadonlyMap<string, Part>;

const role = 'ControllerRole';

function partsOf(): Parts {
  const found = [role, 'ZonesPolicy', 'ServePolicy'].map((name): [string, Part] => {
    const resource = read(template, ['Resources', name]);
    const refersTo = [...JSON.stringify(resource).matchAll(/\{"Ref":"(\w+)"\}/g)].map(
      ([, other = '']) => other,
    );
    const named =
      readIfThere(resource, ['Properties', 'Roles']) ??
      readIfThere(resource, ['Properties', 'ManagedPolicyArns']);
    const statements = readIfThere(resource, ['Properties', 'PolicyDocument', 'Statement']);
    return [
      name,
      {
        after: [...refersTo, ...[readIfThere(resource, ['DependsOn']) ?? []].flat().map(String)],
        names: [...JSON.stringify(named ?? '').matchAll(/"Ref":"(\w+)"/g)].map(([, other = '']) => other),
        statements: (Array.isArray(statements) ? statements : []).flatMap((statement: unknown) =>
          String(readIfThere(statement, ['Sid']) ?? ''),
        ),
      },
    ];
  });
  return new Map(found);
}

/** The template from before the policy: all of it was in ServePolicy. */
function before(now: Parts): Parts {
  const [zones, serve, own] = ['ZonesPolicy', 'ServePolicy', role].map((name) => now.get(name));
  if (zones === undefined || serve === undefined || own === undefined) throw new Error('a part is missing');
  return new Map([
    [role, { ...own, after: [], names: [] }],
    ['ServePolicy', { ...serve, after: [role], statements: [...serve.statements, ...zones.statements] }],
  ]);
}

/** As it was for some days: the role names the policy, and so comes after it. */
function namedByRole(now: Parts): Parts {
  const parts = new Map(now);
  const [zones, serve, own] = ['ZonesPolicy', 'ServePolicy', role].map((name) => now.get(name));
  if (zones === undefined || serve === undefined || own === undefined) throw new Error('a part is missing');
  parts.set(role, { ...own, after: ['ZonesPolicy'], names: ['ZonesPolicy'] });
  parts.set('ZonesPolicy', { ...zones, after: [], names: [] });
  parts.set('ServePolicy', { ...serve, after: [role] });
  return parts;
}

function permitted(parts: Parts): ReadonlySet<string> {
  const ofRole = parts.get(role)?.names ?? [];
  return new Set(
    [...parts].flatMap(([name, { names, statements }]) =>
      ofRole.includes(name) || names.includes(role) ? statements : [],
    ),
  );
}

/** Every order in which each comes after what it depends on. */
function orders(parts: Parts, done: readonly string[] = []): (readonly string[])[] {
  const open = [...parts.keys()].filter((name) => !done.includes(name));
  const next = open.filter((name) => !(parts.get(name)?.after ?? []).some((other) => open.includes(other)));
  return open.length === 0 ? [done] : next.flatMap((name) => orders(parts, [...done, name]));
}

/** The statements that are missing at some step from one template to the other, of those that both have. */
function missingOnTheWay(from: Parts, to: Parts): string[] {
  const kept = [...permitted(from)].filter((sid) => permitted(to).has(sid));
  return orders(to).flatMap((order) => {
    const state = new Map(from);
    const steps = order.map((name) => {
      const part = to.get(name);
      if (part !== undefined) state.set(name, part);
      return permitted(state);
    });
    return steps.flatMap((step) => kept.filter((sid) => !step.has(sid)));
  });
}

describe('the permissions of a stack from before the policy of the zones', () => {
  const now = partsOf();
  const old = before(now);

  it('are all there in every order of an update and of its way back', () => {
    expect(permitted(now)).toEqual(permitted(old));
    expect([...permitted(now)]).toEqual(
      expect.arrayContaining(['MoveAddresses', 'LaunchOnInterface', 'Look']),
    );
    expect(missingOnTheWay(old, now)).toEqual([]);
    expect(missingOnTheWay(now, old)).toEqual([]);
  });

  it('were not on the way back where the role names the policy', () => {
    const former = namedByRole(now);

    expect(permitted(former)).toEqual(permitted(old));
    expect(missingOnTheWay(old, former)).toEqual([]);
    expect(missingOnTheWay(former, old)).toContain('MoveAddresses');
  });

  it('would not be on the way there where ServePolicy did not wait for the policy', () => {
    const serve = now.get('ServePolicy');
    const hasty = new Map(now);
    if (serve !== undefined) hasty.set('ServePolicy', { ...serve, after: [role] });

    expect(missingOnTheWay(old, hasty)).toContain('MoveAddresses');
  });
});
