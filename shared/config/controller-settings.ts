import { architectureOfType } from '../core/launch/architecture-of-type.ts';
import { architecturesOfPreset } from '../core/launch/choose-image.ts';
import { assertNever } from '../core/model/assert.ts';
import type { ImagePreset, Settings } from '../core/model/settings.ts';
import { asksClients } from '../core/neighbours/paging.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { isStandby } from '../core/neighbours/standby.ts';
import { isWatching } from '../core/neighbours/watch.ts';
import { chooseWatch, shownKeys, unshownKeys } from './choose-watch.ts';
import type { Environment } from './environment.ts';
import { type Setting, settings } from './parameters.ts';
import { blockedTargets, chooseTargets } from './parse-probe-targets.ts';
import { Problems, SettingsError } from './problems.ts';

/**
 * The settings of one stack from the environment variables that the template sets. An empty variable counts as absent.
 * Throws one `SettingsError` that names every bad field; the result is frozen.
 */
export function parseSettings(env: Environment): Settings {
  const problems = new Problems();
  const { vpcId, ...rest } = readAll(env, problems);
  refuseArchitectures(rest, problems);
  refuseUnfilteredImage(rest, problems);
  refuseBlockedTargets(rest, problems);
  refuseUnshownTags(rest, problems);
  refuseUselessStandby(rest, problems);
  refuseUselessAsking(rest, problems);
  if (vpcId === undefined || problems.found.length > 0) {
    throw new SettingsError(problems.found);
  }
  return deepFreeze({ vpcId, ...rest });
}

/**
 * What taking a stack down needs: whose it is and where. A size or a type that cannot be read keeps nothing from being
 * removed; the rest of the result is of no meaning. Throws one `SettingsError` where it cannot be said what to remove.
 */
export function parseRemovalSettings(env: Environment): Settings {
  const problems = new Problems();
  const stack = readOne(settings.stack, env, problems);
  const vpcId = readOne(settings.vpcId, env, problems);
  const zones = readOne(settings.zones, env, problems);
  if (vpcId === undefined || problems.found.length > 0) {
    throw new SettingsError(problems.found);
  }
  return deepFreeze({ ...defaultSettings(), stack, vpcId, zones, instanceTypes: [] });
}

/** What an empty environment says: of no meaning where a setting has no default. */
export function defaultSettings(): Omit<Settings, 'vpcId'> {
  return readAll({}, new Problems());
}

type ValueOf<K extends keyof typeof settings> = ReturnType<(typeof settings)[K]['takes']['read']>;
type MayBeAbsent = {
  [K in keyof typeof settings]: undefined extends ValueOf<K> ? K : never;
}[keyof typeof settings];
type Values = { readonly [K in Exclude<keyof typeof settings, MayBeAbsent>]: ValueOf<K> } & {
  readonly [K in MayBeAbsent]?: NonNullable<ValueOf<K>>;
};

function readAll(env: Environment, problems: Problems) {
  const entries = Object.entries(settings).flatMap(([key, setting]) => {
    const value = readOne<unknown>(setting, env, problems);
    return value === undefined ? [] : [[key, value]];
  });
  // Object.fromEntries forgets which value stands under which key.
  const values = Object.fromEntries(entries) as Values;
  const { clientCidrs, traffic, allowList, allowedDomains, adminCidr, ...rest } = values;
  const admin = adminCidr === undefined ? {} : { adminCidr };
  const given = { ...rest, egress: { clientCidrs, traffic, allowList, allowedDomains, ...admin } };
  return { ...given, ...chooseWatch(given) };
}

function readOne<T>({ variable, takes, fallback = '' }: Setting<T>, env: Environment, problems: Problems): T {
  return takes.read(env[variable] || fallback, variable, problems);
}

type Launch = Pick<Settings, 'image' | 'instanceTypes' | 'egress'>;

