import type { EgressRule, EgressSettings, Traffic } from '../core/model/settings.ts';
import { isCidr } from './cidr.ts';
import type { Environment } from './environment.ts';
import type { Problems } from './problems.ts';

const traffics: readonly Traffic[] = ['https', 'web', 'all'];

/** Whose traffic is forwarded, and where to. Whatever is malformed is named; nothing is guessed. */
export function parseEgress(env: Environment, problems: Problems): EgressSettings {
  const rawTraffic = env['PHOENAT_TRAFFIC'] === '' ? undefined : env['PHOENAT_TRAFFIC'];
  const traffic = traffics.find((candidate) => candidate === (rawTraffic ?? 'web'));
  if (traffic === undefined) {
    problems.add('PHOENAT_TRAFFIC', rawTraffic, traffics.join(', '));
  }
  const adminCidr = readCidrs(env, 'PHOENAT_ADMIN_CIDR', problems)[0];
  return {
    clientCidrs: readCidrs(env, 'PHOENAT_CLIENT_CIDRS', problems),
    traffic: traffic ?? 'web',
    allowList: list(env['PHOENAT_EGRESS_ALLOW_LIST']).flatMap((entry, index) =>
      readRule(entry, `PHOENAT_EGRESS_ALLOW_LIST[${index}]`, problems),
    ),
    allowedDomains: readDomains(env, problems),
    ...(adminCidr === undefined ? {} : { adminCidr }),
  };
}

/** Entries between commas; a text without any is no list at all. An empty entry among others is kept, and refused later. */
function list(raw: string | undefined): string[] {
  return raw === undefined || raw.trim() === '' ? [] : raw.split(',').map((entry) => entry.trim());
}

function readCidrs(env: Environment, name: string, problems: Problems): string[] {
  return list(env[name]).filter((entry, index) => {
    if (!isCidr(entry)) problems.add(`${name}[${index}]`, entry, 'an IPv4 range such as 10.0.0.0/16');
    return isCidr(entry);
  });
}

/** "203.0.113.0/24" for HTTPS, "203.0.113.7/32:5432", "198.51.100.0/24:123/udp". */
function readRule(entry: string, where: string, problems: Problems): EgressRule[] {
  const [, cidr = '', rawPort = '443', protocol = 'tcp'] =
    /^([^:]+)(?::(\d{1,5})(?:\/(tcp|udp))?)?$/.exec(entry) ?? [];
  const port = Number(rawPort);
  if (!isCidr(cidr) || !(port >= 1 && port <= 65_535)) {
    problems.add(
      where,
      entry,
      'an IPv4 range with or without port, such as 203.0.113.0/24:443 or 198.51.100.0/24:123/udp',
    );
    return [];
  }
  return [{ cidr, port, protocol: protocol === 'udp' ? 'udp' : 'tcp' }];
}

const domainPattern = /^\.?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Exact names, and suffixes that begin with a dot. Squid refuses a name that a suffix of the same list covers. */
function readDomains(env: Environment, problems: Problems): string[] {
  const name = 'PHOENAT_ALLOWED_DOMAINS';
  const domains = list(env[name]);
  for (const [index, domain] of domains.entries()) {
    if (!domainPattern.test(domain) || domain.length > 253) {
      problems.add(
        `${name}[${index}]`,
        domain,
        'a domain name in small letters such as example.com, or .example.com',
      );
    }
    const covering = domains.find(
      (other, at) =>
        at !== index && other.startsWith('.') && (domain.endsWith(other) || `.${domain}` === other),
    );
    if (covering !== undefined || domains.indexOf(domain) !== index) {
      problems.add(`${name}[${index}]`, domain, `each name once; ${covering ?? domain} covers it`);
    }
  }
  return domains;
}
