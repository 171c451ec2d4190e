import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { renderExtras } from '../../../infra/user-data.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { digest, prepare } from '../../../shared/loop/prepare.ts';
import { environmentOf } from '../../../simulator/harness/environment.ts';
import { id, someSettings } from '../core/a-snapshot.ts';

const bootstrap = readBootstrapFiles();

function hashOf(changes: Partial<Settings> = {}): string {
  return prepare(environmentOf(someSettings(changes)), bootstrap).specHash;
}

function sent(egress: Partial<Settings['egress']>, predecessorIp?: string): string {
  const settings = someSettings({ egress: { ...someSettings().egress, ...egress } });
  const { userData } = prepare(environmentOf(settings), bootstrap);
  return gunzipSync(Buffer.from(userData({ ...(predecessorIp && { predecessorIp }) }), 'base64')).toString();
}

describe('the user data of a launch', () => {
  it('names the instance whose place it takes, and is the same but for that', () => {
    const named = sent({}, '10.0.0.4');

    expect(named).toMatch(/^ *PREDECESSOR=10\.0\.0\.4$/m);
    expect(named.replace(/^ *PREDECESSOR=.*\n/m, '')).toBe(sent({}));
  });

  it('leaves out what is no address: a shell reads it', () => {
    expect(sent({}, '10.0.0.4; reboot')).toBe(sent({}));
  });

  describe('where it has no room for all programs', () => {
    const names = (count: number) =>
      Array.from({ length: count }, (_, n) => `x${digest(String(n)).slice(0, 40)}.com`);
    const sentWith = (count: number, probe?: string) => {
      const { egress, zones } = someSettings();
      const settings = someSettings({
        egress: { ...egress, allowedDomains: names(count) },
        zones: zones.map((zone) => ({ ...zone, ...(probe !== undefined && { probe }) })),
      });
      const { userData } = prepare(environmentOf(settings), bootstrap);
      return gunzipSync(Buffer.from(userData({}), 'base64')).toString();
    };

    const writes = (name: string) => expect.stringContaining(` cat >/etc/phoenat/${name} `);

    it('tells the hash of those that the probe brings', () => {
      const few = sentWith(0, 'probe-of-a');

      expect(few).toContain(`EXTRAS=${digest(renderExtras(bootstrap))}\n`);
      expect(few).not.toEqual(writes('connections.py'));
      expect(few).not.toEqual(writes('guard.sh'));
      expect(few).toEqual(writes('rules.py'));
    });

    it('waits for nft where the lists leave no room for the rules as they were recorded', () => {
      const many = sentWith(100, 'probe-of-a');

      expect(many).not.toEqual(writes('rules.py'));
      expect(many).not.toEqual(writes('nat-batch.txt'));
      expect(many).toEqual(writes('nat.nft'));
      expect(sentWith(100)).not.toEqual(writes('rules.py'));
    });

    it('holds no shutdown where there is no probe, nor hands connections on, and refuses no list for that', () => {
      for (const text of [sentWith(0), sentWith(5), sentWith(100)]) {
        expect(text).not.toEqual(writes('hand-over.sh'));
        expect(text).toEqual(writes('guard.sh'));
        expect(text).not.toMatch(/^ *EXTRAS=\w/m);
      }
      expect(sentWith(0)).toEqual(writes('rules.py'));
      expect(sentWith(100)).not.toEqual(writes('connections.py'));
    });
  });
});

describe('the hash of all that a launch depends on', () => {
  it('is the same for the same settings', () => {
    expect(hashOf()).toBe(hashOf());
  });

  it.each<[string, Partial<Settings>]>([
    ['image', { image: { kind: 'preset', preset: 'fck-nat' } }],
    ['instance types', { instanceTypes: ['t4g.micro'] }],
    ['security groups', { securityGroupIds: [id('securityGroup', '2')] }],
    ['instance profile', { instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/other' }],
    ['volume', { volumeGiB: 9 }],
    ['user data', { egress: { ...someSettings().egress, traffic: 'https' } }],
  ])('is another for another %s', (_what, changes) => {
    expect(hashOf(changes)).not.toBe(hashOf());
  });

  it('is another where instances learn to stand in, and the same whatever subnets the other zones have', () => {
    const { userData, specHash } = prepare(environmentOf(someSettings({ standIn: 'on' })), bootstrap);
    const textOf = (cidrs: readonly string[]) =>
      gunzipSync(
        Buffer.from(userData({ others: { cidrs, nats: ['10.0.9.0/28'], mark: 'm' } }), 'base64'),
      ).toString();

    expect(specHash).not.toBe(hashOf());
    expect(textOf(['10.0.1.0/24', '10.0.2.0/24'])).toContain('OTHER_CIDRS="10.0.1.0/24 10.0.2.0/24"\n');
    expect(textOf([])).toContain('OTHER_CIDRS=""\n');
    expect(textOf([])).toContain('NAT_CIDRS="10.0.9.0/28"\n');
    for (const cidrs of [[], ['10.0.1.0/24']]) expect(textOf(cidrs)).toContain(`SPEC_HASH=${specHash}\n`);
  });

  it('is another where clients are asked, and the same whatever subnets they are in', () => {
    const zones = someSettings().zones.map((one) => ({ ...one, probe: 'a-probe' }));
    const asking = someSettings({ keepConnections: 'all', zones });
    const { userData, specHash } = prepare(environmentOf(asking), bootstrap);
    const textOf = (clients: readonly string[]) =>
      gunzipSync(Buffer.from(userData({ clients }), 'base64')).toString();

    expect(specHash).not.toBe(hashOf());
    expect(textOf(['10.0.1.0/24', '10.0.2.0/24'])).toContain('OWN_CIDRS="10.0.1.0/24 10.0.2.0/24"\n');
    for (const cidrs of [[], ['10.0.1.0/24']]) {
      expect(textOf(cidrs)).toContain('KEEP_CONNECTIONS=all\n');
      expect(textOf(cidrs)).toContain(`SPEC_HASH=${specHash}\n`);
      expect(textOf(cidrs)).toContain(`EXTRAS=${digest(renderExtras(bootstrap))}\n`);
    }
  });

  it('is told no other zones where the list would make the user data too long', () => {
    const { userData } = prepare(environmentOf(someSettings({ standIn: 'on' })), bootstrap);
    const many = Array.from(
      { length: 9_000 },
      (_, n) => `10.${n % 251}.${(n * 7_919) % 249}.${(n * 31) % 253}/32`,
    );

    expect(userData({ others: { cidrs: many, nats: [], mark: 'm' } })).toBe(userData({}));
  });

  it('has room for a watch and for standing in, also where no probe brings what has none', () => {
    const together = someSettings({
      watch: 'on',
      standIn: 'on',
      handOverMs: 60_000,
      instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/nat',
    });

    expect(together.zones.map(({ probe }) => probe)).toEqual([undefined, undefined]);
    expect(() => prepare(environmentOf(together), bootstrap)).not.toThrow();
  });

  it('is the same whatever only the controller does otherwise', () => {
    expect(hashOf({ maxLaunchesPerHour: 7, readyTimeoutMs: 900_000 })).toBe(hashOf());
  });

  it('is the same for other tags: labels move no traffic', () => {
    const tags = [{ key: 'Team', value: 'network' }];

    expect(prepare(environmentOf(someSettings({ tags })), bootstrap).settings.tags).toEqual(tags);
    expect(hashOf({ tags })).toBe(hashOf());
  });
});
