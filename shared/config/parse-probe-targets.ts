import { isInRange } from '../core/diagnose/address-range.ts';
import type { EgressSettings } from '../core/model/settings.ts';
import { isAddress, isPublicAddress } from './cidr.ts';
import type { Problems } from './problems.ts';
import type { Reader } from './readers.ts';

/** The probe asks all of them at once, each minute. */
const maxTargets = 5;
const longest = 200;

const expected = `an https:// address on port 443 of at most ${longest} characters, with a name or a public IPv4 address, such as https://checkip.amazonaws.com/`;

/** HTTPS addresses that the probes ask. None: `chooseTargets` finds some. */
export const probeTargets: Reader<string[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) => {
    const targets = raw.trim() === '' ? [] : raw.split(',').map((entry) => entry.trim());
    if (targets.length > maxTargets) {
      problems.add(path, `${targets.length} targets`, `at most ${maxTargets} targets`);
    }
    for (const [index, target] of targets.entries()) {
      refuseOdd(target, `${path}[${index}]`, problems);
      if (targets.findIndex((one) => hrefOf(one) === hrefOf(target)) !== index) {
        problems.add(`${path}[${index}]`, target, 'each target once');
      }
    }
    return targets;
  },
};

function refuseOdd(target: string, where: string, problems: Problems): void {
  const url = /^https:\/\/[!-~]+$/.test(target) && target.length <= longest ? URL.parse(target) : null;
  const isOdd =
    url === null ||
    url.port !== '' ||
    url.username !== '' ||
    url.password !== '' ||
    url.hash !== '' ||
    !(isPublicAddress(url.hostname) || isPublicName(url.hostname));
  if (isOdd) {
    problems.add(where, target, expected);
  }
}

/** Not one that no public resolver knows (RFC 6761, RFC 6762; `.internal` is reserved for private use by ICANN). */
function isPublicName(name: string): boolean {
  return (
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\.?$/.test(name) &&
    !/\.(?:internal|local|localhost|invalid|test)\.?$/.test(name)
  );
}

function hrefOf(target: string): string {
  return URL.parse(target)?.href ?? target;
}

/**
 * Three operators that have nothing to do with each other. The first answers with the address that it saw; the last needs
 * no name to be resolved, and has a certificate for its address.
 */
const ofThemselves = [
  'https://checkip.amazonaws.com/',
  'https://www.gstatic.com/generate_204',
  'https://1.1.1.1/',
];

type Filters = Pick<EgressSettings, 'allowList' | 'allowedDomains'>;

/**
 * What the probes ask where nobody has said it: targets that the NAT instances let through, and where names are filtered
 * also those names. May be empty.
 */
export function chooseTargets(given: readonly string[], filters: Filters): readonly string[] {
  if (given.length > 0) {
    return given;
  }
  const known = ofThemselves.filter((target) => isSurelyAllowed(target, filters));
  // A name itself is likelier to have a server than what stands before its subdomains.
  const names = filters.allowedDomains.toSorted(
    (one, other) => Number(one.startsWith('.')) - Number(other.startsWith('.')),
  );
  const allowed = names.map((name) => `https://${name.replace(/^\./, '')}/`);
  return [...new Set([...known, ...allowed])].slice(0, maxTargets);
}

/** Of these targets, those that the NAT instances do not let through. */
export function blockedTargets(given: readonly string[], filters: Filters): readonly string[] {
  return given.filter((target) => !isSurelyAllowed(target, filters) && !mayBeAllowed(target, filters));
}

function isSurelyAllowed(target: string, { allowList, allowedDomains }: Filters): boolean {
  const host = hostOf(target);
  if (allowList.length === 0 && allowedDomains.length === 0) {
    return true;
  }
  return isAddress(host)
    ? allowList.some(
        ({ cidr, port, protocol }) => protocol === 'tcp' && port === 443 && isInRange(host, cidr),
      )
    : allowedDomains.some((name) => name === host || (name.startsWith('.') && `.${host}`.endsWith(name)));
}

/** Which addresses a name has shows when it is asked for: one of them may be among the allowed destinations. */
function mayBeAllowed(target: string, { allowList }: Filters): boolean {
  return (
    !isAddress(hostOf(target)) && allowList.some(({ port, protocol }) => protocol === 'tcp' && port === 443)
  );
}

function hostOf(target: string): string {
  return (URL.parse(target)?.hostname ?? '').replace(/\.$/, '');
}
