import { gunzipSync } from 'node:zlib';
import { healthPort } from '../../../infra/nat-env.ts';
import type { Metadata } from '../programs/protocol.ts';
import { service, servicePort, vpcCidr } from './address-plan.ts';

/** What the metadata service tells of an interface with these addresses, unless more is to be told. */
export function ofItself(addresses: readonly string[]): Metadata {
  return { 'local-ipv4s': addresses.join('\n'), 'public-ipv4s': '203.0.113.9', mac: '02:00:00:00:00:01' };
}

/** The lab's nat.env, with what is to differ. */
export function natEnv(changes: Readonly<Record<string, string>>): string {
  const values: Record<string, string> = {
    CLIENT_CIDRS: vpcCidr,
    EGRESS: 'tcp 443 0.0.0.0/0;tcp 80 0.0.0.0/0',
    NAMES: '',
    HEALTH_PORT: `${healthPort}`,
    HEALTH_FROM: vpcCidr,
    EGRESS_TARGETS: `${service.web}:${servicePort}`,
    SPEC_HASH: 'lab',
    ...changes,
  };
  return Object.entries(values)
    .map(([key, value]) => `${key}="${value}"\n`)
    .join('');
}

/** The lines of nat.env in an instance's user data (infra/user-data.ts). */
export function natEnvIn(userData = ''): Readonly<Record<string, string>> {
  const data = Buffer.from(userData, 'base64');
  const text = data.length === 0 ? '' : gunzipSync(data).toString();
  const [, file = ''] = text.split(" cat >/etc/phoenat/nat.env <<'END OF FILE'\n");
  const [own = ''] = file.split(' END OF FILE\n');
  const lines = [...own.matchAll(/^ +([A-Z_]+)="?([^"\n]*)"?$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}
