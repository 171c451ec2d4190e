import { architectureOfType } from '../core/launch/architecture-of-type.ts';
import { architecturesOfPreset } from '../core/launch/choose-image.ts';
import { assertNever } from '../core/model/assert.ts';
import type { SecurityGroupId } from '../core/model/ids.ts';
import {
  type EgressSettings,
  type ImageChoice,
  imagePresets,
  type Settings,
} from '../core/model/settings.ts';
import { dayMs, secondMs } from '../core/model/time.ts';
import type { Environment } from './environment.ts';
import { parseEgress } from './parse-egress.ts';
import { parseImageChoice } from './parse-image-choice.ts';
import { parseTags } from './parse-tags.ts';
import { parseZones, readId } from './parse-zones.ts';
import { Problems, SettingsError } from './problems.ts';

/**
 * The settings of one stack from the environment variables that the template sets. An empty variable counts as absent.
 * Throws one `SettingsError` that names every bad field; the result is frozen.
 */
export function parseSettings(env: Environment): Settings {
  const problems = new Problems();
  const vpcId = readId('vpc', env['PHOENAT_VPC_ID'], 'PHOENAT_VPC_ID', problems);
  const instanceTypes = readInstanceTypes(env, problems);
  const image = readImage(env, instanceTypes, problems);
  const stack = readStack(env, problems);
  const rest = readRest(env, problems);
  const zones = parseZones(env['PHOENAT_ZONES'], problems);
  refuseUnfilteredImage(image, rest.egress, problems);
  if (vpcId === undefined || image === undefined || stack === undefined || problems.found.length > 0) {
    throw new SettingsError(problems.found);
  }
  return deepFreeze({ stack, vpcId, zones, image, instanceTypes, ...rest });
}

/**
 * What taking a stack down needs: whose it is and where. A size or a type that cannot be read keeps nothing from being
 * removed; the rest of the result is of no meaning. Throws one `SettingsError` where it cannot be said what to remove.
 */
export function parseRemovalSettings(env: Environment): Settings {
  const problems = new Problems();
  const vpcId = readId('vpc', env['PHOENAT_VPC_ID'], 'PHOENAT_VPC_ID', problems);
  const stack = readStack(env, problems);
  const zones = parseZones(env['PHOENAT_ZONES'], problems);
  if (vpcId === undefined || stack === undefined || problems.found.length > 0) {
    throw new SettingsError(problems.found);
  }
  const rest = readRest({}, new Problems());
  return deepFreeze({ stack, vpcId, zones, image: defaultImage, instanceTypes: [], ...rest });
}

const defaultImage: ImageChoice = { kind: 'preset', preset: 'al2023' };

function readStack(env: Environment, problems: Problems): string | undefined {
  return readPattern(env, 'PHOENAT_STACK', /^[A-Za-z0-9-]{1,128}$/, stackShape, problems);
}

const stackShape = 'the name of the stack, 1 to 128 letters, digits and hyphens';

type Rest = Omit<Settings, 'stack' | 'vpcId' | 'zones' | 'image' | 'instanceTypes'>;

