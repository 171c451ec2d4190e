import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { field, textField } from '../../shared/events/fields.ts';
import { acceptedFindings } from './accepted-findings.ts';

/** What the scanner finds in the templates beyond what is accepted, and what is accepted and is not found any more. */
export function scan(programs: string, root: string, templates: readonly string[]): readonly string[] {
  const files = templates.flatMap((template) => ['--file', template]);
  // Nothing is fetched and nothing is told to anybody: the rules are those of the installed version.
  const quietly = [
    '--framework',
    'cloudformation',
    '--output',
    'json',
    '--quiet',
    '--compact',
    '--skip-download',
  ];
  const { error, stdout, stderr } = spawnSync(join(programs, 'checkov'), [...files, ...quietly], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, LOG_LEVEL: 'ERROR' },
  });
  if (error !== undefined) {
    return [`checkov could not be started: ${error.message}`];
  }
  const found = failedIn(stdout);
  if (found === undefined) {
    return [`checkov gave no result: ${stderr.trim() || stdout.trim()}`];
  }
  const accepted = new Set(
    acceptedFindings.flatMap(({ check, resources }) => resources.map((resource) => `${check} ${resource}`)),
  );
  return [
    ...found.filter(({ key }) => !accepted.has(key)).map(({ key, name }) => `${key}: ${name}`),
    ...[...accepted]
      .filter((key) => !found.some((finding) => finding.key === key))
      .map((key) => `${key} is accepted in accepted-findings.ts, and is not found any more`),
  ];
}

type Found = { readonly key: string; readonly name: string };

function failedIn(output: string): Found[] | undefined {
  const results = field(decode(output), 'results');
  const failed = field(results, 'failed_checks');
  return Array.isArray(failed)
    ? failed.map((entry: unknown) => ({
        key: `${textField(entry, 'check_id')} ${textField(entry, 'resource')}`,
        name: textField(entry, 'check_name') ?? '',
      }))
    : undefined;
}

function decode(text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    return document;
  } catch {
    return undefined;
  }
}
