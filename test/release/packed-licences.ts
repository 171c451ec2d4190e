import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Story } from '../deploy/checklist.ts';
import { run } from './run.ts';

type Place = { readonly root: string; readonly directory: string; readonly release: string };

/** Of what a function's code is made, as node_modules has it. */
const packedIn: Readonly<Record<string, readonly string[]>> = {
  controller: [
    '@aws-sdk/client-ec2',
    '@aws-sdk/client-cloudwatch',
    '@smithy/core',
    '@aws-lambda-powertools/logger',
  ],
  lifecycle: [
    '@aws-sdk/client-ec2',
    '@aws-sdk/client-lambda',
    '@smithy/core',
    '@aws-lambda-powertools/logger',
  ],
  probe: [],
};

/** Each function's archive carries the licences of what is in it, and the packages that deploy it carry that archive. */
export async function packedLicences({ root, directory, release }: Place, story: Story): Promise<void> {
  const licence = await readFile(join(root, 'LICENSE'), 'utf8');
  const names = await readdir(release);
  for (const [name, packages] of Object.entries(packedIn)) {
    const archive = names.find((file) => file.includes(`-${name}-`)) ?? '';
    const files = unzipSync(await readFile(join(release, archive)));
    const textOf = (file: string) => new TextDecoder().decode(files[file] ?? new Uint8Array());
    story.is(`the ${name} function has our licence`, textOf('LICENSE') === licence, true);
    const named = new Set(textOf('NOTICES').match(/^\S+ \d\S* \([\w.-]+\)$/gm));
    const missing = (await Promise.all(packages.map((one) => lineOf(root, one)))).filter(
      (line) => !named.has(line),
    );
    story.is(
      `and the notices of its packages, ${named.size}`,
      [missing, named.size > 0],
      [[], packages.length > 0],
    );
  }
  await sameEverywhere({ root, directory, release }, story);
}

async function lineOf(root: string, name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  const { version, license }: { version: string; license: string } = JSON.parse(text);
  return `${name} ${version} (${license})`;
}

/** Terraform and the CDK upload what they have in their folder `artifacts`. */
async function sameEverywhere({ directory, release }: Place, story: Story): Promise<void> {
  const names = await readdir(release);
  const deployables = names.filter((name) => /-[0-9a-f]{12}\.zip$|^phoenat\.template\.yaml$/.test(name));
  const named = (pattern: RegExp) => join(release, names.find((name) => pattern.test(name)) ?? '');
  const terraform = unzipSync(await readFile(named(/^phoenat-terraform-/)));
  const unpacked = await run('tar', ['-xzf', named(/^phoenat-cdk-/), '-C', directory, 'package/artifacts'], {
    cwd: directory,
  });
  story.holds('the CDK package has a folder of artifacts', unpacked.code === 0, 'exit code 0', unpacked.err);
  const differing: string[] = [];
  for (const name of deployables) {
    const content = await readFile(join(release, name));
    const cdk = await readFile(join(directory, 'package/artifacts', name)).catch(() => undefined);
    if (!content.equals(terraform[`artifacts/${name}`] ?? new Uint8Array()))
      differing.push(`Terraform: ${name}`);
    if (cdk === undefined || !content.equals(cdk)) differing.push(`CDK: ${name}`);
  }
  story.is(
    'Terraform module and CDK package have the same four files',
    [differing, deployables.length],
    [[], 4],
  );
}