function readRest(env: Environment, problems: Problems): Rest {
  const number = (name: string, fallback: number, least: number, most: number) =>
    readNumber(env, name, { fallback, least, most }, problems);
  const instanceProfileArn = readProfile(env, problems);
  const accountId = readAccount(env, problems);
  const days = number('PHOENAT_MAX_INSTANCE_AGE_DAYS', 0, 0, 365);
  return {
    securityGroupIds: readSecurityGroups(env, problems),
    egress: parseEgress(env, problems),
    tags: parseTags(env, problems),
    volumeGiB: number('PHOENAT_VOLUME_GIB', 8, 8, 100),
    readyTimeoutMs: number('PHOENAT_READY_TIMEOUT_SECONDS', 600, 120, 3600) * secondMs,
    maxLaunchesPerHour: number('PHOENAT_MAX_LAUNCHES_PER_HOUR', 5, 1, 20),
    metricNamespace:
      readPattern(
        { PHOENAT_METRIC_NAMESPACE: 'Phoenat', ...present(env) },
        'PHOENAT_METRIC_NAMESPACE',
        /^(?!AWS\/)[\w./#:-]{1,255}$/,
        'a CloudWatch namespace that does not begin with AWS/',
        problems,
      ) ?? '',
    ...(accountId === undefined ? {} : { accountId }),
    ...(days === 0 ? {} : { maxInstanceAgeMs: days * dayMs }),
    ...(instanceProfileArn === undefined ? {} : { instanceProfileArn }),
  };
}

function present(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

function readPattern(
  env: Environment,
  name: string,
  pattern: RegExp,
  expected: string,
  problems: Problems,
): string | undefined {
  const raw = env[name];
  if (raw === undefined || !pattern.test(raw)) {
    problems.add(name, raw, expected);
    return undefined;
  }
  return raw;
}

type NumberRule = { readonly fallback: number; readonly least: number; readonly most: number };

function readNumber(env: Environment, name: string, rule: NumberRule, problems: Problems): number {
  const raw = env[name];
  if (raw === undefined || raw === '') {
    return rule.fallback;
  }
  const value = /^\d{1,9}$/.test(raw) ? Number(raw) : Number.NaN;
  if (!(value >= rule.least && value <= rule.most)) {
    problems.add(name, raw, `a whole number from ${rule.least} to ${rule.most}`);
    return rule.fallback;
  }
  return value;
}

function readList(env: Environment, name: string): readonly string[] {
  return (env[name] ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const typePattern = /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|metal|\d*xlarge|metal-\d+xl)$/;

function readInstanceTypes(env: Environment, problems: Problems): readonly string[] {
  const name = 'PHOENAT_INSTANCE_TYPES';
  const listed = readList(env, name);
  const types = listed.length === 0 ? ['t4g.nano'] : listed;
  for (const type of types.filter((item) => !typePattern.test(item))) {
    problems.add(name, type, 'an instance type such as t4g.nano');
  }
  if (new Set(types).size !== types.length) {
    problems.add(name, types.join(','), 'each type once');
  }
  return types;
}

function readSecurityGroups(env: Environment, problems: Problems): readonly SecurityGroupId[] {
  const name = 'PHOENAT_SECURITY_GROUPS';
  const listed = readList(env, name);
  if (listed.length < 1 || listed.length > 5) {
    problems.add(name, env[name], '1 to 5 security group ids, separated by commas');
  }
  if (new Set(listed).size !== listed.length) {
    problems.add(name, env[name], 'each security group once');
  }
  return listed.flatMap((id, index) => readId('securityGroup', id, `${name}[${index}]`, problems) ?? []);
}

function readAccount(env: Environment, problems: Problems): string | undefined {
  const name = 'PHOENAT_ACCOUNT';
  const raw = env[name];
  return raw === undefined || raw === ''
    ? undefined
    : readPattern(env, name, /^\d{12}$/, 'an account id of 12 digits', problems);
}

function readProfile(env: Environment, problems: Problems): string | undefined {
  const name = 'PHOENAT_INSTANCE_PROFILE_ARN';
  const raw = env[name];
  if (raw === undefined || raw === '') {
    return undefined;
  }
  if (!/^arn:[a-z-]+:iam::\d{12}:instance-profile\/[\w+=,.@/-]+$/.test(raw)) {
    problems.add(name, raw, 'the ARN of an instance profile');
  }
  return raw;
}

function readImage(
  env: Environment,
  instanceTypes: readonly string[],
  problems: Problems,
): ImageChoice | undefined {
  const name = 'PHOENAT_AMI';
  const raw = env[name] === undefined || env[name] === '' ? 'al2023' : env[name];
  const choice = parseImageChoice(raw);
  switch (choice?.kind) {
    case 'preset':
      refuseMissingArchitectures(choice.preset, instanceTypes, problems);
      break;
    case 'fixed':
      refuseMixedArchitectures(choice.imageId, instanceTypes, problems);
      break;
    case 'custom':
      break;
    case undefined:
      problems.add(name, raw, `${imagePresets.join(', ')}, an image id (ami-…), or owner:name-pattern`);
      break;
    default:
      assertNever(choice);
  }
  return choice;
}

/** Amazon's old image makes itself a NAT before our rules could be there, and has no nftables to load them with. */
function refuseUnfilteredImage(
  image: ImageChoice | undefined,
  egress: EgressSettings,
  problems: Problems,
): void {
  const filters = egress.allowList.length > 0 || egress.allowedDomains.length > 0;
  if (filters && image?.kind === 'preset' && image.preset === 'amzn-ami-vpc-nat') {
    problems.add(
      'PHOENAT_AMI',
      image.preset,
      'another image where destinations or names are filtered, which this one cannot',
    );
  }
}

function refuseMissingArchitectures(
  preset: (typeof imagePresets)[number],
  instanceTypes: readonly string[],
  problems: Problems,
): void {
  const offered = architecturesOfPreset(preset);
  const unserved = instanceTypes.filter((type) => !offered.includes(architectureOfType(type)));
  if (unserved.length > 0) {
    const expected = `${offered.join(' or ')} instance types for ${preset}, which has images for nothing else`;
    problems.add('PHOENAT_INSTANCE_TYPES', unserved.join(','), expected);
  }
}

/** An image has one architecture: a type of the other would only be found useless when it is the last one left. */
function refuseMixedArchitectures(
  imageId: string,
  instanceTypes: readonly string[],
  problems: Problems,
): void {
  if (new Set(instanceTypes.map(architectureOfType)).size > 1) {
    const expected = `instance types of one architecture, as ${imageId} has only one`;
    problems.add('PHOENAT_INSTANCE_TYPES', instanceTypes.join(','), expected);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) {
      deepFreeze(inner);
    }
  }
  return Object.freeze(value);
}
