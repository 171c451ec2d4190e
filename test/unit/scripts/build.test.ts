import { readFileSync } from 'node:fs';
import type { Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bootstrapFileNames, extraFileNames } from '../../../infra/user-data.ts';
import { artefactOf } from '../../../scripts/build.ts';
import { parameterGroups } from '../../../shared/config/parameters.ts';
import { everyCase, inDepth } from '../../every-case.ts';
import { type Built, buildFunction, builtFunction } from './built-functions.ts';

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);
const outdir = 'dist/controller';
const built = await builtFunction('controller');

/** The files that a cold start reads: the handler and all that it imports at once. */
function readAtStart({ outputs }: Metafile): string[] {
  const files = [`${outdir}/handler.mjs`];
  for (const file of files) {
    const imports = outputs[file]?.imports ?? [];
    const atOnce = imports.filter(({ kind, external }) => kind === 'import-statement' && external !== true);
    files.push(...atOnce.map(({ path }) => path).filter((path) => !files.includes(path)));
  }
  return files;
}

function sourcesOf(files: readonly string[], { outputs }: Metafile): string[] {
  return files.flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
}

const pathOf = (name: string) => `infra/nat-instance/${name}`;

function filesOfInstance({ inputs }: Metafile): string[] {
  return Object.keys(inputs)
    .filter((source) => source.startsWith(pathOf('')))
    .toSorted();
}

