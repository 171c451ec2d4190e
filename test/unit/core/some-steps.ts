import { parseClientToken } from '../../../shared/core/model/ids.ts';
import type { ControllerStep } from '../../../shared/core/model/step.ts';
import { id, now, zoneName } from './a-snapshot.ts';

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
  zone: zoneName('a'),
  subnetId: id('subnet', 'a0'),
  clientToken: token,
} as const satisfies ControllerStep;
export const launch = {
  kind: 'launch',
  zone: zoneName('a'),
  instanceType: 't4g.nano',
  image,
  on: created,
  clientToken: token,
} as const satisfies ControllerStep;
export const uncheck = { kind: 'disable-source-dest-check', on: created } as const satisfies ControllerStep;
export const regroup = {
  kind: 'set-security-groups',
  on: created,
  groupIds: [id('securityGroup', '1')],
} as const satisfies ControllerStep;
export const associate = {
  kind: 'associate-address',
  allocationId: id('allocation', 'a'),
  to: created,
} as const satisfies ControllerStep;
export const route = {
  kind: 'set-default-route',
  routeTableId: id('routeTable', 'a1'),
  exists: true,
  to: created,
} as const satisfies ControllerStep;
export const mark = {
  kind: 'mark-for-replacement',
  instanceId: id('instance', 'a1'),
  mark: { reason: 'rebuild', at: now },
} as const satisfies ControllerStep;
