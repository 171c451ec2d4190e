import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

/**
 * The narrowest permissions boundary that docs/security.md asks an organisation for: the calls of its tables, and no others.
 * Every call of the functions must pass it, as must what AWS does in the roles' names.
 */
export function documentedBoundary(): unknown {
  const from = page.indexOf('## Each permission, and why');
  const tables = page.slice(from, page.indexOf('\n### What a captured function could do', from));
  const rows = [...tables.matchAll(/^\| `\w+` \| (?!nothing)([^|]+) \|/gm)];
  const Action = [...new Set(rows.flatMap(([, allows = '']) => actionsIn(allows)))].toSorted();
  if (from < 0 || Action.length < 20)
    throw new Error('docs/security.md has no tables of permissions any more');
  return {
    Version: '2012-10-17',
    Statement: [{ Sid: 'Documented', Effect: 'Allow', Action, Resource: '*' }],
  };
}

/** "`ec2:DescribeAddresses`, `Images`" are two of one kind. */
function actionsIn(cell: string): string[] {
  const names = [...cell.matchAll(/`([\w:*]+)`/g)].map(([, name = '']) => name);
  return names.map((name) => (name.includes(':') ? name : `ec2:Describe${name}`));
}
