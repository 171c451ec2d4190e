import { createHash } from 'node:crypto';
import { type BootstrapFiles, renderUserData } from '../infra/user-data.ts';
import type { Actuator } from './aws/actuator.ts';
import { type Environment, parseSettings } from './config/controller-settings.ts';
import type { Settings } from './core/settings.ts';

/** What a function knows before its first call: the same in each invocation of one deployment. */
export type Prepared = Omit<Actuator, 'ec2'>;

/** Throws `SettingsError` when the environment is wrong. */
export function prepare(env: Environment, bootstrap: BootstrapFiles): Prepared {
  const settings = parseSettings(env);
  const userData = renderUserData(bootstrap);
  return {
    settings,
    userDataBase64: Buffer.from(userData, 'utf8').toString('base64'),
    specHash: specHash(settings, userData),
  };
}

/** All that a launch depends on; an instance that was launched with another hash is replaced. */
function specHash(settings: Settings, userData: string): string {
  const { image, instanceTypes, securityGroupIds, instanceProfileArn, volumeGiB } = settings;
  const spec = [image, instanceTypes, securityGroupIds, instanceProfileArn ?? null, volumeGiB, userData];
  return digest(JSON.stringify(spec)).slice(0, 16);
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
