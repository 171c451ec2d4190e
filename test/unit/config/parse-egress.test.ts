import { describe, expect, it } from 'vitest';
import { renderNatEnv } from '../../../infra/nat-env.ts';
import { parseSettings } from '../../../shared/config/controller-settings.ts';
import type { EgressSettings } from '../../../shared/core/model/settings.ts';

const rest = {
  PHOENAT_STACK: 'phoenat',
  PHOENAT_VPC_ID: 'vpc-00000001',
  PHOENAT_SECURITY_GROUPS: 'sg-00000001',
  PHOENAT_ZONES: JSON.stringify([
    {
      name: 'a',
      publicSubnet: 'subnet-00000001',
      privateSubnets: ['subnet-00000002'],
      allocationId: 'eipalloc-00000001',
    },
  ]),
};

function parse(env: Readonly<Record<string, string>>) {
  return parseSettings({ ...rest, ...env }).egress;
}

describe('where clients may go', () => {
  it('is the web from every private address where nothing is said, or empty texts', () => {
    const expected = { clientCidrs: [], traffic: 'web', allowList: [], allowedDomains: [] };
    const empty = ['CLIENT_CIDRS', 'TRAFFIC', 'EGRESS_ALLOW_LIST', 'ALLOWED_DOMAINS', 'ADMIN_CIDR'];

    expect(parse({})).toEqual(expected);
    expect(parse(Object.fromEntries(empty.map((name) => [`PHOENAT_${name}`, ''])))).toEqual(expected);
  });

  it('is what the variables say', () => {
    const egress = parse({
      PHOENAT_CLIENT_CIDRS: '10.0.0.0/16, 10.1.0.0/16',
      PHOENAT_TRAFFIC: 'https',
      PHOENAT_EGRESS_ALLOW_LIST: '203.0.113.0/24,203.0.113.7/32:5432,198.51.100.0/24:123/udp',
      PHOENAT_ALLOWED_DOMAINS: 'example.com,.example.org',
      PHOENAT_ADMIN_CIDR: '198.51.100.7/32',
    });

    expect(egress).toEqual({
      clientCidrs: ['10.0.0.0/16', '10.1.0.0/16'],
      traffic: 'https',
      allowList: [
        { cidr: '203.0.113.0/24', port: 443, protocol: 'tcp' },
        { cidr: '203.0.113.7/32', port: 5432, protocol: 'tcp' },
        { cidr: '198.51.100.0/24', port: 123, protocol: 'udp' },
      ],
      allowedDomains: ['example.com', '.example.org'],
      adminCidr: '198.51.100.7/32',
    });
  });

  it.each([
    ['PHOENAT_TRAFFIC', 'everything', /PHOENAT_TRAFFIC: expected https, web, all, got "everything"/],
    [
      'PHOENAT_CLIENT_CIDRS',
      '10.0.0.0/16,10.256.0.0/16',
      /PHOENAT_CLIENT_CIDRS\[1\]: .*got "10\.256\.0\.0\/16"/,
    ],
    ['PHOENAT_CLIENT_CIDRS', '10.0.0.0/33', /CLIENT_CIDRS\[0\]/],
    ['PHOENAT_CLIENT_CIDRS', '10.0.0.0', /CLIENT_CIDRS\[0\]/],
    ['PHOENAT_CLIENT_CIDRS', '10.0.0.0/16,', /CLIENT_CIDRS\[1\]: .*got nothing/],
    [
      'PHOENAT_EGRESS_ALLOW_LIST',
      '203.0.113.0/24:0',
      /ALLOW_LIST\[0\]: expected an IPv4 range with or without port/,
    ],
    ['PHOENAT_EGRESS_ALLOW_LIST', '203.0.113.0/24:70000', /ALLOW_LIST\[0\]/],
    ['PHOENAT_EGRESS_ALLOW_LIST', '203.0.113.0/24:53/icmp', /ALLOW_LIST\[0\]/],
    ['PHOENAT_EGRESS_ALLOW_LIST', 'example.com', /ALLOW_LIST\[0\]/],
    ['PHOENAT_EGRESS_ALLOW_LIST', ',', /ALLOW_LIST\[0\]: .*got nothing/],
    ['PHOENAT_ALLOWED_DOMAINS', 'example.com,Example.org', /ALLOWED_DOMAINS\[1\]: .*small letters/],
    ['PHOENAT_ALLOWED_DOMAINS', '*.example.com', /ALLOWED_DOMAINS\[0\]/],
    ['PHOENAT_ALLOWED_DOMAINS', 'https://example.com', /ALLOWED_DOMAINS\[0\]/],
    ['PHOENAT_ALLOWED_DOMAINS', 'localhost', /ALLOWED_DOMAINS\[0\]/],
    ['PHOENAT_ALLOWED_DOMAINS', '203.0.113.7', /ALLOWED_DOMAINS\[0\]/],
    [
      'PHOENAT_ALLOWED_DOMAINS',
      '.example.com,www.example.com',
      /ALLOWED_DOMAINS\[1\]: .*\.example\.com covers it/,
    ],
    [
      'PHOENAT_ALLOWED_DOMAINS',
      'example.com,.example.com',
      /ALLOWED_DOMAINS\[0\]: .*\.example\.com covers it/,
    ],
    ['PHOENAT_ALLOWED_DOMAINS', 'a.com,a.com', /ALLOWED_DOMAINS\[1\]: .*each name once/],
    ['PHOENAT_ALLOWED_DOMAINS', 'a.com$(reboot)', /ALLOWED_DOMAINS\[0\]/],
    ['PHOENAT_ADMIN_CIDR', 'me', /ADMIN_CIDR\[0\]/],
  ])('names what is wrong with %s=%s', (name, value, message) => {
    expect(() => parse({ [name]: value })).toThrow(message);
  });
});

