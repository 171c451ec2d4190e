import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Deploying } from './deployment.ts';
import { prune } from './prune.ts';

const here = import.meta.dirname;

/** For the conditions only; the script makes its own VPC, with as many zones. */
const parameters = {
  ClientCidrs: ['10.0.0.0/16'],
  ZoneBPublicSubnet: 'subnet-b',
  ZoneBPrivateSubnets: ['subnet-b'],
  ZoneBAllocationId: 'eipalloc-b',
  AlarmEmail: 'oncall@example.com',
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
  const { root, work, samPrograms, motoPrograms, endpoint } = options;
  const translated = spawnSync(join(samPrograms, 'python'), [join(here, 'translate.py'), 'template.yaml'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  if (translated.status !== 0) {
    return [`the template could not be translated: ${translated.stderr}`];
  }
  const template: unknown = JSON.parse(translated.stdout);
  const deploying = new Deploying(template, { parameters, attributes: {} });
  const file = join(work, 'translated.json');
  await writeFile(file, JSON.stringify(prune(template, (condition) => deploying.holds(condition))));
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
