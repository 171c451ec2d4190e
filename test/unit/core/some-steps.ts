import { parseClientToken } from '../../../shared/core/model/ids.ts';
import type { Step } from '../../../shared/core/model/step.ts';
import { id, now } from './a-snapshot.ts';

export const eni = { kind: 'interface', id: id('interface', 'a1') } as const;
const created = { kind: 'created' } as const;

function aToken() {
  const token = parseClientToken('phoenat-1');
  if (token === undefined) {
    throw new Error('phoenat-1 is a token');
  }
  return token;
}

export const token = aToken();
export const image = { id: id('image', '1'), architecture: 'arm64', rootDeviceName: '/dev/xvda' } as const;

export const create = {
  kind: 'create-interface',
  subnetId: id('subnet', 'a0'),
  clientToken: token,
} as const satisfies Step;
export const launch = {
  kind: 'launch',
  instanceType: 't4g.nano',
  image,
  on: created,
  clientToken: token,
} as const satisfies Step;
export const uncheck = { kind: 'disable-source-dest-check', on: created } as const satisfies Step;
export const regroup = {
  kind: 'set-security-groups',
  on: created,
  groupIds: [id('securityGroup', '1')],
} as const satisfies Step;
export const associate = {
  kind: 'associate-address',
  allocationId: id('allocation', 'a'),
  to: created,
} as const satisfies Step;
export const route = {
  kind: 'set-default-route',
  routeTableId: id('routeTable', 'a1'),
  exists: true,
  to: created,
} as const satisfies Step;
export const mark = {
  kind: 'mark-for-replacement',
  instanceId: id('instance', 'a1'),
  mark: { reason: 'rebuild', at: now },
} as const satisfies Step;
