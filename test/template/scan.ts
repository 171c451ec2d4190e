import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { field, textField } from '../../shared/events/fields.ts';
import { acceptedFindings } from './accepted-findings.ts';

/** What the scanner finds in the templates beyond what is accepted, and what is accepted and is not found any more. */
export function scan(programs: string, root: string, templates: readonly string[]): readonly string[] {
  const files = templates.flatMap((template) => ['--file', template]);
  // Nothing is fetched and nothing is told to anybody: the rules are those of the installed version.
  const quietly = ['--framework', 'cloudformation', '--output', 'json', '--compact', '--skip-download'];
  const { error, stdout, stderr } = spawnSync(join(programs, 'checkov'), [...files, ...quietly], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    env: { ...process.env, LOG_LEVEL: 'ERROR' },
  });
  if (error !== undefined) {
    return [`checkov could not be started: ${error.message}`];
  }
  const results = resultsIn(stdout);
  if (results === undefined) {
    return [`checkov gave no result: ${stderr.trim() || stdout.trim()}`];
  }
  return judgeFindings(results, templates);
}

function judgeFindings({ passed, failed }: Results, templates: readonly string[]): readonly string[] {
  const accepted = new Set(
    acceptedFindings.flatMap(({ check, resources }) => resources.map((resource) => `${check} ${resource}`)),
  );
  // checkov passes over a file that it cannot read, without a word.
  const read = new Set([...passed, ...failed].map(({ file }) => file));
  return [
    ...templates
      .filter((template) => !read.has(template))
      .map((template) => `checkov found nothing to check in ${template}; can it be parsed?`),
    ...failed
      .filter(({ key }) => !accepted.has(key))
      .map(({ file, key, name }) => `${file}: ${key}: ${name}`),
    ...[...accepted]
      .filter((key) => !failed.some((finding) => finding.key === key))
      .map((key) => `${key} is accepted in accepted-findings.ts, and is not found any more`),
  ];
}

type Finding = { readonly file: string; readonly key: string; readonly name: string };
type Results = { readonly passed: readonly Finding[]; readonly failed: readonly Finding[] };

function resultsIn(output: string): Results | undefined {
  const results = field(decode(output), 'results');
  const passed = findingsIn(field(results, 'passed_checks'));
  const failed = findingsIn(field(results, 'failed_checks'));
  return passed === undefined || failed === undefined ? undefined : { passed, failed };
}

function findingsIn(list: unknown): Finding[] | undefined {
  return Array.isArray(list)
    ? list.map((entry: unknown) => ({
        file: (textField(entry, 'file_path') ?? '').replace(/^\//, ''),
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
