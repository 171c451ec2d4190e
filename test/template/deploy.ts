import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesOf, read, readIfThere } from '../../scripts/template-value.ts';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { Deploying } from './deployment.ts';
import { prune } from './prune.ts';

const here = import.meta.dirname;

type Parameters = Readonly<Record<string, string>>;

/** In place of each id the script puts that of what it makes in moto. */
const oneZone: Parameters = {
  VpcId: 'vpc',
  ClientCidrs: '10.0.0.0/16',
  ZoneAPublicSubnet: 'subnet-a',
  ZoneAPrivateSubnets: 'subnet-a',
};

/** None lets every port through: moto's CloudFormation stumbles over an ingress rule without ports. */
const stacks: Readonly<Record<string, Parameters>> = {
  'one zone and its standby': { ...oneZone, Standby: 'on' },
  'two zones, the second with an address of its own, and mail': {
    ...oneZone,
    ZoneBPublicSubnet: 'subnet-b',
    ZoneBPrivateSubnets: 'subnet-b',
    ZoneBAllocationId: 'eipalloc-b',
    AlarmEmail: 'oncall@example.com',
  },
  'six zones, watched and standing in for one another': {
    ...oneZone,
    ...Object.fromEntries(
      zoneLetters.slice(1).flatMap((letter) => [
        [`Zone${letter.toUpperCase()}PublicSubnet`, `subnet-${letter}`],
        [`Zone${letter.toUpperCase()}PrivateSubnets`, `subnet-${letter}`],
      ]),
    ),
    StandIn: 'on',
    Watch: 'on',
  },
};

export type DeployOptions = {
  readonly root: string;
  /** Where files may be written. */
  readonly work: string;
  readonly samPrograms: string;
  readonly motoPrograms: string;
  /** Of a moto server that nobody else uses. */
  readonly endpoint: string;
};

/** Translates the template, deploys it to moto's CloudFormation, looks everything up, deletes it. Gives what is wrong. */
export async function deployToMoto(options: DeployOptions): Promise<readonly string[]> {
  const { root, samPrograms } = options;
  const translated = spawnSync(join(samPrograms, 'python'), [join(here, 'translate.py'), 'template.yaml'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  if (translated.status !== 0) {
    return [`the template could not be translated: ${translated.stderr}`];
  }
  const template: unknown = JSON.parse(translated.stdout);
  const problems: string[] = [];
  for (const [name, parameters] of Object.entries(stacks)) {
    const found = await deployOnce(template, parameters, options);
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
  return problems;
}

async function deployOnce(
  template: unknown,
  parameters: Parameters,
  { work, motoPrograms, endpoint }: DeployOptions,
): Promise<readonly string[]> {
  const deploying = new Deploying(template, { parameters: asTyped(template, parameters), attributes: {} });
  const holds = (condition: string) => deploying.holds(condition);
  const absent = entriesOf(read(template, ['Resources']))
    .filter(([, resource]) => {
      const condition = readIfThere(resource, ['Condition']);
      return typeof condition === 'string' && !holds(condition);
    })
    .map(([name]) => name);
  const file = join(work, 'deployment.json');
  await writeFile(file, JSON.stringify({ template: prune(template, holds), parameters, absent }));
  const deployed = spawnSync(join(motoPrograms, 'python'), [join(here, 'deploy_to_moto.py'), file], {
    encoding: 'utf8',
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'moto',
      AWS_SECRET_ACCESS_KEY: 'moto',
    },
  });
  if (deployed.status !== 0) {
    return [deployed.stderr];
  }
  return deployed.stdout.trim() === '' ? [] : deployed.stdout.trim().split('\n');
}

/** CloudFormation takes a list as a text with commas, and its functions see a list. */
function asTyped(template: unknown, parameters: Parameters): Record<string, string | string[]> {
  const isList = (name: string) => /List/.test(String(read(template, ['Parameters', name, 'Type'])));
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, isList(name) ? value.split(',') : value]),
  );
}
