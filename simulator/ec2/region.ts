import { type Id, type IdKind, parseId } from '../../shared/core/model/ids.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Random } from '../random.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { awsError } from './aws-error.ts';
import type { Ec2Event } from './ec2-event.ts';
import type { Store } from './store.ts';

/** A simulated Region, as every part of the simulator works on it: what is there, and what decides what happens next. */
export type Region = {
  readonly clock: VirtualClock;
  readonly behaviour: Behaviour;
  readonly random: Random;
  readonly store: Store;
  /** As AWS writes it: eu-central-1. */
  readonly name: string;
  readonly accountId: string;
  /** Answers already given, by token: what a repeated request gets instead of a second resource. */
  readonly tokens: Map<string, { readonly parameters: string; readonly resourceId: string | undefined }>;
  /** `<instance type> <zone>` pairs, and why a launch there fails. */
  readonly shortages: Map<string, 'capacity' | 'not-offered'>;
  /** Lanes by the name that each would have alone in its Availability Zone, and the one that it shares. */
  readonly lanes: Map<string, string>;
  /** As with `shortages`, of Spot: `<instance type> <zone>` pairs, or `every type`, and why EC2 gives none. */
  readonly spotShortages: Map<string, SpotShortage>;
  publish(event: Ec2Event): void;
};

/** As EC2 tells it: records name each zone as if it were alone in its Availability Zone. */
export function availabilityZoneIn({ lanes }: Region, place: string): string {
  return lanes.get(place) ?? place;
}

/** `no-role`: the account has no service-linked role for Spot, and the caller may not make it. */
export const spotShortages = ['capacity', 'price', 'quota', 'no-role', 'denied', 'unsupported'] as const;
export type SpotShortage = (typeof spotShortages)[number];

/** A fresh id of the shape that EC2 gives: prefix and 17 hexadecimal digits. */
export function newId<K extends IdKind>(region: Region, kind: K): Id<K> {
  const id = parseId(kind, `${prefixOf[kind]}-0${region.random.hex('ids', 16)}`);
  if (id === undefined) throw new Error(`no id of kind ${kind} could be made`);
  return id;
}

const prefixOf = {
  instance: 'i',
  interface: 'eni',
  allocation: 'eipalloc',
  association: 'eipassoc',
  routeTable: 'rtb',
  subnet: 'subnet',
  vpc: 'vpc',
  image: 'ami',
  securityGroup: 'sg',
  natGateway: 'nat',
} as const satisfies Record<IdKind, string>;

/** An id of a kind that the project does not know by name. */
export function newPlainId(region: Region, prefix: string): string {
  return `${prefix}-0${region.random.hex('ids', 16)}`;
}

/** A public address out of 203.0.113.0/24 and 198.51.100.0/24, the documentation ranges (RFC 5737). */
export function newPublicIp(region: Region): string {
  const used = new Set([
    ...region.store.addresses.current.all().map((address) => address.publicIp),
    ...region.store.interfaces.current.all().flatMap((record) => record.ownPublicIp ?? []),
  ]);
  const start = Math.floor(region.random.fraction('public addresses') * 508);
  for (let step = 0; step < 508; step++) {
    const host = (start + step) % 508;
    const ip = host < 254 ? `203.0.113.${host + 1}` : `198.51.100.${host - 253}`;
    if (!used.has(ip)) return ip;
  }
  throw new Error('the simulated account is out of public addresses (508 at most)');
}

/** The first free host addresses of a subnet; EC2 keeps the first four. @throws InsufficientFreeAddressesInSubnet. */
export function newPrivateIps(
  region: Region,
  { id, cidr }: { readonly id: string; readonly cidr: string },
  count: number,
): readonly string[] {
  const base = cidr.split('/')[0]?.split('.').slice(0, 3).join('.') ?? '10.0.0';
  const used = new Set(
    region.store.interfaces.current
      .all()
      .filter((record) => record.subnetId === id)
      .flatMap((record) => [record.privateIp, ...record.secondaryIps]),
  );
  const free = Array.from({ length: 251 }, (_, index) => `${base}.${index + 4}`).filter(
    (ip) => !used.has(ip),
  );
  if (free.length < count) {
    throw awsError(
      'InsufficientFreeAddressesInSubnet',
      `The specified subnet '${id}' does not have enough free addresses to satisfy the request.`,
    );
  }
  return free.slice(0, count);
}