describe('the artefact', () => {
  const { metafile } = built;

  it('is small where a cold start reads it', () => {
    const bytes = readAtStart(metafile).reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);

    // 553 kB when this was written, 92 of them for instances; the whole of the SDK's schema tables would be 600 kB more.
    expect(bytes).toBeLessThan(560_000);
  });

  it('reads no protocol at a cold start that EC2 does not speak', () => {
    const isJson = (source: string) => /protocols\/json\/(codec|AwsJson)/.test(source);
    const read = sourcesOf(readAtStart(metafile), metafile);

    expect(read.filter((source) => /AwsEc2QueryProtocol/.test(source))).toHaveLength(1);
    expect(read.filter(isJson)).toEqual([]);
    expect(Object.keys(metafile.inputs).filter(isJson)).not.toEqual([]);
  });

  it('is small as a whole, with what is read only when it is wanted', () => {
    const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);

    // 651 kB when this was written: CloudWatch's client and Lambda's, which asks the probes, are not read at a start.
    expect(bytes).toBeLessThan(660_000);
  });

  it('carries nothing that names browsers, and wants nothing of it', () => {
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);

    expect(Object.keys(metafile.inputs).filter((source) => /bowser/.test(source))).toEqual([]);
    expect(imports.filter(({ path }) => /bowser/.test(path))).toEqual([]);
    expect(imports.filter(({ path, external }) => external && !path.startsWith('node:'))).toEqual([]);
  });

  it.each(everyCase(['controller'], ['lifecycle']))(
    'carries no words for people who deploy: %s',
    async (name) => {
      const { outputFiles } = await builtFunction(name);
      const code = outputFiles.map(({ text }) => text).join('\n');
      const groups = parameterGroups();
      const words = groups.flatMap(({ label, parameters }) => [label, ...parameters.map((one) => one.label)]);

      expect(words.length).toBeGreaterThan(30);
      // Labels of one word are words of the code too.
      expect(words.filter((word) => / /.test(word) && code.includes(`"${word}"`))).toEqual([]);
      expect(code).toContain('"MaxLaunchesPerHour"');
    },
  );

  it('is some kilobytes for a probe, with neither SDK nor any other library', async () => {
    const { metafile: ofProbe } = await builtFunction('probe');
    const bytes = Object.values(ofProbe.outputs).reduce((sum, output) => sum + output.bytes, 0);

    // 75 kB when this was written, most of them the files that it brings to instances.
    expect(bytes).toBeLessThan(78_000);
    expect(Object.keys(ofProbe.inputs).filter((source) => source.includes('node_modules'))).toEqual([]);
    expect(Object.keys(ofProbe.inputs)).toContain('functions/probe/handler.ts');
    expect(filesOfInstance(ofProbe)).toEqual(extraFileNames.map(pathOf).toSorted());
  });

  it.each([
    ['lifecycle', ['LICENSE', 'NOTICES']],
    ['probe', ['LICENSE']],
  ] as const)('of the %s function lies beside %j', async (name, licences) => {
    const { files } = await artefactOf(name, `dist/${name}`);
    const texts = new Map(files.map((file) => [file.name, new TextDecoder().decode(file.content)]));

    expect([...texts.keys()].filter((file) => !file.endsWith('.mjs'))).toEqual(licences);
    expect(texts.get('LICENSE')).toBe(readFileSync('LICENSE', 'utf8'));
    expect(texts.get('NOTICES') ?? '').toMatch(
      name === 'probe' ? /^$/ : /^The lifecycle function contains[\s\S]*^@smithy\/core \S+ \(Apache-2\.0\)$/m,
    );
  });

  it('knows the versions of the clients, and no more of their packages', () => {
    const code = built.outputFiles.map(({ text }) => text).join('\n');
    const ec2: { version: string } = JSON.parse(
      readFileSync(
        new URL('../../../node_modules/@aws-sdk/client-ec2/package.json', import.meta.url),
        'utf8',
      ),
    );

    expect(code).toContain(`{version:"${ec2.version}"}`);
    expect(code).not.toMatch(/devDependencies|typesVersions/);
  });

  it('knows the version of the project', () => {
    const texts = built.outputFiles.map(({ text }) => text);

    expect(texts.some((text) => text.includes(`version:"${version}"`))).toBe(true);
    expect(texts.some((text) => text.includes('PHOENAT_VERSION'))).toBe(false);
  });

  it.each([/client-cloudwatch/, /client-lambda/, /parse-probe-answer/])(
    'loads %s when it is wanted, and not at the start',
    (wanted) => {
      const read = sourcesOf(readAtStart(metafile), metafile);

      expect(read.filter((source) => wanted.test(source))).toEqual([]);
      expect(Object.keys(metafile.inputs).filter((source) => wanted.test(source))).not.toEqual([]);
    },
  );

  it('has one source of credentials: the environment, where Lambda puts them', () => {
    const providers = Object.keys(metafile.inputs).flatMap(
      (source) => /credential-provider-[\w-]+/.exec(source)?.[0] ?? [],
    );

    expect([...new Set(providers)]).toEqual(['credential-provider-env']);
  });

  it('carries the files of the NAT instance', () => {
    expect(filesOfInstance(metafile)).toEqual(bootstrapFileNames.map(pathOf).toSorted());
  });

  it('carries them without the comments that are not sent', () => {
    const text = built.outputFiles.map((file) => file.text).join('');

    expect(text).toContain('phoenat: $*');
    expect(text).not.toContain('What this instance says of itself');
  });

  it('carries the SDK and the logger, and no other library', () => {
    const packages = Object.keys(metafile.inputs).flatMap(
      (source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
    );
    const foreign = packages.filter((name) => !/^@(?:aws|aws-sdk|smithy|aws-lambda-powertools)\//.test(name));

    expect(packages.length).toBeGreaterThan(0);
    expect([...new Set(foreign)]).toEqual([]);
  });

  it('carries nothing of tests, simulator, demo or command', () => {
    const foreign = Object.keys(metafile.inputs).filter((source) =>
      /^(test|simulator|demo|cli|scripts)\//.test(source),
    );

    expect(foreign).toEqual([]);
  });

  inDepth('is the same whenever it is made', async () => {
    const hashes = ({ outputFiles }: Built) => outputFiles.map(({ path, hash }) => ({ path, hash }));

    expect(hashes(await buildFunction('controller'))).toEqual(hashes(built));
  });
});
