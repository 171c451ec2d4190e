import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import type { Environment } from '../../shared/config/environment.ts';
import { prepare } from '../../shared/loop/prepare.ts';

/** What the template's defaults come to, and a zone's ids. */
export const defaults: Environment = {
  PHOENAT_STACK: 'phoenat',
  PHOENAT_VPC_ID: 'vpc-0123456789abcdef0',
  PHOENAT_CLIENT_CIDRS: '10.0.0.0/16',
  PHOENAT_SECURITY_GROUPS: 'sg-0123456789abcdef0',
  PHOENAT_ZONES: JSON.stringify([
    {
      name: 'a',
      publicSubnet: 'subnet-0123456789abcdef0',
      privateSubnets: ['subnet-0123456789abcdef1'],
      allocationId: 'eipalloc-0123456789abcdef0',
      probe: 'phoenat-probe-a',
    },
  ]),
};

/** The user data as a launch sends it, and EC2 hands it out: compressed. */
export function userDataOf(changes: Environment): Buffer {
  const { userData } = prepare({ ...defaults, ...changes }, readBootstrapFiles());
  return Buffer.from(userData({}), 'base64');
}
