import { emptyMemory, type Memory, rememberCarrier } from '../../../shared/core/memory/memory.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  id,
  mainTable,
  now,
  publicTable,
  type Scene,
  zoneName,
} from './a-snapshot.ts';

export const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;

/** Noted a moment ago, as a takeover is. */
export const takenOver = { by: 'phoenat', at: [now - secondMs] };

export const gone = { kind: 'interface', id: id('interface', 'dead') } as const;

/** The healthy zone beside the one that is looked at. */
export const ofB = {
  instances: [anInstance('b')],
  interfaces: [anInterface('b')],
  routeTables: [publicTable, mainTable, aTable('b', 1), aTable('b', 2)],
};

export const toGateway = [1, 2].map((nth) =>
  aTable('a', nth === 1 ? 1 : 2, { defaultRoute: { target: gateway, state: 'active' } }),
);

export const blackholed = [1, 2].map((nth) =>
  aTable('a', nth === 1 ? 1 : 2, { defaultRoute: { target: gone, state: 'blackhole' } }),
);

export const candidate = anInstance('a', {
  id: id('instance', 'ca'),
  interfaceId: id('interface', 'ca'),
  launchedAt: now - 3 * minuteMs,
});

export const candidateInterface = anInterface('a', {
  id: id('interface', 'ca'),
  attachedTo: id('instance', 'ca'),
  hasOwnPublicAddress: true,
});

export const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });

export const steady: Memory = rememberCarrier(
  emptyMemory,
  zoneName('a'),
  id('instance', 'a1'),
  now - 11 * secondMs,
);

export const recovery = [
  ['create-interface'],
  ['disable-source-dest-check', 'associate-address', 'set-default-route', 'set-default-route'],
  ['launch'],
];

export function withoutInterface() {
  const { interfaceId: _none, ...address } = anAddress('a');
  return address;
}

export function withoutPrimary(
  state: 'shutting-down' | 'terminated' | 'stopping' | 'stopped',
): Partial<Scene> {
  return { instances: [anInstance('a', { state }), ...ofB.instances], statuses: [aStatus('b1')] };
}

export function withoutZoneA(): Partial<Scene> {
  return {
    addresses: [withoutInterface(), anAddress('b')],
    routeTables: [...ofB.routeTables, ...blackholed],
    statuses: [aStatus('b1')],
  };
}
