import { renderNatEnv } from '../infra/nat-env.ts';
import { readBootstrapFiles } from '../infra/read-bootstrap-files.ts';
import { renderExtras, renderUserData, userDataLimitBytes } from '../infra/user-data.ts';
import { minuteMs } from '../shared/core/model/time.ts';
import { digest, encodeUserData } from '../shared/loop/prepare.ts';

/** The bytes that an instance's user data leaves for lists, of those that EC2 takes, with everything else switched on. */
export function userDataRoom(): number {
  const files = readBootstrapFiles();
  const egress = {
    clientCidrs: ['10.0.0.0/16'],
    traffic: 'web',
    allowList: [],
    allowedDomains: ['.example.com'],
    adminCidr: '198.51.100.7/32',
  } as const;
  const told = `OTHER_CIDRS="10.0.64.0/18 10.0.128.0/18"\nNAT_CIDRS="10.0.1.0/28 10.0.2.0/28"\nEXTRAS=${digest(renderExtras(files))}\n`;
  const text = renderUserData(files, `${renderNatEnv(egress, minuteMs, true, true)}${told}`, {
    names: true,
    connections: true,
    watch: true,
    handOver: true,
    extrasFollow: true,
  });
  return userDataLimitBytes - Buffer.from(encodeUserData(text), 'base64').length;
}
