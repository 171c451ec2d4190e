import { diagnose } from '../../../shared/core/diagnose/diagnose.ts';
import { emptyMemory } from '../../../shared/core/memory/memory.ts';
import type { ZoneName } from '../../../shared/core/model/ids.ts';
import type { Reading } from '../../../shared/core/model/reading.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import type { Address, NatInstance, NatInterface } from '../../../shared/core/model/snapshot.ts';
import { markOf } from '../../../shared/core/neighbours/stand-in.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  id,
  mainTable,
  planContext,
  publicTable,
  snapshotOf,
  someSettings,
  zoneSettings,
} from './a-snapshot.ts';

export const spareIp = '10.0.11.9';
export const spareIpOfC = '10.0.12.9';
export const letters = ['a', 'b', 'c'] as const;
const { digest } = planContext(snapshotOf());

/** What differs from this: zone a's own instance is gone, and b and c, its neighbour's neighbour, are well. */
export type Changes = {
  readonly a?: Partial<NatInstance>;
  readonly b?: Partial<NatInstance>;
  readonly c?: Partial<NatInstance>;
  readonly besideB?: readonly NatInstance[];
  readonly interfaceOfB?: Partial<NatInterface>;
  readonly addressOfA?: Partial<Address>;
  readonly addressOfB?: Partial<Address>;
  readonly addressOfC?: Partial<Address>;
  /** Its Elastic IP and routes are with b's instance already. */
  readonly isCarried?: true;
  readonly besideA?: readonly NatInstance[];
  readonly gatewayOf?: 'a' | 'b';
  readonly routesOfB?: 'c';
  readonly status?: Parameters<typeof aStatus>[1];
  readonly readings?: ReadonlyMap<ZoneName, readonly Reading[]>;
  readonly settings?: Partial<Settings>;
  readonly memory?: typeof emptyMemory;
};

function cidrOf(hex: string): string {
  return `10.0.${'abc'.indexOf(hex[0] ?? '') + 1}${hex[1]}.0/24`;
}

export function scene(changes: Changes) {
  const others = markOf(['a1', 'a2', 'c1', 'c2'].map(cidrOf).toSorted(), digest);
  const gateway = { target: { kind: 'nat-gateway', id: id('natGateway', '1') }, state: 'active' } as const;
  const to = (letter: 'b' | 'c') =>
    ({ target: { kind: 'interface', id: id('interface', `${letter}1`) }, state: 'active' }) as const;
  const settings = someSettings({
    standIn: 'on',
    zones: letters.map(zoneSettings),
    ...changes.settings,
  });
  const snapshot = {
    ...snapshotOf({
      instances: [
        anInstance('a', { state: 'terminated', ...changes.a }),
        ...(changes.besideA ?? []),
        anInstance('b', { others, ...changes.b }),
        ...(changes.besideB ?? []),
        anInstance('c', changes.c),
      ],
      interfaces: [
        anInterface('a'),
        anInterface('b', { secondaryIps: [spareIp], ...changes.interfaceOfB }),
        anInterface('c', { secondaryIps: [spareIpOfC] }),
      ],
      addresses: [
        anAddress('a', {
          ...(changes.isCarried ? { interfaceId: id('interface', 'b1'), privateIp: spareIp } : {}),
          ...changes.addressOfA,
        }),
        anAddress('b', changes.addressOfB),
        anAddress('c', changes.addressOfC),
      ],
      routeTables: [
        { ...publicTable, subnetIds: letters.map((letter) => id('subnet', `${letter}0`)) },
        mainTable,
        ...letters.flatMap((letter) =>
          ([1, 2] as const).map((nth) =>
            aTable(letter, nth, {
              ...(changes.gatewayOf === letter ? { defaultRoute: gateway } : {}),
              ...(letter === 'b' && changes.routesOfB !== undefined ? { defaultRoute: to('c') } : {}),
              ...(letter === 'a' && changes.isCarried ? { defaultRoute: to('b') } : {}),
            }),
          ),
        ),
      ],
      subnets: letters.flatMap((letter) =>
        ['0', '1', '2'].map((nth) => ({
          id: id('subnet', `${letter}${nth}`),
          vpcId: someSettings().vpcId,
          availabilityZone: `eu-central-1${letter}`,
          cidr: cidrOf(`${letter}${nth}`),
        })),
      ),
      statuses: [aStatus('b1', changes.status), aStatus('c1')],
    }),
    ...(changes.readings === undefined ? {} : { readings: changes.readings }),
  };
  const full = planContext(snapshot, { settings, memory: changes.memory ?? emptyMemory });
  const diagnoses = settings.zones.map((zone) => diagnose(snapshot, zone, full));
  return { diagnoses, context: full };
}
