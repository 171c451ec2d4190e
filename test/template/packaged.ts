import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseTemplate } from '../../scripts/parse-template.ts';
import { packagedTemplate } from '../../scripts/release/packaged-template.ts';
import { entriesOf, read, readIfThere } from '../../scripts/template-value.ts';

/** What translate.py says of all functions, so that where the code lies is no difference. */
const code = { S3Bucket: 'artefacts', S3Key: 'function.zip' };
const keys = { controller: 'controller.zip', lifecycle: 'lifecycle.zip', probe: 'probe.zip' };

/** The packaged template, written to a file for tools. */
export function writePackaged(root: string, work: string): string {
  const file = join(work, 'packaged.yaml');
  writeFileSync(file, packagedTemplate(readFileSync(join(root, 'template.yaml'), 'utf8'), keys));
  return file;
}

/** Where the packaged template is another than what the SAM translator, which CloudFormation runs, makes of template.yaml. */
export function compareWithTranslator(root: string, file: string, samPrograms: string): readonly string[] {
  const script = join(import.meta.dirname, 'translate.py');
  const { status, stdout, stderr } = spawnSync(join(samPrograms, 'python'), [script, 'template.yaml'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  if (status !== 0) return [`the template could not be translated: ${stderr}`];
  const translated: unknown = JSON.parse(stdout);
  const packaged = parseTemplate(readFileSync(file, 'utf8'));
  const parts = ['Description', 'Rules', 'Conditions', 'Outputs'].filter(
    (part) => !isSame(read(packaged, [part]), read(translated, [part])),
  );
  return [
    ...parts.map((part) => `${part} differs`),
    ...compareEntries('Resources', withCode(packaged), read(translated, ['Resources'])),
    ...compareEntries('Parameters', withoutKeys(packaged), read(translated, ['Parameters'])),
  ];
}

function withCode(packaged: unknown): unknown {
  return Object.fromEntries(
    entriesOf(read(packaged, ['Resources'])).map(([name, resource]) =>
      readIfThere(resource, ['Type']) === 'AWS::Lambda::Function'
        ? [name, replaced(resource, 'Properties', replaced(read(resource, ['Properties']), 'Code', code))]
        : [name, resource],
    ),
  );
}

function replaced(map: unknown, name: string, value: unknown): unknown {
  return { ...Object.fromEntries(entriesOf(map)), [name]: value };
}

function withoutKeys(packaged: unknown): unknown {
  const own = /^(?:CodeBucket|(?:Controller|Lifecycle|Probe)CodeKey)$/;
  return Object.fromEntries(entriesOf(read(packaged, ['Parameters'])).filter(([name]) => !own.test(name)));
}

function compareEntries(part: string, found: unknown, expected: unknown): string[] {
  const [ours, theirs] = [new Map(entriesOf(found)), new Map(entriesOf(expected))];
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((name) => !isSame(ours.get(name), theirs.get(name)))
    .map((name) => `${part}.${name} is not as SAM makes it: ${JSON.stringify(ours.get(name)) ?? 'missing'}`);
}

function isSame(found: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(inOneForm(found), inOneForm(expected));
}

/** `!GetAtt A.B` is a text for one parser and a list for the other. */
function inOneForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOneForm);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === 'Fn::GetAtt' && typeof inner === 'string'
        ? [key, [inner.slice(0, inner.indexOf('.')), inner.slice(inner.indexOf('.') + 1)]]
        : [key, inOneForm(inner)],
    ),
  );
}
