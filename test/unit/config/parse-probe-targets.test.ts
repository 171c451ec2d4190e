import { describe, expect, it } from 'vitest';
import { blockedTargets, chooseTargets, probeTargets } from '../../../shared/config/parse-probe-targets.ts';
import { Problems } from '../../../shared/config/problems.ts';
import type { EgressRule } from '../../../shared/core/model/settings.ts';

function parsed(raw: string) {
  const problems = new Problems();
  return { targets: probeTargets.read(raw, 'targets', problems), found: problems.found };
}

const https = (cidr: string): EgressRule => ({ cidr, port: 443, protocol: 'tcp' });
const open = { allowList: [], allowedDomains: [] };

describe('targets', () => {
  it.each([
    ['', []],
    ['https://checkip.amazonaws.com/', ['https://checkip.amazonaws.com/']],
    [
      'https://a.example.com/up?of=all, https://1.1.1.1/',
      ['https://a.example.com/up?of=all', 'https://1.1.1.1/'],
    ],
  ])('are read from %j', (raw, targets) => {
    expect(parsed(raw)).toEqual({ targets, found: [] });
  });

  it.each([
    'http://example.com/',
    'example.com',
    'https://',
    'https://example.com:8443/',
    'https://localhost/',
    'https://user:secret@example.com/',
    'https://example.com/#top',
    'https://10.0.0.5/',
    'https://100.64.0.1/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://169.254.169.254/latest/meta-data/',
    'https://224.0.0.1/',
    'https://[2606:4700:4700::1111]/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://example.invalid./',
    'https://-a.com/',
    `https://${'a'.repeat(64)}.com/`,
    'https://exa mple.com/',
    'https://bücher.example/',
    `https://example.com/${'x'.repeat(200)}`,
    'ftp://example.com/',
  ])('such as %j are refused', (raw) => {
    expect(parsed(raw).found).toEqual([
      expect.stringMatching(/^targets\[0\]: expected an https:\/\/ address/),
    ]);
  });

  it('are each named once, and are not many', () => {
    const many = Array.from({ length: 6 }, (_value, index) => `https://${index}.example.com/`).join(',');

    expect(parsed('https://example.com/,https://example.com/').found).toEqual([
      'targets[1]: expected each target once, got "https://example.com/"',
    ]);
    expect(parsed('https://example.com,https://EXAMPLE.com/').found).toHaveLength(1);
    expect(parsed(many).found).toEqual(['targets: expected at most 5 targets, got "6 targets"']);
  });

  it('that lie in their list with nothing between two commas are refused', () => {
    expect(parsed('https://example.com/,,').found).toHaveLength(3);
  });
});

describe('what is asked', () => {
  it('is what was given', () => {
    expect(chooseTargets(['https://example.com/'], { ...open, allowedDomains: ['example.org'] })).toEqual([
      'https://example.com/',
    ]);
  });

  it.each([
    ['.amazonaws.com', ['https://checkip.amazonaws.com/', 'https://amazonaws.com/']],
    ['checkip.amazonaws.com', ['https://checkip.amazonaws.com/']],
    ['example.com', ['https://example.com/']],
  ])('is the names that are allowed, where that is %s', (name, targets) => {
    expect(chooseTargets([], { ...open, allowedDomains: [name] })).toEqual(targets);
  });

  it('is at most five', () => {
    const allowedDomains = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name}.example.com`);

    expect(chooseTargets([], { ...open, allowedDomains })).toHaveLength(5);
  });

  it.each([
    ['1.1.1.0/24', ['https://1.1.1.1/']],
    ['203.0.113.0/24', []],
  ])('is an address that is allowed, where that is %s', (cidr, targets) => {
    expect(chooseTargets([], { ...open, allowList: [https(cidr)] })).toEqual(targets);
  });

  it.each<EgressRule>([
    { cidr: '1.1.1.0/24', port: 53, protocol: 'udp' },
    { cidr: '1.1.1.0/24', port: 443, protocol: 'udp' },
    { cidr: '1.1.1.0/24', port: 853, protocol: 'tcp' },
  ])('is nothing, where only $protocol $port is allowed', (rule) => {
    expect(chooseTargets([], { ...open, allowList: [rule] })).toEqual([]);
  });
});

describe('a target that was given', () => {
  it.each([
    ['where nothing is filtered', 'https://example.com/', open, false],
    [
      'where its name is allowed',
      'https://example.com/up',
      { ...open, allowedDomains: ['example.com'] },
      false,
    ],
    [
      'where its suffix is allowed',
      'https://a.example.com/',
      { ...open, allowedDomains: ['.example.com'] },
      false,
    ],
    [
      'where its bare suffix is',
      'https://example.com/',
      { ...open, allowedDomains: ['.example.com'] },
      false,
    ],
    [
      'where another name is allowed',
      'https://notexample.com/',
      { ...open, allowedDomains: ['.example.com'] },
      true,
    ],
    [
      'where names are, and it is an address',
      'https://1.1.1.1/',
      { ...open, allowedDomains: ['.example.com'] },
      true,
    ],
    [
      'where its address is allowed',
      'https://1.1.1.1/',
      { ...open, allowList: [https('1.1.1.1/32')] },
      false,
    ],
    [
      'where another address is allowed',
      'https://1.1.1.1/',
      { ...open, allowList: [https('1.1.0.0/24')] },
      true,
    ],
    [
      'whose address may be allowed',
      'https://example.com/',
      { ...open, allowList: [https('1.1.0.0/24')] },
      false,
    ],
    [
      'whose address cannot be allowed',
      'https://example.com/',
      { ...open, allowList: [{ cidr: '1.1.0.0/24', port: 5432, protocol: 'tcp' as const }] },
      true,
    ],
  ])('%s, is blocked or not', (_when, target, filters, isBlocked) => {
    expect(blockedTargets([target], filters)).toEqual(isBlocked ? [target] : []);
  });
});
