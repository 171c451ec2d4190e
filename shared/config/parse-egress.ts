import type { EgressRule, Traffic } from '../core/model/settings.ts';
import { isCidr } from './cidr.ts';
import type { Problems } from './problems.ts';
import { oneOf, type Reader } from './readers.ts';

// Whose traffic is forwarded, and where to. Whatever is malformed is named; nothing is guessed.

export const traffic: Reader<Traffic> = oneOf(['https', 'web', 'all']);

export const cidrRanges: Reader<string[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) =>
    list(raw).filter((entry, index) => {
      if (!isCidr(entry)) problems.add(`${path}[${index}]`, entry, 'an IPv4 range such as 10.0.0.0/16');
      return isCidr(entry);
    }),
};

export const cidrRange: Reader<string | undefined> = {
  type: 'String',
  read: (...given) => cidrRanges.read(...given)[0],
};

export const egressRules: Reader<EgressRule[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) =>
    list(raw).flatMap((entry, index) => readRule(entry, `${path}[${index}]`, problems)),
};

/** Entries between commas; a text without any is not a list. An empty entry among others is kept, and refused later. */
function list(raw: string): string[] {
  return raw.trim() === '' ? [] : raw.split(',').map((entry) => entry.trim());
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
export const domainNames: Reader<string[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) => {
    const domains = list(raw);
    for (const [index, domain] of domains.entries()) {
      if (!domainPattern.test(domain) || domain.length > 253) {
        problems.add(
          `${path}[${index}]`,
          domain,
          'a domain name in small letters such as example.com, or .example.com',
        );
      }
      const covering = domains.find(
        (other, at) =>
          at !== index && other.startsWith('.') && (domain.endsWith(other) || `.${domain}` === other),
      );
      if (covering !== undefined || domains.indexOf(domain) !== index) {
        problems.add(`${path}[${index}]`, domain, `each name once; ${covering ?? domain} covers it`);
      }
    }
    return domains;
  },
};