/** An image has one architecture: a type of the other would only be found useless when it is the last one left. */
function refuseArchitectures({ image, instanceTypes }: Launch, problems: Problems): void {
  switch (image.kind) {
    case 'preset':
      refuseMissingArchitectures(image.preset, instanceTypes, problems);
      break;
    case 'fixed':
      refuseMixedArchitectures(image.imageId, instanceTypes, problems);
      break;
    case 'custom':
      break;
    default:
      assertNever(image);
  }
}

/** Amazon's old image makes itself a NAT before our rules could be there, and has no nftables to load them with. */
function refuseUnfilteredImage({ image, egress }: Launch, problems: Problems): void {
  const filters = egress.allowList.length > 0 || egress.allowedDomains.length > 0;
  if (filters && image.kind === 'preset' && image.preset === 'amzn-ami-vpc-nat') {
    problems.add(
      settings.image.variable,
      image.preset,
      'another image where destinations or names are filtered, which this one cannot',
    );
  }
}

/** A probe whose requests the NAT instances refuse would see a NAT that is broken. */
function refuseBlockedTargets(
  { zones, probeTargets, egress }: Pick<Settings, 'zones' | 'probeTargets' | 'egress'>,
  problems: Problems,
): void {
  if (zones.every(({ probe }) => probe === undefined)) {
    return;
  }
  const { variable } = settings.probeTargets;
  const filters = `${settings.allowedDomains.variable} or ${settings.allowList.variable}`;
  for (const target of blockedTargets(probeTargets, egress)) {
    problems.add(variable, target, `targets that ${filters} lets through`);
  }
  if (chooseTargets(probeTargets, egress).length === 0) {
    const expected = `an HTTPS address that ${filters} lets through, for Phoenat knows none that they do, or Probe=off`;
    problems.add(variable, '', expected);
  }
}

/** EC2 would launch nothing. */
function refuseUnshownTags(given: Omit<Settings, 'vpcId'>, problems: Problems): void {
  for (const key of isWatching(given) ? unshownKeys(given) : []) {
    const expected = `keys of ${shownKeys}, or ${settings.watch.parameter}=off: a watch needs tags in the instance metadata, which cannot show this one`;
    problems.add(settings.tags.variable, key, expected);
  }
}

/** It would cost as much as any instance, and could carry nobody. */
function refuseUselessStandby(given: Omit<Settings, 'vpcId'>, problems: Problems): void {
  if (given.zones.some(isStandby) && !mayStandIn(given)) {
    const filters = `${settings.allowedDomains.parameter} and ${settings.image.parameter}=amzn-ami-vpc-nat`;
    problems.add('Standby', 'on', `off with ${filters}, with which no instance can stand in for another`);
  }
}

/** Ports would be open for nothing. */
function refuseUselessAsking(given: Omit<Settings, 'vpcId'>, problems: Problems): void {
  if (given.keepConnections !== 'all') {
    return;
  }
  const { variable } = settings.keepConnections;
  if (!asksClients(given)) {
    const filters = `${settings.allowedDomains.parameter} alone and with ${settings.image.parameter}=amzn-ami-vpc-nat`;
    problems.add(variable, 'all', `senders with ${filters}, where no client can be asked whose a packet is`);
  }
  if (given.zones.some(({ probe }) => probe === undefined)) {
    const expected = 'senders, or Probe=on: the probes bring instances the program that asks clients';
    problems.add(variable, 'all', expected);
  }
}

function refuseMissingArchitectures(
  preset: ImagePreset,
  instanceTypes: readonly string[],
  problems: Problems,
): void {
  const offered = architecturesOfPreset(preset);
  const unserved = instanceTypes.filter((type) => !offered.includes(architectureOfType(type)));
  if (unserved.length > 0) {
    const expected = `${offered.join(' or ')} instance types for ${preset}, which has images for nothing else`;
    problems.add(settings.instanceTypes.variable, unserved.join(','), expected);
  }
}

function refuseMixedArchitectures(
  imageId: string,
  instanceTypes: readonly string[],
  problems: Problems,
): void {
  if (new Set(instanceTypes.map(architectureOfType)).size > 1) {
    const expected = `instance types of one architecture, as ${imageId} has only one`;
    problems.add(settings.instanceTypes.variable, instanceTypes.join(','), expected);
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