describe('nat.env', () => {
  const web: EgressSettings = { clientCidrs: [], traffic: 'web', allowList: [], allowedDomains: [] };
  const rule = { cidr: '203.0.113.0/24', port: 5432, protocol: 'tcp' } as const;
  const lines = (egress: EgressSettings) => renderNatEnv(egress).split('\n');

  it.each([
    ['https', 'EGRESS="tcp 443 0.0.0.0/0"'],
    ['web', 'EGRESS="tcp 443 0.0.0.0/0;tcp 80 0.0.0.0/0"'],
    ['all', 'EGRESS="all"'],
  ] as const)('lets %s through as ports', (traffic, line) => {
    expect(lines({ ...web, traffic })).toEqual(expect.arrayContaining([line, 'FILTERED=""', 'NAMES=""']));
  });

  it('lets a list of destinations replace the traffic', () => {
    expect(lines({ ...web, traffic: 'all', allowList: [rule] })).toEqual(
      expect.arrayContaining(['EGRESS="tcp 5432 203.0.113.0/24"', 'FILTERED="1"']),
    );
  });

  it('lets names allow nothing by address', () => {
    expect(lines({ ...web, traffic: 'all', allowedDomains: ['a.com', '.b.com'] })).toEqual(
      expect.arrayContaining(['EGRESS=""', 'NAMES="a.com .b.com"', 'FILTERED="1"']),
    );
  });

  it('tells of a standby: it can have the traffic of a shutdown, and copies connections', () => {
    expect(renderNatEnv(web, 60_000, false, true)).toContain('\nSTANDBY=1\n');
    expect(renderNatEnv(web, 60_000)).not.toContain('STANDBY');
    expect(renderNatEnv(web, undefined, false, true)).toContain('\nSTANDBY=1\n');
  });

  it('asks for the flow table where that is wanted', () => {
    expect(renderNatEnv(web, undefined, false, false, true)).toContain('\nFLOW_TABLE=1\n');
    expect(renderNatEnv(web)).not.toContain('FLOW_TABLE');
  });

  it('leaves the clients to configure.sh where none are given', () => {
    expect(renderNatEnv(web)).not.toContain('CLIENT_CIDRS');
    expect(lines({ ...web, clientCidrs: ['10.0.0.0/16', '10.1.0.0/16'] })).toContain(
      'CLIENT_CIDRS="10.0.0.0/16 10.1.0.0/16"',
    );
  });
});
