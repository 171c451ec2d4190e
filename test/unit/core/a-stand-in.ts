import { diagnose } from '../../../shared/core/diagnose/diagnose.ts';
import { emptyMemory } from '../../../shared/core/memory/memory.ts';
import type { ZoneName } from '../../../shared/core/model/ids.ts';
import type { Reading } from '../../../shared/core/model/reading.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import type {
  Address,
  DefaultRoute,
  NatInstance,
  NatInterface,
} from '../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { markOf } from '../../../shared/core/neighbours/stand-in.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  id,
  mainTable,
  now,
  planContext,
  publicTable,
  snapshotOf,
  someSettings,
  zoneSettings,
} from './a-snapshot.ts';

export const spareIp = '10.0.11.9';
export const spareIpOfC = '10.0.12.9';
/** The zone's own next instance. */
export const own = anInstance('a', {
  id: id('instance', 'a2'),
  interfaceId: id('interface', 'a2'),
  launchedAt: now - 2 * minuteMs,
});
const home = { from: id('instance', 'b1'), to: own.id, at: now - 10 * secondMs };

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
  readonly isCarried?: boolean;
  /** The same has gone home to a2 a few seconds ago. */
  readonly isHome?: boolean;
  readonly besideA?: readonly NatInstance[];
  /** The public subnet of b lets nothing out. */
  readonly isBlocked?: boolean;
  readonly gatewayOf?: 'a' | 'b';
  /** Of whose instance. */
  readonly routesOfB?: 'b2' | 'c1';
  readonly interfaceOfB2?: Partial<NatInterface>;
  readonly routesOfA?: DefaultRoute;
  /** b2, which is to replace b's instance, has passed its checks. */
  readonly statusOfB2?: Parameters<typeof aStatus>[1];
  readonly status?: Parameters<typeof aStatus>[1];
  readonly readings?: ReadonlyMap<ZoneName, readonly Reading[]>;
  readonly settings?: Partial<Settings>;
  readonly memory?: typeof emptyMemory;
};

function cidrOf(hex: string): string {
  return `10.0.${'abc'.indexOf(hex[0] ?? '') + 1}${hex[1]}.0/24`;
}

const gateway: DefaultRoute = { target: { kind: 'nat-gateway', id: id('natGateway', '1') }, state: 'active' };

export function to(hex: 'a2' | 'b1' | 'b2' | 'c1'): DefaultRoute {
  return { target: { kind: 'interface', id: id('interface', hex) }, state: 'active' };
}

/** Of a letter's tables, where it is not to its own instance. */
function routeOf(
  letter: string,
  { gatewayOf, routesOfA, routesOfB, isCarried, isHome }: Changes,
): { readonly defaultRoute?: DefaultRoute } {
  const own = isCarried === true ? to('b1') : isHome === true ? to('a2') : undefined;
  const special =
    letter === 'a' ? (routesOfA ?? own) : letter === 'b' && routesOfB ? to(routesOfB) : undefined;
  const defaultRoute = gatewayOf === letter ? gateway : special;
  return defaultRoute === undefined ? {} : { defaultRoute };
}

export function scene(changes: Changes) {
  const others = markOf(['a1', 'a2', 'c1', 'c2'].map(cidrOf).toSorted(), digest);
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
        ...(changes.besideA ?? []).map((instance) =>
          anInterface('a', { id: instance.interfaceId ?? id('interface', 'a2'), attachedTo: instance.id }),
        ),
        ...(changes.besideB ?? []).map(({ id: attachedTo, interfaceId = id('interface', 'b2') }) =>
          anInterface('b', {
            id: interfaceId,
            attachedTo,
            hasOwnPublicAddress: true,
            ...changes.interfaceOfB2,
          }),
        ),
        anInterface('b', { secondaryIps: [spareIp], ...changes.interfaceOfB }),
        anInterface('c', { secondaryIps: [spareIpOfC] }),
      ],
      addresses: [
        anAddress('a', {
          ...(changes.isCarried ? { interfaceId: id('interface', 'b1'), privateIp: spareIp } : {}),
          ...(changes.isHome ? { interfaceId: id('interface', 'a2'), cutover: home } : {}),
          ...changes.addressOfA,
        }),
        anAddress('b', changes.addressOfB),
        anAddress('c', changes.addressOfC),
      ],
      routeTables: [
        { ...publicTable, subnetIds: letters.map((letter) => id('subnet', `${letter}0`)) },
        mainTable,
        ...letters.flatMap((letter) =>
          ([1, 2] as const).map((nth) => aTable(letter, nth, routeOf(letter, changes))),
        ),
      ],
      subnets: letters.flatMap((letter) =>
        ['0', '1', '2'].map((nth) => ({
          id: id('subnet', `${letter}${nth}`),
          vpcId: someSettings().vpcId,
          availabilityZone: `eu-central-1${letter}`,
          cidr: cidrOf(`${letter}${nth}`),
          ...(changes.isBlocked && `${letter}${nth}` === 'b0'
            ? { internetGatewayBlock: 'block-bidirectional' as const }
            : {}),
        })),
      ),
      statuses: [
        aStatus('a2'),
        aStatus('b1', changes.status),
        aStatus('c1'),
        ...(changes.statusOfB2 ? [aStatus('b2', changes.statusOfB2)] : []),
      ],
    }),
    ...(changes.readings === undefined ? {} : { readings: changes.readings }),
  };
  const full = planContext(snapshot, { settings, memory: changes.memory ?? emptyMemory });
  const diagnoses = settings.zones.map((zone) => diagnose(snapshot, zone, full));
  return { diagnoses, context: full, snapshot };
}
