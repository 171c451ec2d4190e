import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { renderNatEnv } from '../../infra/nat-env.ts';
import {
  type BootstrapFiles,
  renderExtras,
  renderUserData,
  userDataLimitBytes,
} from '../../infra/user-data.ts';
import type { LaunchConfiguration, ToldAtLaunch } from '../aws/ec2-context.ts';
import { isAddress } from '../config/cidr.ts';
import { parseRemovalSettings, parseSettings } from '../config/controller-settings.ts';
import type { Environment } from '../config/environment.ts';
import { specOf, settings as table } from '../config/parameters.ts';
import { SettingsError } from '../config/problems.ts';
import type { Settings } from '../core/model/settings.ts';
import { asksClients } from '../core/neighbours/paging.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { isStandby } from '../core/neighbours/standby.ts';
import { isWatching } from '../core/neighbours/watch.ts';

/** From the environment of a function to what it launches with. Throws as `prepare` does. */
export type Prepare = (env: Environment) => LaunchConfiguration;

/** Throws `SettingsError` when the environment is wrong, or asks for more than an instance's user data can hold. */
export function prepare(env: Environment, bootstrap: BootstrapFiles): LaunchConfiguration {
  const settings = parseSettings(env);
  const names = settings.egress.allowedDomains.length > 0;
  const standsIn = mayStandIn(settings);
  const watch = isWatching(settings);
  const { egress, handOverMs, zones } = settings;
  const paging = asksClients(settings);
  const alike = renderNatEnv(egress, handOverMs, watch, zones.some(isStandby), settings.flowTable === 'on');
  const own = paging ? `${alike}KEEP_CONNECTIONS=all\n` : alike;
  const renderWith =
    (wants: Programs) =>
    (spec: string, { others, clients, predecessorIp = '' }: ToldAtLaunch = {}) => {
      const otherCidrs = standsIn ? told('OTHER_CIDRS', others?.cidrs) + told('NAT_CIDRS', others?.nats) : '';
      const ownCidrs = paging ? told('OWN_CIDRS', clients) : '';
      // A shell reads it: what is no address is left out.
      const predecessor = isAddress(predecessorIp) ? `PREDECESSOR=${predecessorIp}\n` : '';
      const extras = wants.extrasFollow === undefined ? '' : `EXTRAS=${wants.extrasFollow}\n`;
      const natEnv = `${own}${otherCidrs}${ownCidrs}${predecessor}${extras}SPEC_HASH=${spec}\n`;
      const { connections } = wants;
      const handOver = settings.handOverMs !== undefined && wants.handOver;
      return renderUserData(bootstrap, natEnv, {
        names,
        connections,
        watch,
        handOver,
        paging,
        early: wants.early,
        extrasFollow: extras !== '',
      });
    };
  const fits = (wants: Programs) =>
    compress(renderWith(wants)('')).length <= userDataLimitBytes - roomForWordsBytes;
  const { first, least } = choices(settings, bootstrap);
  const render = renderWith(first.find(fits) ?? least);
  // Which programs there is room for depends on whether there are probes, for which alone no instance is replaced.
  const hash = specHash(settings, renderWith(everything)(''));
  const alone = encodeUserData(render(hash));
  const userData = (told: ToldAtLaunch) => {
    const text = render(hash, told);
    return text === render(hash) ? alone : (encodeIfItFits(text) ?? alone);
  };
  return { settings, userData, specHash: hash };
}

/** What an instance can forward without, as far as there is room for it. */
type Programs = {
  readonly handOver: boolean;
  readonly connections: boolean;
  /** Where not, the rules wait for nft to be installed. */
  readonly early: boolean;
  readonly extrasFollow?: string;
};

const everything: Programs = { handOver: true, connections: true, early: true };

/**
 * Some of it comes from the probe of its zone. Where there is none, nobody hears that an instance holds its shutdown; and
 * where even the lists leave no room for the table of connections, none is handed on. With the longest lists, an instance
 * forwards only once nft is there.
 */
function choices({ zones }: Settings, bootstrap: BootstrapFiles) {
  const all = everything;
  const isProbed = zones.every(({ probe }) => probe !== undefined);
  const fewer: readonly Programs[] = isProbed
    ? [{ ...all, extrasFollow: digest(renderExtras(bootstrap)) }]
    : [
        { ...all, handOver: false },
        { ...all, handOver: false, connections: false },
      ];
  const late = [all, ...fewer].map((programs) => ({ ...programs, early: false }));
  const [least = all] = late.slice(-1);
  return { first: [all, ...fewer, ...late], least };
}

function told(name: string, values: readonly string[] = []): string {
  return `${name}="${values.join(' ')}"\n`;
}

/** What the hash and all that is told at a launch may add to the compressed text. */
const roomForWordsBytes = 256;

/** What is known before a deletion's first call: it launches nothing, and needs no more. */
export function prepareRemoval(env: Environment): LaunchConfiguration {
  return { settings: parseRemovalSettings(env), userData: () => '', specHash: '' };
}

/** All that a launch depends on; an instance that was launched with another hash is replaced. */
function specHash(settings: Settings, userData: string): string {
  return digest(JSON.stringify([...specOf(settings), userData])).slice(0, 16);
}

/** Compressed, as cloud-init takes it too (cloud-init, "User data formats": gzip), and in base64, as EC2 takes it. */
export function encodeUserData(text: string): string {
  const encoded = encodeIfItFits(text);
  if (encoded === undefined) {
    const { length } = compress(text);
    throw new SettingsError([
      `${table.allowList.parameter} and ${table.allowedDomains.parameter}: the instance's user data would have ${length} bytes and EC2 accepts ${userDataLimitBytes}; shorten them, with wider ranges or .suffixes`,
    ]);
  }
  return encoded;
}

function encodeIfItFits(text: string): string | undefined {
  const compressed = compress(text);
  return compressed.length > userDataLimitBytes ? undefined : compressed.toString('base64');
}

/**
 * The recorded rules are compressed already. In a member of their own they take a code of their own, which is a fifth
 * shorter; a gzip file may have several (RFC 1952, 2.2).
 */
function compress(text: string): Buffer {
  const members = text.split(/^( *[\w+/=]{1000,}\n)/m);
  return Buffer.concat(
    members.filter((member) => member !== '').map((member) => gzipSync(member, { level: 9 })),
  );
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
